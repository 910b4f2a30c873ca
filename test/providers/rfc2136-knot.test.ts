import { afterAll, beforeAll } from '@jest/globals';
import type { Authoritative } from '../servers/authoritative';
import { withServers } from '../servers/installed';
import { knotPrograms, startKnot } from '../servers/knot';
import { conformance } from './conformance';
import { hints } from './rfc2136-hints';
import { late } from './rfc2136-late';
import { names } from './rfc2136-names';
import { openSubject } from './rfc2136-subject';
import { switching } from './rfc2136-switching';

withServers('the rfc2136 adapter on Knot', knotPrograms, () => {
  let server: Authoritative | null = null;
  beforeAll(async () => {
    server = await startKnot();
  });
  afterAll(async () => {
    await server?.close();
  });
  const running = (): Authoritative => {
    if (server === null) throw new Error('the server did not start');
    return server;
  };
  conformance('rfc2136 on Knot', () => openSubject(running().port), 'a real Knot');
  switching('Knot', running);
  names('Knot', running);
  hints('Knot', running);
  late('Knot', running);
});
