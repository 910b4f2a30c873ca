import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Mutation, mutate } from './mutate';

/** A proxy on loopback that passes everything on, and spoils one answer. */
export interface MutatingProxy {
  /** A URL of the service, through the proxy. */
  through(url: string): string;
  /** From now on the answers are counted anew, and that one is spoilt; null: none. */
  spoil(mutation: Mutation | null): void;
  answers(): number;
  close(): Promise<void>;
}

export async function startMutatingProxy(): Promise<MutatingProxy> {
  let upstream = '';
  let mutation: Mutation | null = null;
  let answers = 0;

  function pass(asked: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url = '/' } = asked;
    const onward = request(upstream + url, { method, headers, agent: false }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const due = answers++ === mutation?.nth ? mutation : null;
      const { 'content-length': _, 'transfer-encoding': __, ...rest } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, { ...rest, connection: 'close' });
      response.end(due === null ? body : mutate(body, due));
    });
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  }

  const server = createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    through(url) {
      const { origin, pathname } = new URL(url);
      upstream = origin;
      return `http://127.0.0.1:${port}${pathname === '/' ? '' : pathname}`;
    },
    spoil(next) {
      mutation = next;
      answers = 0;
    },
    answers: () => answers,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
