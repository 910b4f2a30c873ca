import type { Mutant } from './mutant';

const look = 'src/dns/look.js';
const verify = 'src/dns/verify.js';
const wire = 'src/dns/wire.js';
const signatures = 'src/dns/signatures.js';
const marker = 'src/dns/marker.js';
const claims = 'src/dns/claims.js';
const nameservers = 'src/dns/nameservers.js';

/** What name servers say, and what it proves. */
export const names: readonly Mutant[] = [
  {
    name: 'verification takes any answer',
    file: verify,
    find: '!(0, hints_1.leadsTo)(look.sets, site)',
    put: 'false',
    tests: ['dns/verify'],
  },
  {
    name: 'verify through a resolver: answers without authority count',
    file: look,
    find: 'return answer.aa',
    put: 'return true',
    tests: ['dns/verify'],
  },
  {
    name: 'a silent server is left out of the proof',
    file: verify,
    find: "if (look.state === 'unreachable')\n        return { agrees: false,",
    put: "if (look.state === 'unreachable')\n        return { agrees: true,",
    tests: ['dns/verify'],
  },
  {
    name: 'a name server without an address is left out of the proof',
    file: verify,
    find: 'answers: [...answers, ...missing]',
    put: 'answers',
    tests: ['dns/verify'],
  },
  {
    name: 'every unreachable server is excused as one we have no route to',
    file: verify,
    find: "if (look.state !== 'unreachable' || !look.noRoute)",
    put: "if (look.state !== 'unreachable')",
    tests: ['dns/verify'],
  },
  {
    name: 'a server that refuses the zone is merely silent',
    file: look,
    find: "if (answer.rcode === 'REFUSED' || answer.rcode === 'NOTAUTH')",
    put: 'if (false)',
    tests: ['dns/verify'],
  },
  {
    name: 'NXDOMAIN to one type beside records of another is no harm',
    file: look,
    find: 'if (gone !== undefined && sets.length > 0)',
    put: 'if (false)',
    tests: ['dns/verify'],
  },
  {
    name: 'hints are not asked for',
    file: look,
    find: "isHinted(type) || (type === 'HTTPS' && !input.isCnameService)",
    put: 'false',
    tests: ['dns/hints', 'dns/verify'],
  },
  {
    name: 'an unsigned answer of a signed zone is good',
    file: signatures,
    find: 'if (covering.length === 0)',
    put: 'if (false)',
    tests: ['dns/verify'],
  },
  {
    name: 'an expired signature is good',
    file: signatures,
    find: 'covering.some((signature) => isOpen(signature, wallMs))',
    put: 'true',
    tests: ['dns/verify'],
  },
  {
    name: 'a reply with another id is ours',
    file: wire,
    find: 'bytes.readUInt16BE(0) !== query.bytes.readUInt16BE(0)',
    put: 'false',
    tests: ['dns/ask'],
  },
  {
    name: 'a reply to another question is ours',
    file: wire,
    find: 'questions !== 1 || !sameFolded(question, query.question)',
    put: 'questions !== 1',
    tests: ['dns/ask'],
  },
  {
    name: 'a reply in another case is ours: a forger need not guess it',
    file: wire,
    find: 'query.mixedCase && !question.equals(query.question)',
    put: 'false',
    tests: ['dns/ask'],
  },
  {
    name: 'records of another name are the record',
    file: wire,
    find: ' || (0, records_1.normalName)(answer.name) !== name)',
    put: ')',
    tests: ['dns/ask', 'dns/verify'],
  },
  {
    name: 'a truncated reply is whole',
    file: wire,
    find: 'if (((flags >> 9) & 1) === 1)',
    put: 'if (false)',
    tests: ['dns/ask'],
  },
  {
    name: 'any TXT proves the marker',
    file: marker,
    find: 'texts.length === 1 && texts[0] === text',
    put: 'texts.length > 0',
    tests: ['dns/marker'],
  },
  {
    name: 'a silent server need not show the marker',
    file: marker,
    find: "if (answer.ok || answer.code !== 'no-route')",
    put: 'if (answer.ok)',
    tests: ['dns/marker'],
  },
  {
    name: 'a marker without authority proves the write path',
    file: marker,
    find: 'if (!answer.aa)',
    put: 'if (false)',
    tests: ['dns/marker'],
  },
  {
    name: "a wildcard's mark claims every record",
    file: claims,
    find: "!(borrowed !== 'elsewhere' && sameTexts(shown, borrowed))",
    put: 'true',
    tests: ['dns/claims'],
  },
  {
    name: 'no answer means no claim',
    file: claims,
    find: 'if (!answer.ok)\n        return null;',
    put: 'if (!answer.ok)\n        return [];',
    tests: ['dns/claims'],
  },
  {
    name: 'a managed name is asked where its own name servers are',
    file: nameservers,
    find: 'if (input.managed.includes(host))',
    put: 'if (false)',
    tests: ['dns/nameservers'],
  },
];
