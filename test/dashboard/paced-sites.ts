import { createServer } from 'node:http';

/** Two sites in a process of their own, which remember when each probe came. Arguments: the port, then an address per site. */
const [, , port = '0', ...addresses] = process.argv;
let sick = '';
let came: (readonly [address: string, atMs: number])[] = [];

for (const address of addresses) {
  const server = createServer((_, response) => {
    came.push([address, performance.now()]);
    response.writeHead(address === sick ? 503 : 200).end();
  });
  server.listen(Number(port), address, () => process.send?.({ ready: address }));
}

/** `sick`: which address answers 503 from now on. `take`: sends what came since it was asked last. */
process.on('message', (message: { readonly sick?: string; readonly take?: true }) => {
  if (message.sick !== undefined) sick = message.sick;
  if (message.take !== true) return;
  process.send?.({ came });
  came = [];
});
process.on('disconnect', () => process.exit(0));
