import { createServer } from 'node:net';

/** Below the range from which the system takes ports for connections that go out, and elsewhere in each process. */
const least = 10_000;
const range = 20_000;
let next = (process.pid * 97) % range;

/** A TCP port of loopback that is free, and that no other test process is about to take. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    next = (next + 1) % range;
    const port = least + next;
    if (await isFree(port)) return port;
  }
  throw new Error('no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
