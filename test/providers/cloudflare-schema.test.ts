import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { a, connect, foundBy, move, one } from './cloudflare-connect';
import { type CloudflareFake, type FakeRequest, startCloudflareFake } from './cloudflare-fake';
import { problems, type Schema } from './cloudflare-schema';
import { isBody } from './cloudflare-zone';

/**
 * The adapter's requests and the fake's answers, held to the vendor's own schema. The document is the vendor's and not ours to pass
 * on, so the variable CLOUDFLARE_OPENAPI names a copy of it (api-schemas/openapi.json of github.com/cloudflare/api-schemas).
 */
const { CLOUDFLARE_OPENAPI: file = '', FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;

const www = 'www.example.test';
const fakes: CloudflareFake[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.close();
});

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isBody(inner) ? inner[key] : undefined), value);
}

/** Everything the schema has against one request and its answer. */
function objections(document: Schema, request: FakeRequest): readonly string[] {
  const { paths } = document;
  const [, operations] = Object.entries(isBody(paths) ? paths : {}).find(([path]) => matches(path, request.path)) ?? [];
  const operation = at(operations, request.method.toLowerCase());
  if (request.path.endsWith('/batch')) return batchObjections(document, request);
  if (operation === undefined) return [`${request.method} ${request.path} is not in the schema`];
  const body = at(operation, 'requestBody', 'content', 'application/json', 'schema');
  return [
    ...Object.entries(request.query).flatMap(([name, value]) => queryObjections(document, operation, name, value)),
    ...(body === undefined || request.method === 'DELETE' ? [] : problems(document, body, request.body, 'request')),
    ...answerObjections(document, operation, request),
  ];
}

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

function queryObjections(document: Schema, operation: unknown, name: string, value: string): readonly string[] {
  // The document of 2024 has the older spelling `name` for what is `name.exact` now, as it has both `comment` and `comment.exact`.
  const known = name === 'name.exact' ? 'name' : name;
  const parameters = at(operation, 'parameters');
  const parameter = Array.isArray(parameters) ? parameters.find((each) => at(each, 'name') === known) : undefined;
  if (parameter === undefined) return [`query ${name} is not in the schema`];
  return problems(document, at(parameter, 'schema'), /^\d+$/.test(value) ? Number(value) : value, `query ${name}`);
}

const failureOf = (path: string) => ({
  $ref: `#/components/schemas/${path.includes('dns_records') ? 'dns-records' : 'zones'}_api-response-common-failure`,
});

function answerObjections(document: Schema, operation: unknown, request: FakeRequest): readonly string[] {
  // A refusal of a DNS request is written as "a success and a failure", with `success` both true and false, which nothing can be.
  // We hold to the failure.
  const schema =
    request.status === 200
      ? at(operation, 'responses', '200', 'content', 'application/json', 'schema')
      : failureOf(request.path);
  return problems(document, schema, request.response, `answer ${request.status}`);
}

/** The document lacks `/batch`: its parts are held to the single operations. */
function batchObjections(document: Schema, request: FakeRequest): readonly string[] {
  const single = { $ref: '#/components/schemas/dns-records_dns-record' };
  const id = { $ref: '#/components/schemas/dns-records_identifier' };
  const every = (from: unknown, key: string, schema: Schema | ((item: unknown) => Schema), where: string) => {
    const items: unknown = at(from, key);
    const result: readonly unknown[] = Array.isArray(items) ? items : [];
    return result.flatMap((item, index) => {
      const wanted = typeof schema === 'function' ? schema(item) : schema;
      return problems(document, wanted, item, `${where} ${key}[${index}]`);
    });
  };
  // All records require `content`, which is read-only in HTTPS and SVCB: then it is required of answers alone (OpenAPI 3.0.3, readOnly).
  const sent = (item: unknown): Schema =>
    isBody(item) && 'data' in item && !('content' in item)
      ? { $ref: `#/components/schemas/dns-records_${String(item['type'])}Record` }
      : single;
  const withId = { type: 'object', required: ['id'], properties: { id } };
  const result = at(request.response, 'result');
  return [
    ...every(request.body, 'deletes', withId, 'request'),
    ...every(request.body, 'patches', (item) => ({ allOf: [sent(item), withId] }), 'request'),
    ...every(request.body, 'posts', sent, 'request'),
    ...(request.status === 200
      ? ['deletes', 'patches', 'puts', 'posts'].flatMap((key) =>
          every(result, key, { allOf: [single, withId] }, 'answer'),
        )
      : problems(document, failureOf(request.path), request.response, `answer ${request.status}`)),
  ];
}

