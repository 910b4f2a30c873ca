import type { Mutant } from './mutant';

const reread = 'providers/reread.js';
const update = 'providers/rfc2136/update.js';
const tsig = 'providers/rfc2136/tsig.js';
const builtin = 'providers/builtin/zones.js';
const perRecord = 'providers/per-record/replace.js';
const nginx = 'providers/nginx/replace.js';

/** The adapters' compare-and-swap. */
export const adapters: readonly Mutant[] = [
  {
    name: 'check-then-write without fence: Route 53 deletes nothing first',
    file: 'providers/route53/records.js',
    find: "...from.exact.filter(ours).map((set) => ({ Action: 'DELETE', ResourceRecordSet: set })),",
    put: '',
    tests: ['providers/route53-replace', 'providers/route53'],
  },
  {
    name: 'check-then-write without fence: RFC 2136 without prerequisites',
    file: update,
    find: 'prerequisites: required,',
    put: 'prerequisites: [],',
    tests: ['providers/rfc2136-replies', 'providers/rfc2136-bind'],
  },
  {
    name: 'RFC 2136: only what stands there is compared, not what does not',
    file: update,
    find: 'if (values.length === 0)',
    put: 'if (values.length === 0)\n        return [];\n    if (false)',
    tests: ['providers/rfc2136-replies', 'providers/rfc2136-bind'],
  },
  {
    name: 'RFC 2136: the marker is not compared',
    file: update,
    find: '...exactly(beside, wire_1.types.TXT, texts.map(wire_1.textData)),',
    put: '',
    tests: ['providers/rfc2136-replies', 'providers/rfc2136-bind'],
  },
  {
    name: 'RFC 2136: a reply with a wrong signature is believed',
    file: tsig,
    find: '!(0, node_crypto_1.timingSafeEqual)(mac, expected)',
    put: 'false',
    tests: ['providers/rfc2136-tsig'],
  },
  {
    name: 'RFC 2136: a signature from another day is believed',
    file: tsig,
    find: 'Math.abs(aheadS) > exports.fudgeS',
    put: 'false',
    tests: ['providers/rfc2136-tsig'],
  },
  {
    name: 'RFC 2136: hints other than were read are written over',
    file: 'providers/rfc2136/replace.js',
    find: '!(0, records_1.sameValues)(now.sets, from.sets.filter(isBinding))',
    put: 'false',
    tests: ['providers/rfc2136-replies', 'providers/rfc2136-bind'],
  },
  {
    name: 'check-then-write without fence: adapters that read again do not compare',
    file: reread,
    find: 'if (!sameFound(from, now))',
    put: 'if (false)',
    tests: ['providers/reread'],
  },
  {
    name: 'adapters that read again: a write over a stranger',
    file: reread,
    find: 'if (now.foreignMarker === null)',
    put: 'if (true)',
    tests: ['providers/reread'],
  },
  {
    name: 'adapters that read again: taken on the word of the provider',
    file: reread,
    find: 'if (done)\n',
    put: 'if (true)\n',
    tests: ['providers/reread'],
  },
  {
    name: 'adapters that read again: a write without answer was refused',
    file: reread,
    find: "if (!sent.ok && sent.code !== 'denied')\n        return outcomeOf(sent);",
    put: "if (!sent.ok && sent.code !== 'denied')\n        return outcomeOf({ ...sent, code: 'unavailable' });",
    tests: ['providers/reread'],
  },
  {
    name: 'delete-then-create: PowerDNS deletes the old family in a request of its own',
    file: 'providers/powerdns/snapshot.js',
    find: 'return [...deletes, ...sets, text];',
    put: 'return deletes.length > 0 ? deletes : [...sets, text];',
    tests: ['providers/powerdns-answers', 'providers/powerdns'],
  },
  {
    name: 'delete-then-create: one record per call, the surplus removed first',
    file: 'providers/per-record/plan.js',
    find: ': [...updates, ...creates, ...retimes, ...removes];',
    put: ': [...removes, ...creates, ...retimes, ...updates];',
    tests: ['providers/per-record'],
  },
  {
    name: 'one record per call: the values before the marker',
    file: 'providers/per-record/plan.js',
    find: "return [...mark(now, { type: 'TXT', value: (0, records_1.markerText)(marker), ttl: ttlOf(to[0]?.ttl ?? 0) }), ...values];",
    put: "return [...values, ...mark(now, { type: 'TXT', value: (0, records_1.markerText)(marker), ttl: ttlOf(to[0]?.ttl ?? 0) })];",
    tests: ['providers/per-record'],
  },
  {
    name: 'check-then-write without fence: one record per call without comparing',
    file: perRecord,
    find: '(0, reread_1.sameMarker)(from.marker, now.marker))\n        return null;',
    put: 'true)\n        return null;\n    if (true)\n        return null;',
    tests: ['providers/per-record', 'providers/dnspod', 'providers/alidns'],
  },
  {
    name: 'one record per call: without the lock',
    file: perRecord,
    find: 'if (!taken.ok)\n        return untouched(taken);',
    put: '',
    tests: ['providers/per-record', 'providers/dnspod'],
  },
  {
    name: 'one record per call: broken off in the middle is taken for refused',
    file: perRecord,
    find: 'if (done === 0)',
    put: 'if (true)',
    tests: ['providers/per-record', 'providers/dnspod'],
  },
  {
    name: 'check-then-write without fence: Cloudflare keeps the old marker',
    file: 'providers/cloudflare/plan.js',
    find: 'deletes.push(...now.markerIds.map((id) => ({ id })));',
    put: '{ }',
    tests: ['providers/cloudflare-writes', 'providers/cloudflare'],
  },
  {
    name: 'Cloudflare: two first writers are not kept apart',
    file: 'providers/cloudflare/plan.js',
    find: "posts.push(text(snapshot_1.fenceText, 'failoverd: keeps two first writers apart, leave it here'));",
    put: '',
    tests: ['providers/cloudflare-writes', 'providers/cloudflare'],
  },
  {
    name: 'check-then-write without fence: the built-in server writes over anything',
    file: builtin,
    find: 'if (!sameFound(now, from))',
    put: 'if (false)',
    tests: ['providers/builtin-fence', 'providers/builtin'],
  },
  {
    name: "the built-in server writes over another's text",
    file: builtin,
    find: 'if (now.foreignMarker !== null)',
    put: 'if (false)',
    tests: ['providers/builtin-fence'],
  },
  {
    name: 'the built-in server begins what was given up',
    file: builtin,
    find: 'signal.aborted\n',
    put: 'false\n',
    tests: ['providers/builtin-life'],
  },
  {
    name: 'check-then-write without fence: nginx files are written over unread',
    file: nginx,
    find: 'if (shown(now) !== shown(from))',
    put: 'if (false)',
    tests: ['providers/nginx-writes', 'providers/nginx'],
  },
  {
    name: 'nginx: a configuration that it refuses stays in place',
    file: nginx,
    find: 'if (tested.status !== 0)',
    put: 'if (false)',
    tests: ['providers/nginx-writes', 'providers/nginx'],
  },
  {
    name: 'an adapter leaves a name without values',
    file: reread,
    find: 'if (to.length > 0 && to.every((set) => set.values.length > 0))',
    put: 'if (true)',
    tests: ['providers/reread'],
  },
];
