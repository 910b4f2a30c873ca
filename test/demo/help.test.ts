import { expect, test } from '@jest/globals';
import { tryThese } from '../../src/demo/help';

test('the demo ends with where to look: the page, the commands, DNS, the regions', () => {
  const region = {
    name: 'asia-east1',
    address: '127.0.0.2',
    pid: () => 77,
    kill: () => undefined,
    revive: async () => undefined,
    say: async () => undefined,
  };
  const text = tryThese({ dnsPort: 5301, apiPort: 8001, stateDir: '/tmp/d', regions: [region] }).join('\n');
  for (const line of [
    'http://127.0.0.1:8001/ ',
    'FAILOVERD_STATE_DIR=/tmp/d npm start -- status',
    'FAILOVERD_STATE_DIR=/tmp/d npm start -- why',
    'dig @127.0.0.1 -p 5301 ',
    'kill 77     # asia-east1',
  ])
    expect(text).toContain(line);
});
