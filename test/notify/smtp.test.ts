import { afterEach, expect, test } from '@jest/globals';
import type { ChannelConfig, Sent } from '../../src/notify/channel';
import type { Message } from '../../src/notify/message';
import { sendMail } from '../../src/notify/smtp';
import { pem } from '../probe/setup';
import { channelOf, messageOf } from './bench';
import { openSmtp, type SmtpOptions, type SmtpServer } from './smtp-server';

let server: SmtpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const mail = { from: 'failoverd@example.com', to: ['ann@example.com', 'ben@example.com'] };

async function open(options: SmtpOptions = {}): Promise<SmtpServer> {
  server = await openSmtp(options);
  return server;
}

/** `host`: another name for loopback, to which nothing unencrypted may be said. */
function tell(url: string, host = '127.0.0.1', message: Message = messageOf(), more = 0): Promise<Sent> {
  const channel: ChannelConfig = channelOf({ kind: 'smtp', url, host, mail });
  return sendMail({ channel, host: 'node-1.example.net', resolve: async () => '127.0.0.1' }, message, more);
}

test('a mail in plain text, to everybody, with its key in the headers', async () => {
  const { port, mails, said } = await open();
  const message = messageOf({ what: 'a is down: “503” <b>&', evidence: ['.', 'b: up', '区域'] });
  expect(await tell(`smtp://127.0.0.1:${port}`, '127.0.0.1', message, 2)).toEqual({ ok: true });
  const [got] = mails;
  expect(said[0]).toBe('EHLO node-1.example.net');
  expect(got?.to.map((one) => /<(.*)>/.exec(one)?.[1])).toEqual(mail.to);
  expect(got?.text).toContain('[PAGE] www.example.test: a is down: “503” <b>&\n\n.\nb: up\n区域\nnext: look at a');
  expect(got?.text).toContain('and 2 more: failoverd history');
  const header = (name: string) => got?.headers.filter((one) => one.toLowerCase().startsWith(`${name}:`)) ?? [];
  expect(header('x-failoverd-key')).toEqual(['X-Failoverd-Key: www.example.test/down:a/1/trigger']);
  expect(header('content-type').join()).toContain('text/plain');
  expect(header('auto-submitted')).toHaveLength(1);
});

test('the same message has the same Message-ID on every attempt, and its incident is one thread', async () => {
  const { port, mails } = await open();
  const url = `smtp://127.0.0.1:${port}`;
  await tell(url);
  await tell(url);
  await tell(url, '127.0.0.1', messageOf({ action: 'resolve' }));
  const header = (index: number, name: string) => mails[index]?.headers.find((one) => one.startsWith(`${name}:`));
  expect(header(0, 'Message-ID')).toMatch(/^Message-ID: <[0-9a-f]{40}@failoverd>$/);
  expect(header(1, 'Message-ID')).toBe(header(0, 'Message-ID'));
  expect(header(2, 'Message-ID')).not.toBe(header(0, 'Message-ID'));
  expect(header(2, 'References')).toBe(header(0, 'References'));
  expect(header(2, 'In-Reply-To')?.split(' ')[1]).toBe(header(0, 'References')?.split(' ')[1]);
});

test('user and password, percent-encoded in the URL', async () => {
  const { port, mails } = await open({ login: true });
  expect(await tell(`smtp://us%40er:p%2Fw%3A@127.0.0.1:${port}`)).toEqual({ ok: true });
  expect(mails[0]?.login).toBe('\0us@er\0p/w:');
});

test('a line break in what a site said makes no header', async () => {
  const { port, mails } = await open();
  await tell(
    `smtp://127.0.0.1:${port}`,
    '127.0.0.1',
    messageOf({ what: 'x\r\nBcc: eve@example.com', id: 'a\r\nBcc: eve@example.com' }),
  );
  expect(mails[0]?.headers.filter((one) => /^bcc:/i.test(one))).toEqual([]);
  expect(mails[0]?.to).toHaveLength(2);
});

test('to another host nothing is said without TLS', async () => {
  const { port, mails, said } = await open({ login: true });
  const sent = await tell(`smtp://user:pass@mail.example.test:${port}`, 'mail.example.test');
  expect(sent).toMatchObject({ ok: false, why: expect.stringMatching(/TLS/i) });
  expect(mails).toEqual([]);
  expect(said.join()).not.toMatch(/AUTH|MAIL/);
});

test('to another host a certificate must be its own, and signed', async () => {
  const { port, mails, said } = await open({
    tls: { key: pem('good-test-only.key'), cert: pem('good.pem') },
    login: true,
  });
  const sent = await tell(`smtp://user:pass@mail.example.test:${port}`, 'mail.example.test');
  expect(sent).toMatchObject({ ok: false, why: expect.stringMatching(/certificate/i) });
  expect(mails).toEqual([]);
  expect(said.filter((one) => /^(AUTH|MAIL)/.test(one))).toEqual([]);
});

test('a refusal, a server that says nothing, nobody at all: told, not thrown', async () => {
  const { port } = await open({ refusal: '550 no such user here' });
  expect(await tell(`smtp://127.0.0.1:${port}`)).toMatchObject({ ok: false, why: expect.stringContaining('550') });
  await server?.close();
  expect(await tell(`smtp://127.0.0.1:${port}`)).toMatchObject({
    ok: false,
    why: expect.stringContaining('ECONNREFUSED'),
  });
  const mute = await open({ mute: true });
  const beganMs = performance.now();
  expect(await tell(`smtp://127.0.0.1:${mute.port}`)).toMatchObject({ ok: false });
  expect(performance.now() - beganMs).toBeLessThan(15_000);
}, 240_000);
