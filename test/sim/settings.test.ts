import { describe, expect, test } from '@jest/globals';
import { planOf } from '../../src/sim/plan';
import type { Edit } from '../../src/sim/reloads';
import { asWritten, createSettings } from '../../src/sim/settings';

/** The services file of a simulated record, read again by the real code: what each edit comes to. */

const policy = asWritten({ ...planOf(1).policy, fall: 4, ttlMs: 60_000 });
const [first, second, third] = policy.sites.map(({ name }) => name);

test('a policy survives being written and read', () => expect(asWritten(policy)).toEqual(policy));

describe('taken, and nothing else changes', () => {
  test.each<readonly [Edit, Partial<typeof policy>]>([
    [
      { how: 'sets', key: 'fall', value: '2' },
      { ...policy, fall: 2 },
    ],
    [
      { how: 'sets', key: 'max_switches', value: '2/1h' },
      { ...policy, maxSwitches: { count: 2, windowMs: 3_600_000 } },
    ],
    [{ how: 'tears', share: 1 }, policy],
  ])('%j', (edit, expected) => {
    expect(createSettings(policy).reload(edit)).toMatchObject({ policy: expected, broken: null });
  });

  test.each<readonly [Edit, readonly (string | undefined)[]]>([
    [{ how: 'turns' }, [second, third, first]],
    [{ how: 'takes-out', nth: 0 }, [second, third]],
  ])('%j', (edit, names) => {
    const { policy: next, broken } = createSettings(policy).reload(edit);
    expect([next?.sites.map(({ name }) => name), broken]).toEqual([names, null]);
  });

  test('a site with another address', () => {
    const { policy: next } = createSettings(policy).reload({ how: 'readdresses', nth: 1 });
    expect(next?.sites.map(({ sets }) => sets[0]?.values[0])).toEqual([
      '203.0.113.10',
      '198.51.100.11',
      '203.0.113.12',
    ]);
  });
});

test.each<Edit>([
  { how: 'spoils', key: 'fall', value: '-1' },
  { how: 'misspells', key: 'sustain' },
  { how: 'drops', key: 'fall' },
  { how: 'drops', key: 'record' },
  { how: 'tears', share: 0.5 },
  { how: 'tears', share: 0 },
  { how: 'unreadable', code: 'EACCES' },
])('refused: %j', (edit) => {
  const { policy: next, says, broken } = createSettings(policy).reload(edit);
  expect([next, broken]).toEqual([null, null]);
  expect(says).toMatch(/^refused: .+: .+/);
});

test('one edit after the other, and a refused one between', () => {
  const settings = createSettings(policy);
  settings.reload({ how: 'sets', key: 'fall', value: '2' });
  settings.reload({ how: 'spoils', key: 'rise', value: 'NaN' });
  expect(settings.reload({ how: 'sets', key: 'rise', value: '1' })).toMatchObject({
    policy: { ...policy, fall: 2, rise: 1 },
    broken: null,
  });
});