/** Every kind of request the adapter makes, and every kind of answer it gets. */
async function adapterTraffic(): Promise<readonly FakeRequest[]> {
  const fake = await startCloudflareFake({ pageLimit: 2 });
  fakes.push(fake);
  fake.zone.post({ name: www, type: 'A', content: '192.0.2.1', proxied: true, comment: 'by hand', tags: ['team:web'] });
  const provider = await connect(fake);
  await move(provider, a('192.0.2.2', '192.0.2.3', '192.0.2.4'), 1);
  await move(provider, one('AAAA', ['2001:db8::1']), 2);
  await move(provider, one('CNAME', ['x.example.net']), 3);
  fake.deliver();
  fake.beforeBatch(() => void fake.zone.set([]));
  await move(provider, a('192.0.2.2'), 4);
  await move(provider, [...a('192.0.2.2'), ...one('AAAA', ['2001:db8::2'])], 5);
  fake.seed([{ name: www, type: 'HTTPS', ttl: 60, values: ['1 . alpn=h2 ipv4hint=192.0.2.2'] }]);
  const hint = (...values: readonly string[]) => [...a('192.0.2.3'), ...one('HTTPS', values)];
  await move(provider, hint('1 . alpn=h2 ipv4hint=192.0.2.3', '2 . ipv4hint=192.0.2.3'), 6);
  const signal = AbortSignal.timeout(5_000);
  await provider.preflight(signal);
  await foundBy(await connect(fake, { zone: fake.zoneId }));
  const wrong = await connect(fake, { env: { CLOUDFLARE_API_TOKEN: 'wrong', CLOUDFLARE_BASE_URL: fake.url } });
  await wrong.read(signal);
  await (await connect(fake, { zone: 'f'.repeat(32) })).read(signal);
  return fake.requests.filter(({ path }) => !path.endsWith('/tokens/verify'));
}

