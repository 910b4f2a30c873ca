import type { Mutant } from './mutant';

const classify = 'src/probe/classify.js';
const attempt = 'src/probe/attempt.js';
const round = 'src/probe/round.js';
const lock = 'src/store/lock.js';
const clock = 'src/store/clock.js';

/** What comes in otherwise: probes, the disk, settings. */
export const outside: readonly Mutant[] = [
  {
    name: 'out of descriptors: the target is blamed',
    file: classify,
    find: "['EMFILE', ['exhausted',",
    put: "['EMFILE', ['connect',",
    tests: ['probe/classify'],
  },
  {
    name: 'no route from here: the target is blamed',
    file: classify,
    find: "['ENETUNREACH', ['ours',",
    put: "['ENETUNREACH', ['connect',",
    tests: ['probe/classify'],
  },
  {
    name: 'our resolver failed: the target is blamed',
    file: classify,
    find: "['EAI_AGAIN', ['ours',",
    put: "['EAI_AGAIN', ['dns',",
    tests: ['probe/classify'],
  },
  {
    name: 'an unheard-of error: the target is blamed',
    file: classify,
    find: "return { side: 'ours', exhausted: false, code: '',",
    put: "return { side: 'theirs', class: 'connect', code: '',",
    tests: ['probe/classify'],
  },
  {
    name: 'we stood still: the target is blamed',
    file: attempt,
    find: 'return disturbed === null ? observation',
    put: 'return true ? observation',
    tests: ['probe/round', 'probe/stall'],
  },
  {
    name: 'our clock jumped: the certificate is blamed',
    file: attempt,
    find: 'if (dated && context.self.clockSuspect())',
    put: 'if (false)',
    tests: ['probe/tls', 'probe/http'],
  },
  {
    name: 'redirects are followed',
    file: 'src/probe/http.js',
    find: 'maxRedirects: 0',
    put: 'maxRedirects: 5',
    spare: 'axios follows with a transport of its own only, and is given ours',
  },
  {
    name: 'a redirect passes',
    file: 'src/probe/expect.js',
    find: 'status >= low && status <= high',
    put: 'status >= low && status <= high + 100',
    tests: ['probe/expect', 'probe/http'],
  },
  {
    name: 'one address of a site answering is enough',
    file: round,
    find: "firstOf(counting, 'fail') ?? firstOf(counting, 'unknown')",
    put: 'null',
    tests: ['probe/round'],
  },
  {
    name: 'a stall of the process is not noticed',
    file: 'src/probe/self.js',
    find: 'return longestMs > toleratedMs ?',
    put: 'return false ?',
    tests: ['probe/self'],
  },
  {
    name: 'a saved state that was changed is believed',
    file: 'src/store/sealed.js',
    find: 'decoded)(found.checksum) === checksum(row)',
    put: 'decoded)(found.checksum) !== null',
    tests: ['store/damage', 'store/store'],
  },
  {
    name: 'a state whose fields are of the wrong type is believed',
    file: 'src/store/durable.js',
    find: '(0, exports.isDurable)(value) ? value : null',
    put: 'value',
    tests: ['store/durable', 'store/damage'],
  },
  {
    name: 'two processes on one state directory',
    file: lock,
    find: "lock.exec('BEGIN IMMEDIATE');\n        sign(lock, pid);",
    put: '',
    tests: ['store/lock', 'store/store'],
  },
  {
    name: 'after a reboot the wall clock says how long it took',
    file: clock,
    find: 'saved.bootId === bootId ? uptimeMs - saved.uptimeMs : uptimeMs',
    put: 'saved.bootId === bootId ? uptimeMs - saved.uptimeMs : Date.now()',
    tests: ['store/clock'],
  },
  {
    name: 'the lasting clock goes back',
    file: clock,
    find: 'latest = Math.max(latest, Math.floor(start + passed))',
    put: 'latest = Math.floor(start + passed)',
    tests: ['store/clock'],
  },
  {
    name: 'addresses of our own network are published',
    file: 'src/config/address-rules.js',
    find: 'if (!never && allowPrivate)',
    put: 'if (!never)',
    tests: ['config/refusals'],
  },
  {
    name: "the cloud's metadata service may be asked",
    file: 'src/config/address-rules.js',
    find: 'if (!never && allowPrivate)',
    put: 'if (allowPrivate)',
    tests: ['config/refusals'],
  },
  {
    name: 'two entries manage one record',
    file: 'src/config/across.js',
    find: 'if (before === undefined)\n            return [];',
    put: 'return [];',
    tests: ['config/services-file', 'config/refusals'],
  },
  {
    name: 'a lifeline leads through a managed name',
    file: 'src/config/across.js',
    find: 'records.includes(hostIn(text))',
    put: 'false',
    tests: ['config/services-file', 'config/refusals', 'config/properties'],
  },
  {
    name: 'probes outlast their interval',
    file: 'src/config/number-rules.js',
    find: 'timeout <= interval\n',
    put: 'true\n',
    tests: ['config/refusals'],
  },
  {
    name: 'a site without a check that counts',
    file: 'src/config/choice-rules.js',
    find: '.every((one) => one.shadow)',
    put: '.every(() => false)',
    tests: ['config/refusals', 'config/services-file'],
  },
  {
    name: 'a reload drops what is not written any more',
    file: 'src/config/reload.js',
    find: 'return problems.length > 0 ?',
    put: 'return false ?',
    tests: ['config/reload'],
  },
];
