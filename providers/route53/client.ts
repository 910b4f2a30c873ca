import {
  ChangeResourceRecordSetsCommand,
  type ChangeResourceRecordSetsCommandInput,
  type ChangeResourceRecordSetsCommandOutput,
  GetChangeCommand,
  type GetChangeCommandOutput,
  GetHostedZoneCommand,
  type GetHostedZoneCommandOutput,
  ListHostedZonesByNameCommand,
  type ListHostedZonesByNameCommandInput,
  type ListHostedZonesByNameCommandOutput,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ListResourceRecordSetsCommandOutput,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { type Answer, failureOf, field } from './failures';

export type { Change, HostedZone, ResourceRecordSet } from '@aws-sdk/client-route-53';

export interface Credentials {
  /** Where the SDK says it found them, in its own words (`CREDENTIALS_ENV_VARS`); null when it does not say. */
  readonly source: string | null;
  readonly endsAtMs: number | null;
  /** They came with a session token. */
  readonly temporary: boolean;
}

/** The five calls of Route 53 this adapter makes, each bounded in time and size, each answering with a value. */
export interface Route53Api {
  listZones(
    input: ListHostedZonesByNameCommandInput,
    signal: AbortSignal,
  ): Promise<Answer<ListHostedZonesByNameCommandOutput>>;
  getZone(id: string, signal: AbortSignal): Promise<Answer<GetHostedZoneCommandOutput>>;
  listSets(
    input: ListResourceRecordSetsCommandInput,
    signal: AbortSignal,
  ): Promise<Answer<ListResourceRecordSetsCommandOutput>>;
  change(
    input: ChangeResourceRecordSetsCommandInput,
    signal: AbortSignal,
  ): Promise<Answer<ChangeResourceRecordSetsCommandOutput>>;
  getChange(id: string, signal: AbortSignal): Promise<Answer<GetChangeCommandOutput>>;
  credentials(signal: AbortSignal): Promise<Credentials>;
  close(): void;
}

const connectMs = 3_000;
const requestMs = 8_000;
/** One call from end to end, finding credentials and reading the body included. */
const callMs = 10_000;
/** Idle connections are not kept longer: a request on one that died silently would cost `requestMs`. */
const idleMs = 4_000;
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * A client on the SDK's own chain of credentials and settings; it makes no request yet.
 *
 * The SDK retries nothing here. Its `requestTimeout` ends at the response's headers, hence `callMs` around each call.
 */
export async function connect(endpoint: string | null): Promise<Route53Api> {
  const client = new Route53Client({
    region: await region(),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      httpAgent: { timeout: idleMs },
      httpsAgent: { timeout: idleMs },
    },
    ...(endpoint === null ? {} : { endpoint }),
  });
  // Only what was sent can be echoed: the key id, the session token, the signature of the last requests.
  let secrets: readonly string[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      secrets = [...sentSecrets(args.request), ...secrets].slice(0, 30);
      const result = await next(args);
      const body = field(result.response, 'body');
      if (isStream(body)) Object.assign(Object(result.response), { body: await whole(body) });
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'boundedBody' },
  );

  async function call<T>(
    operation: string,
    signal: AbortSignal,
    run: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<Answer<T>> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
    try {
      return { ok: true, value: await orAborted(run({ abortSignal: deadline }), deadline) };
    } catch (error) {
      return { ok: false, failure: failureOf(operation, error, secrets) };
    }
  }

  return {
    listZones: (input, signal) =>
      call('ListHostedZonesByName', signal, (options) => client.send(new ListHostedZonesByNameCommand(input), options)),
    getZone: (id, signal) =>
      call('GetHostedZone', signal, (options) => client.send(new GetHostedZoneCommand({ Id: id }), options)),
    listSets: (input, signal) =>
      call('ListResourceRecordSets', signal, (options) =>
        client.send(new ListResourceRecordSetsCommand(input), options),
      ),
    change: (input, signal) =>
      call('ChangeResourceRecordSets', signal, (options) =>
        client.send(new ChangeResourceRecordSetsCommand(input), options),
      ),
    getChange: (id, signal) =>
      call('GetChange', signal, (options) => client.send(new GetChangeCommand({ Id: id }), options)),
    async credentials(signal) {
      const found = await call('credentials', signal, () => client.config.credentials());
      if (!found.ok) return { source: null, endsAtMs: null, temporary: false };
      const source = Object.keys(Object(field(found.value, '$source')))[0] ?? null;
      const ends = field(found.value, 'expiration');
      const endsAtMs = ends instanceof Date && Number.isFinite(ends.getTime()) ? ends.getTime() : null;
      return { source, endsAtMs, temporary: field(found.value, 'sessionToken') !== undefined };
    },
    close: () => client.destroy(),
  };
}

/** The region the SDK would choose (it tells the partition); us-east-1 when nothing names one: Route 53 is global. */
async function region(): Promise<string> {
  const client = new Route53Client({});
  try {
    return await client.config.region();
  } catch {
    return 'us-east-1';
  } finally {
    client.destroy();
  }
}

function sentSecrets(request: unknown): readonly string[] {
  const headers = field(request, 'headers');
  const signed = /Credential=([^/,]+)\/.*Signature=([0-9a-f]+)/.exec(String(field(headers, 'authorization')));
  return [signed?.[1], signed?.[2], field(headers, 'x-amz-security-token')].filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** The SDK would buffer without end. Leaving the loop destroys the stream. */
async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw new Error(`the response is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The promise, or a rejection as soon as the signal says so, whatever the promise is waiting for. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException(`given up: ${String(field(signal.reason, 'name'))}`, 'AbortError'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject);
  });
}
