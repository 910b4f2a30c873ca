import { createServer, type ServerResponse } from 'node:http';

/**
 * One regional image-recognition service, as small as it can be: `GET /health`, `POST /recognize`, and for the story
 * `POST /sick` and `POST /well`, which make `/health` answer 503 and 200. Arguments: name, address, port.
 */
const [, , name = 'region', address = '127.0.0.1', port = '0'] = process.argv;
let well = true;

const labels = ['cat', 'dog', 'lighthouse', 'bicycle', 'teapot'] as const;

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

const server = createServer((request, response) => {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > 1_000_000) request.destroy();
  });
  request.on('end', () => {
    const what = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    if (what === 'GET /health') reply(response, well ? 200 : 503, { region: name, gpu: well ? 'ok' : 'lost' });
    else if (what === 'POST /recognize') reply(response, well ? 200 : 503, { region: name, label: labels[bytes % 5] });
    else if (what === 'POST /sick' || what === 'POST /well') {
      well = what === 'POST /well';
      reply(response, 200, { region: name, well });
    } else reply(response, 404, { error: 'nothing here' });
  });
});

server.listen(Number(port), address, () => process.send?.('ready'));
server.on('error', (error) => {
  process.stderr.write(`${name}: ${error.message}\n`);
  process.exit(1);
});
process.on('disconnect', () => process.exit(0));
