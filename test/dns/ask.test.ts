import { createSocket } from 'node:dgram';
import { describe, expect, test } from '@jest/globals';
import type { Answer as Rr } from 'dns-packet';
import fc from 'fast-check';
import { type Answer, ask, type Question } from '../../src/dns/ask';
import type { QuestionType } from '../../src/dns/wire';
import { always, type Behaviour, type FakeServer, fakeServer, reply, silence, withLength, zone } from './fake-server';

const name = 'www.example.com';
const a: Rr = { type: 'A', name, ttl: 60, data: '203.0.113.10' };
const cname: Rr = { type: 'CNAME', name, ttl: 60, data: 'LB.Example.NET' };
const good = zone({ [`${name} A`]: [a] });

async function asking<T>(
  behaviour: Behaviour,
  run: (server: FakeServer, go: (more?: Partial<Question>) => Promise<Answer>) => Promise<T>,
): Promise<T> {
  const server = await fakeServer(behaviour);
  const signal = new AbortController().signal;
  const go = (more: Partial<Question> = {}) => ask({ server, name, type: 'A', timeoutMs: 2_000, signal, ...more });
  try {
    return await run(server, go);
  } finally {
    await server.close();
  }
}

/** An answer in one line: `udp NOERROR aa A 203.0.113.10 60`, or `! code`. */
function line(answer: Answer): string {
  if (!answer.ok) return `! ${answer.code}`;
  const records = answer.records.map((record) => `${record.type} ${record.value} ${record.ttl}`);
  const aa = answer.aa ? ['aa'] : [];
  return [answer.via, answer.rcode, ...aa, ...records, ...(answer.negative === null ? [] : [answer.negative])].join(
    ' ',
  );
}