/** The operations the fake has beyond what the adapter uses. */
async function plainTraffic(): Promise<readonly FakeRequest[]> {
  const fake = await startCloudflareFake();
  fakes.push(fake);
  const records = `${fake.url}/zones/${fake.zoneId}/dns_records`;
  const ask = (method: string, path: string, body?: Schema) =>
    fetch(`${records}${path}`, {
      method,
      headers: { authorization: `Bearer ${fake.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const record = { name: www, type: 'A', content: '192.0.2.1', ttl: 60 };
  await ask('POST', '', record);
  await ask('POST', '', record);
  await ask('POST', '', { ...record, ttl: 30 });
  await ask('POST', '', { ...record, type: 'CNAME', content: 'x.example.net' });
  const id = fake.zone.all()[0]?.id ?? 'none';
  await ask('GET', '?type=A&per_page=5');
  await ask('GET', `/${id}`);
  await ask('PATCH', `/${id}`, { ...record, content: '192.0.2.2' });
  await ask('PUT', `/${id}`, { ...record, content: '192.0.2.3', comment: 'new' });
  await ask('DELETE', `/${id}`);
  await ask('DELETE', `/${id}`);
  await ask('GET', `/${id}`);
  return fake.requests;
}

if (file === '') {
  test('requests and answers against the vendor schema', () => {
    if (required === '1') throw new Error('CLOUDFLARE_OPENAPI must name a copy of the vendor schema');
    process.stdout.write(
      'not checked: Cloudflare requests and answers against the vendor schema (CLOUDFLARE_OPENAPI is not set)\n',
    );
  });
} else {
  describe('the vendor schema', () => {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const document: Schema = isBody(parsed) ? parsed : {};

    test('takes every request of the adapter, and every answer of the fake to it', async () => {
      const traffic = await adapterTraffic();
      const kinds = new Set(
        traffic.map(({ method, path, status }) => `${method} ${path.split('/').at(-1)?.slice(0, 12)} ${status}`),
      );
      expect([...kinds].sort()).toEqual([
        'GET 023e105f4ece 200',
        'GET dns_records 200',
        'GET dns_records 404',
        'GET ffffffffffff 404',
        'GET zones 200',
        'GET zones 403',
        'POST batch 200',
        'POST batch 400',
      ]);
      expect(traffic.flatMap((request) => objections(document, request))).toEqual([]);
    });

    test('takes every single operation of the fake', async () => {
      const traffic = await plainTraffic();
      // What a fake must refuse, the schema may refuse too: the TTL of 30 is for Enterprise, so it does not.
      expect(traffic.flatMap((request) => objections(document, request))).toEqual([]);
      expect(traffic.map(({ status }) => status)).toEqual([200, 400, 400, 400, 200, 200, 200, 200, 200, 404, 404]);
    });

    const post = (body: Schema): Partial<FakeRequest> => ({ method: 'POST', status: 400, body });
    const record = { name: www, type: 'A', content: '192.0.2.1', ttl: 60 };
    const info = { page: 1, per_page: 100, count: 0, total_count: 0 };
    const answer = (more: Schema): Partial<FakeRequest> => ({
      method: 'GET',
      status: 200,
      response: { success: true, errors: [], messages: [], result: [], result_info: info, ...more },
    });
    const rows: readonly (readonly [string, Partial<FakeRequest>])[] = [
      ['an address that is none', post({ ...record, content: '300.1.1.1' })],
      ['an AAAA with an IPv4 address', post({ ...record, type: 'AAAA' })],
      [
        'a priority in words',
        post({ ...record, type: 'HTTPS', content: '1 .', data: { priority: 'one', target: '.' } }),
      ],
      ['an HTTPS record without its parts', post({ ...record, type: 'HTTPS', content: '1 .' })],
      ['a TTL between', post({ ...record, ttl: 5 })],
      ['no name', post({ type: 'A', content: '192.0.2.1' })],
      ['a comment that is no text', post({ ...record, comment: 7 })],
      ['an unknown query', { method: 'GET', status: 200, query: { nam: www } }],
      ['a page of no size', { ...answer({}), query: { per_page: '0' } }],
      ['no messages', answer({ messages: undefined })],
      ['success false', answer({ success: false })],
      ['a record without content', answer({ result: [{ name: www, type: 'A' }] })],
      ['a record with a bad date', answer({ result: [{ ...record, created_on: 'today' }] })],
      [
        'an error without code',
        {
          method: 'GET',
          status: 400,
          response: { success: false, errors: [{ message: 'x' }], messages: [], result: null },
        },
      ],
      ['an unknown path', { method: 'GET', path: '/zones/1/dns' }],
    ];
    test.each(rows)('refuses %s', (_, over) => {
      const path = `/zones/${'a'.repeat(32)}/dns_records`;
      const response = { success: false, errors: [], messages: [], result: null };
      const base: FakeRequest = { method: 'GET', path, query: {}, headers: {}, body: undefined, status: 400, response };
      expect(objections(document, base)).toEqual([]);
      const odd: FakeRequest = JSON.parse(JSON.stringify({ ...base, ...over }));
      expect(objections(document, odd)).not.toEqual([]);
    });
  });
}
