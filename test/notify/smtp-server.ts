import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { freePort } from '../free-port';

export interface Mail {
  readonly login: string | null;
  readonly from: string;
  readonly to: readonly string[];
  /** Header lines as they came, unfolded, and the text, decoded. */
  readonly headers: readonly string[];
  readonly text: string;
  readonly encrypted: boolean;
}

export interface SmtpOptions {
  /** Offers STARTTLS with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly login?: boolean;
  /** Answers to RCPT with this. */
  readonly refusal?: string;
  /** Says nothing at all. */
  readonly mute?: boolean;
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: Mail[];
  readonly said: string[];
  close(): Promise<void>;
}

/** As much of a mail server (RFC 5321, 3207, 4954) as takes one mail at a time. */
export async function openSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const port = await freePort();
  const mails: Mail[] = [];
  const said: string[] = [];
  const open = new Set<Socket>();

  function serve(socket: Socket, encrypted: boolean): void {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    let login: string | null = null;
    let from = '';
    let to: string[] = [];
    let data: string[] | null = null;
    let rest = '';
    /** What is answered to a line; null: nothing, or not in clear text. */
    function reply(text: string): string | null {
      if (data !== null) {
        if (text !== '.') {
          data.push(text.replace(/^\./, ''));
          return null;
        }
        mails.push({ login, from, to, encrypted, ...parse(data.join('\n')) });
        data = null;
        return '250 taken';
      }
      said.push(text);
      const [verb = ''] = text.toUpperCase().split(/[ :]/);
      switch (verb) {
        case 'EHLO': {
          const starts = options.tls !== undefined && !encrypted ? ['250-STARTTLS'] : [];
          return [...starts, ...(options.login === true ? ['250-AUTH PLAIN'] : []), '250 8BITMIME'].join('\r\n');
        }
        case 'STARTTLS':
          if (options.tls === undefined) return '502 no';
          socket.write('220 go ahead\r\n');
          socket.removeAllListeners('data');
          serve(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(options.tls) }), true);
          return null;
        case 'AUTH':
          login = Buffer.from(text.split(' ')[2] ?? '', 'base64').toString();
          return '235 welcome';
        case 'MAIL':
          from = text;
          return '250 ok';
        case 'RCPT':
          to = [...to, text];
          return options.refusal ?? '250 ok';
        case 'DATA':
          data = [];
          return '354 go on';
        default:
          return verb === 'QUIT' ? '221 bye' : '250 ok';
      }
    }

    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const answer = reply(text);
        if (answer !== null) socket.write(`${answer}\r\n`);
      }
    });
  }

  const server = createServer((socket) => {
    serve(socket, false);
    if (options.mute !== true) socket.write('220 mail.example.test ESMTP\r\n');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    mails,
    said,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function parse(mail: string): Pick<Mail, 'headers' | 'text'> {
  const [head = '', ...body] = mail.split('\n\n');
  const headers = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const text = body.join('\n\n');
  const encoding = headers.find((one) => /^content-transfer-encoding:/i.test(one)) ?? '';
  if (/base64/i.test(encoding)) return { headers, text: Buffer.from(text, 'base64').toString('utf8') };
  if (!/quoted-printable/i.test(encoding)) return { headers, text };
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { headers, text: Buffer.from(bytes, 'latin1').toString('utf8') };
}