describe('one question', () => {
  const rows: readonly (readonly [string, Behaviour, string, Partial<Question>?])[] = [
    ['a plain answer', good, 'udp NOERROR aa A 203.0.113.10 60'],
    ['no data of this type', zone({ [`${name} AAAA`]: [] }), 'udp NOERROR aa nodata'],
    ['no such name', zone({}), 'udp NXDOMAIN aa nxdomain'],
    ['a CNAME in place of the address', zone({ [`${name} CNAME`]: [cname] }), 'udp NOERROR aa CNAME lb.example.net 60'],
    [
      'a CNAME chain is cut at the name',
      always((asked) =>
        reply(asked, { answers: [cname, { type: 'A', name: 'lb.example.net', ttl: 5, data: '192.0.2.1' }] }),
      ),
      'udp NOERROR aa CNAME lb.example.net 60',
    ],
    [
      'not authoritative',
      always((asked) => reply(asked, { aa: false, answers: [a] })),
      'udp NOERROR A 203.0.113.10 60',
    ],
    ['lame', always((asked) => reply(asked, { aa: false, rcode: 5 })), 'udp REFUSED'],
    ['server failure', always((asked) => reply(asked, { aa: false, rcode: 2 })), 'udp SERVFAIL'],
    [
      'an extended rcode that is zero in its low bits',
      always((asked) =>
        asked.edns
          ? reply(asked, { additionals: [opt(1)], answers: [a] })
          : reply(asked, { answers: [a], additionals: [opt(2)] }),
      ),
      'udp RCODE32 aa A 203.0.113.10 60',
    ],
    [
      'the owner name in another case',
      always((asked) => reply(asked, { answers: [{ ...a, name: 'WWW.example.COM' }] })),
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    [
      'records of another name are not ours',
      always((asked) => reply(asked, { answers: [{ ...a, name: 'mail.example.com' }] })),
      'udp NOERROR aa nodata',
    ],
    [
      'records of another class are not ours',
      always((asked) => reply(asked, { answers: [{ ...a, class: 'CH' }] })),
      'udp NOERROR aa nodata',
    ],
    [
      'lower-cases the question',
      always((asked) => reply(asked, { name: asked.name, answers: [a] })),
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    [
      'knows no EDNS: FORMERR',
      always((asked) => (asked.edns ? reply(asked, { rcode: 1 }) : reply(asked, { answers: [a] }))),
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    [
      'knows no EDNS: a bare FORMERR header',
      always((asked) =>
        asked.edns
          ? reply(asked, { rcode: 1, aa: false }).fill(0, 4, 6).subarray(0, 12)
          : reply(asked, { answers: [a] }),
      ),
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    ['FORMERR to everything', always((asked) => reply(asked, { rcode: 1, aa: false })), 'udp FORMERR'],
    [
      'truncated over UDP',
      { ...good, udp: (asked) => [reply(asked, { tc: true })] },
      'tcp NOERROR aa A 203.0.113.10 60',
    ],
    ['truncated over TCP too', always((asked) => reply(asked, { tc: true })), '! truncated'],
    ['silent over both', silence, '! timeout', { timeoutMs: 200 }],
    [
      'a forged datagram comes first, with a wrong id',
      {
        ...silence,
        udp: (asked) => [
          reply(asked, { id: ((asked.packet.id ?? 0) + 1) % 65_536, answers: [{ ...a, data: '192.0.2.66' }] }),
          reply(asked, { answers: [a] }),
        ],
      },
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    [
      'a forged datagram comes first, with a wrong question',
      {
        ...silence,
        udp: (asked) => [
          reply(asked, { name: 'www.example.org', answers: [{ ...a, data: '192.0.2.66' }] }),
          reply(asked, { answers: [a] }),
        ],
      },
      'udp NOERROR aa A 203.0.113.10 60',
    ],
    [
      'wrong id only',
      always((asked) => reply(asked, { id: (asked.packet.id ?? 0) ^ 1 })),
      '! malformed',
      { timeoutMs: 600 },
    ],
    [
      'wrong question only',
      always((asked) => reply(asked, { name: 'www.example.org' })),
      '! malformed',
      { timeoutMs: 600 },
    ],
    ['our own question sent back', always((asked) => asked.bytes), '! malformed', { timeoutMs: 600 }],
    ['garbage', always(() => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')), '! malformed', { timeoutMs: 600 }],
    ['nothing but zeros', always(() => Buffer.alloc(512)), '! malformed', { timeoutMs: 600 }],
    ['an empty datagram', always(() => Buffer.alloc(0)), '! malformed', { timeoutMs: 600 }],
    [
      'huge section counts behind the right question',
      always((asked) => reply(asked, { answers: [a] }).fill(0xff, 6, 12)),
      '! malformed',
    ],
    [
      'more records than anybody needs',
      always((asked) => reply(asked, { answers: new Array(129).fill(a) })),
      '! malformed',
    ],
    [
      'many records',
      { ...good, udp: (asked) => [reply(asked, { answers: new Array(40).fill(a) })] },
      `udp NOERROR aa${' A 203.0.113.10 60'.repeat(40)}`,
    ],
    ['an address of five bytes', always((asked) => fiveBytes(reply(asked, { answers: [a] }))), '! malformed'],
    ['bytes after the message', always((asked) => Buffer.concat([reply(asked), Buffer.alloc(1)])), '! malformed'],
    [
      'a CNAME that is no host name',
      always((asked) => reply(asked, { answers: [{ ...cname, data: 'a b' }] })),
      '! malformed',
    ],
    [
      'TCP promises 64 KiB and sends 10 bytes',
      tcpDoes((socket) => socket.write(withHugeLength())),
      '! timeout',
      { tcpOnly: true, timeoutMs: 200 },
    ],
    ['TCP closes in the middle', tcpDoes((socket) => socket.end(withHugeLength())), '! truncated', { tcpOnly: true }],
    ['TCP resets', tcpDoes((socket) => socket.resetAndDestroy()), '! reset', { tcpOnly: true }],
    [
      'TCP drips the answer byte by byte',
      { ...silence, tcp: (asked) => (socket) => drip(socket, withLength(reply(asked, { answers: [a] }))) },
      'tcp NOERROR aa A 203.0.113.10 60',
      { tcpOnly: true },
    ],
    [
      'TCP sends more after the answer',
      {
        ...silence,
        tcp: (asked) => (socket) =>
          socket.write(Buffer.concat([withLength(reply(asked, { answers: [a] })), Buffer.alloc(900)])),
      },
      'tcp NOERROR aa A 203.0.113.10 60',
      { tcpOnly: true },
    ],
  ];
  test.each(rows)('%s', async (_what, behaviour, expected, more = {}) => {
    await asking(behaviour, async (_server, go) => {
      const answer = await go({ timeoutMs: 1_000, ...more });
      expect(line(answer)).toBe(expected);
    });
  });

  test('what is sent: no recursion, EDNS 1232, random id, mixed case, signatures only when wanted', async () => {
    await asking(good, async (server, go) => {
      for (let count = 0; count < 6; count++) await go();
      await go({ dnssec: true });
      expect(server.asked.map(({ recursion, edns, dnssec }) => [recursion, edns, dnssec])).toEqual([
        ...new Array(6).fill([false, true, false]),
        [false, true, true],
      ]);
      const [opt] = server.asked[0]?.packet.additionals ?? [];
      expect(opt).toMatchObject({ type: 'OPT', udpPayloadSize: 1232 });
      expect(new Set(server.asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(3);
      const names = server.asked.map(({ packet }) => packet.questions?.[0]?.name ?? '');
      expect(new Set(names).size).toBeGreaterThan(3);
    });
  });

  test('a server that lower-cases is asked a second time without mixed case', async () => {
    const lower = always((asked) => reply(asked, { name: asked.name, answers: [a] }));
    await asking(lower, async (server, go) => {
      await go();
      expect(server.asked.at(-1)?.packet.questions?.[0]?.name).toBe(name);
      expect(server.asked.length).toBeLessThanOrEqual(2);
    });
  });

  test('silence over UDP: asked there twice, then over TCP', async () => {
    await asking({ ...good, udp: () => [] }, async (server, go) => {
      expect(line(await go())).toBe('tcp NOERROR aa A 203.0.113.10 60');
      expect(server.asked.map(({ via }) => via)).toEqual(['udp', 'udp', 'tcp']);
    });
  });

  test('a flood of strangers ends the try at once', async () => {
    const flood = { ...good, udp: () => new Array(100).fill(Buffer.alloc(40)) };
    await asking(flood, async (server, go) => {
      await go({ timeoutMs: 4_000 });
      expect(server.asked.map(({ via }) => via)).toEqual(['udp', 'tcp']);
    });
  });

  test('texts and keys', async () => {
    const table = zone({
      [`${name} TXT`]: [{ type: 'TXT', name, ttl: 60, data: ['heritage=failoverd,', 'owner=sre'] }],
      [`${name} DNSKEY`]: [
        { type: 'DNSKEY', name, ttl: 60, data: { flags: 257, algorithm: 13, key: Buffer.alloc(64) } },
      ],
    });
    await asking(table, async (_server, go) => {
      const types: readonly QuestionType[] = ['TXT', 'DNSKEY'];
      const answers = await Promise.all(types.map((type) => go({ type })));
      expect(answers.map(line)).toEqual([
        'udp NOERROR aa TXT heritage=failoverd,owner=sre 60',
        'udp NOERROR aa DNSKEY 257 13 60',
      ]);
    });
  });

  test('TCP only', async () => {
    await asking(good, async (server, go) => {
      expect(line(await go({ tcpOnly: true }))).toBe('tcp NOERROR aa A 203.0.113.10 60');
      expect(server.asked.map(({ via }) => via)).toEqual(['tcp']);
    });
  });

  test('nobody listens', async () => {
    const server = await fakeServer(silence);
    await server.close();
    const answer = await ask({ server, name, type: 'A', timeoutMs: 2_000, signal: new AbortController().signal });
    expect(line(answer)).toBe('! refused-connection');
  });

  test('an answer from another address is not heard', async () => {
    const stranger = createSocket('udp4');
    const ports: number[] = [];
    await asking(silence, async (server, go) => {
      const asked = go({ timeoutMs: 600 });
      for (let waited = 0; server.asked.length === 0 && waited < 100; waited++)
        await new Promise((r) => setTimeout(r, 2));
      const [first] = server.asked;
      if (first !== undefined) ports.push(first.peerPort);
      const forged = first === undefined ? Buffer.alloc(0) : reply(first, { answers: [{ ...a, data: '192.0.2.66' }] });
      stranger.send(forged, ports[0] ?? 1, '127.0.0.1');
      expect(line(await asked)).toBe('! timeout');
      expect(ports).toHaveLength(1);
    });
    stranger.close();
  });

  test('stopped by the caller, before and during', async () => {
    await asking(silence, async (_server, go) => {
      const stop = new AbortController();
      const asked = go({ signal: stop.signal, timeoutMs: 120_000 });
      stop.abort();
      expect(line(await asked)).toBe('! aborted');
      expect(line(await go({ signal: stop.signal }))).toBe('! aborted');
    });
  });

  const impossible: readonly (readonly [string, Partial<Question>])[] = [
    ['a host name as the server', { server: { address: 'localhost', port: 53 } }],
    ['port 0', { server: { address: '127.0.0.1', port: 0 } }],
    ['a label of 70 letters', { name: `${'a'.repeat(70)}.example.com` }],
    ['no name', { name: '' }],
    ['a space', { name: 'a b' }],
  ];
  test.each(impossible)('refused before it is sent: %s', async (_what, more) => {
    await asking(good, async (_server, go) => expect(line(await go(more))).toBe('! invalid'));
  });

  test('any bytes whatever: never thrown, never an answer that was not given', async () => {
    let bytes = Buffer.alloc(0);
    let keep = 0;
    const hostile = always((asked) => {
      const honest = reply(asked, { rcode: 3 });
      return Buffer.concat([honest.subarray(0, keep), bytes]);
    });
    await asking(hostile, async (_server, go) => {
      const chunk = fc.uint8Array({ maxLength: 300 });
      await fc.assert(
        fc.asyncProperty(chunk, fc.constantFrom(0, 2, 4, 12, 33), async (chunk, kept) => {
          bytes = Buffer.from(chunk);
          keep = kept;
          const answer = await go({ timeoutMs: 40 });
          if (answer.ok) expect(answer.records.every(({ type }) => type.length > 0)).toBe(true);
        }),
        { numRuns: 60 },
      );
    });
  });
});

function opt(extendedRcode: number): Rr {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

function tcpDoes(tcp: ReturnType<Behaviour['tcp']>): Behaviour {
  return { ...good, tcp: () => tcp };
}

function withHugeLength(): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(10)]);
}

function fiveBytes(message: Buffer): Buffer {
  const grown = Buffer.concat([message, Buffer.alloc(1)]);
  grown.writeUInt16BE(5, message.length - 6);
  return grown;
}

function drip(socket: { write(bytes: Buffer): unknown; destroyed: boolean }, bytes: Buffer): void {
  let sent = 0;
  const more = () => {
    if (sent === bytes.length || socket.destroyed) return;
    socket.write(bytes.subarray(sent, ++sent));
    setImmediate(more);
  };
  more();
}
