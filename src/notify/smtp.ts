import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { ChannelConfig, Sent } from './channel';
import { details, type Message, title } from './message';
import { faultText } from './post';

const deadlineMs = 10_000;
const subjectLimit = 200;

export interface SmtpInput {
  readonly channel: ChannelConfig;
  /** Where the server's name leads. */
  readonly resolve: (host: string) => Promise<string>;
  /** What this host calls itself. */
  readonly host: string;
}

/**
 * One e-mail over one connection. With `smtps` the connection is encrypted from its start, with `smtp` it must become so before anything is
 * said (STARTTLS), except to this very host. The same message has the same Message-ID on every attempt, and one incident is one thread.
 */
export async function sendMail(input: SmtpInput, message: Message, more: number): Promise<Sent> {
  const { channel } = input;
  const { mail } = channel;
  const url = new URL(channel.url);
  const secure = url.protocol === 'smtps:';
  const local = isLoopback(channel.host);
  if (mail === null) return { ok: false, why: 'no addresses', unfit: false, retryAfterMs: null };
  try {
    const address = isIP(channel.host) === 0 ? await input.resolve(channel.host) : channel.host;
    const transport = createTransport({
      host: address,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      name: input.host,
      requireTLS: !secure && !local,
      ignoreTLS: !secure && local,
      tls: { rejectUnauthorized: true, ...(isIP(channel.host) === 0 ? { servername: channel.host } : {}) },
      connectionTimeout: deadlineMs,
      greetingTimeout: deadlineMs,
      socketTimeout: deadlineMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(url.username === ''
        ? {}
        : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    });
    const idOf = (text: string): string =>
      `<${createHash('sha256').update(text).digest('hex').slice(0, 40)}@failoverd>`;
    const thread = idOf(message.incident);
    const sending = transport.sendMail({
      from: mail.from,
      to: [...mail.to],
      subject: title(message).slice(0, subjectLimit),
      text: `${[title(message), '', ...details(message, more)].join('\n')}\n`,
      messageId: idOf(message.id),
      ...(message.action === 'trigger' ? { references: thread } : { inReplyTo: thread, references: thread }),
      headers: {
        'X-Failoverd-Key': message.id,
        'X-Failoverd-Incident': message.incident,
        'Auto-Submitted': 'auto-generated',
      },
    });
    await inTime(sending, () => transport.close());
    return { ok: true };
  } catch (error) {
    return { ok: false, why: faultText(error), unfit: false, retryAfterMs: null };
  }
}

/** Servers that speak, but slowly, are not waited for. */
async function inTime(sending: Promise<unknown>, close: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not taken within ${deadlineMs / 1_000} s`)), deadlineMs);
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => undefined);
    close();
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
