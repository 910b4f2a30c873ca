import { afterAll, beforeAll } from '@jest/globals';
import type { Authoritative } from '../servers/authoritative';
import { bindPrograms, startBind } from '../servers/bind';
import { withServers } from '../servers/installed';
import { conformance } from './conformance';
import { hints } from './rfc2136-hints';
import { late } from './rfc2136-late';
import { names } from './rfc2136-names';
import { openSubject } from './rfc2136-subject';
import { switching } from './rfc2136-switching';

withServers('the rfc2136 adapter on BIND', bindPrograms, () => {
  let server: Authoritative | null = null;
  beforeAll(async () => {
    server = await startBind();
  });
  afterAll(async () => {
    await server?.close();
  });
  const running = (): Authoritative => {
    if (server === null) throw new Error('the server did not start');
    return server;
  };
  conformance('rfc2136 on BIND', () => openSubject(running().port), 'a real BIND');
  switching('BIND', running);
  names('BIND', running);
  hints('BIND', running);
  late('BIND', running);
});
