import { expect, test } from '@jest/globals';
import { refusalText } from '../../src/cli/problem';

const problem = { name: 'FAILOVERD_TTL', value: '60', why: 'has no unit', remedy: 'did you mean 60s?' };
const odd = { name: 'CLOUDFLARE_API_TOKN', value: null, why: 'is no variable', remedy: 'did you mean another?' };
const env = { FAILOVERD_RECORD: 'www.example.com' };

test('the daemon cannot start; a command that starts nothing says its own name', () => {
  const one = { problems: [problem], warnings: [] };
  expect(refusalText(one, null, {})).toBe(
    'failoverd cannot start: 1 problem in the configuration\n\nFAILOVERD_TTL=60\n    has no unit\n    did you mean 60s?',
  );
  expect(refusalText(one, 'notify test', env)).toMatch(
    /^failoverd notify test: 1 problem in the configuration\n\nFAIL/,
  );
});

test('what is only odd stands below what is wrong', () => {
  const text = refusalText({ problems: [problem, problem], warnings: [odd] }, 'check', env);
  expect(text).toMatch(/^failoverd check: 2 problems .*did you mean 60s\?\n\nand to be .*:\n\nCLOUDFLARE_API_TOKN\n/s);
});

test('where nothing is set, it is told where the settings of the service are', () => {
  const text = refusalText({ problems: [problem], warnings: [] }, 'check', { PATH: '/bin' });
  expect(text).toContain('(set -a; . /etc/failoverd/env; npm --silent --prefix /opt/failoverd start -- check)');
  for (const name of ['FAILOVERD_RECORD', 'FAILOVERD_SITES', 'FAILOVERD_SERVICES_FILE'])
    expect(refusalText({ problems: [problem], warnings: [] }, 'check', { [name]: 'x' })).not.toContain('set -a');
});
