import { createHmac } from 'node:crypto';
import type { VendorOptions } from './per-record-bench';
import { type FakeServer, type Params, type RawRequest, type Reply, startServer } from './per-record-server';
import { type FakeRow, type FakeZone, fakeZone, type Made, type Refusal } from './per-record-zone';

/** A stand-in for the Alidns API of 2015-01-09 on loopback: requests must be signed with HMAC-SHA1, as Alibaba Cloud checks RPC calls. */
export interface AlidnsFake extends FakeServer {
  readonly zone: FakeZone;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}

export interface AlidnsOptions extends VendorOptions {
  /** Whether weights are switched on for the managed name. */
  readonly weighted?: boolean;
}

const accessKeyId = 'LTAIfakefakefakefake0001';
const accessKeySecret = 'fakeAccessKeySecret0000000001';
const securityToken = 'CAISfake/token+of=sts/000000000001';

const refusals: Readonly<Record<Refusal, string>> = {
  exists: 'DomainRecordDuplicate',
  gone: 'DomainRecordNotBelongToUser',
  conflict: 'DomainRecordConflict',
  ttl: 'QuotaExceeded.TTL',
  value: 'InvalidRecord.Value',
  roll: 'QuotaExceeded.ARecord',
  outside: 'InvalidRR.Format',
  locked: 'DomainRecordLocked',
};

export function failure(Code: string, Message = 'no', status = 400): Reply {
  const RequestId = '8584D687-2E67-53C1-8DD7-95E288A02343';
  return {
    status,
    body: { RequestId, HostId: 'alidns.aliyuncs.com', Code, Message, Recommend: 'https://api.example' },
  };
}

function success(fields: Params): Reply {
  return { status: 200, body: { ...fields, RequestId: '536E9CAD-DB30-4647-AC87-AA5CC38C5382' } };
}

export async function startAlidnsFake(options: AlidnsOptions = {}): Promise<AlidnsFake> {
  const zone = fakeZone('example.test', {
    ttlFloor: options.ttlFloor ?? 1,
    ttlCeiling: 86_400,
    roll: options.roll ?? 10,
  });
  const nonces = new Set<unknown>();

  const listed = (row: FakeRow) => ({
    DomainName: zone.name,
    RecordId: String(row.id),
    RR: row.name === zone.name ? '@' : row.name.slice(0, -zone.name.length - 1),
    Type: row.type,
    Value: row.value,
    TTL: row.ttl,
    Line: row.line,
    Status: row.enabled ? 'ENABLE' : 'DISABLE',
    Locked: row.locked,
    CreateTimestamp: 1_732_000_000_000,
    ...(['A', 'AAAA', 'CNAME'].includes(row.type) ? { Weight: row.weight ?? 1 } : {}),
    ...(row.remark === '' ? {} : { Remark: row.remark }),
  });

  function list({ SubDomain: name, PageNumber: number = '1', PageSize: size = '20' }: Params): Reply {
    if (Number(size) > 100) return failure('InvalidParameter', 'PageSize');
    const from = options.unfiltered === undefined ? zone.all().filter((row) => row.name === name) : zone.all();
    const pageSize = Math.min(Number(size), options.unfiltered ?? Number(size));
    const page = from.slice((Number(number) - 1) * pageSize, Number(number) * pageSize);
    const counts = { TotalCount: from.length, PageNumber: Number(number), PageSize: pageSize };
    return success({ ...counts, DomainRecords: { Record: page.map(listed) } });
  }

  function done(made: Made): Reply {
    return made.ok ? success({ RecordId: String(made.row.id) }) : failure(refusals[made.refusal]);
  }

  function content({ RR: host, Type: type, Value: value, TTL: ttl = '600', Line: line = 'default' }: Params) {
    const name = host === '@' ? zone.name : `${host}.${zone.name}`;
    return { name, type: String(type), value: String(value), ttl: Number(ttl), line: String(line) };
  }

  function handle(action: string, params: Params): Reply {
    if (options.forbidden?.includes(action) === true) {
      return failure('Forbidden.RAM', `User ${accessKeyId} not authorized to operate on the specified resource`, 403);
    }
    const { DomainName: domain, RecordId: id } = params;
    if (domain !== undefined && domain !== zone.name) return failure('InvalidDomainName.NoExist', 'no such domain');
    switch (action) {
      case 'DescribeDomainInfo': {
        const details = params['NeedDetailAttributes'] === 'true' ? { MinTtl: options.ttlFloor ?? 1 } : {};
        const servers = { DnsServer: ['dns7.hichina.com', 'dns8.hichina.com'] };
        return success({
          DomainName: zone.name,
          InClean: false,
          InBlackHole: false,
          DnsServers: servers,
          ...details,
          ...options.domain,
        });
      }
      case 'DescribeDomains':
        return success({ TotalCount: options.domains ?? 1, Domains: {} });
      case 'GetCallerIdentity':
        return success({ AccountId: '1968', IdentityType: options.main === true ? 'Account' : 'RAMUser' });
      case 'DescribeSubDomainRecords':
        return list(params);
      case 'DescribeDNSSLBSubDomains': {
        const open = { SubDomain: 'www.example.test', Type: 'A', RecordCount: 2, Open: true };
        return success({ TotalCount: 1, SlbSubDomains: { SlbSubDomain: options.weighted === true ? [open] : [] } });
      }
      case 'AddDomainRecord':
        return done(zone.create(content(params)));
      case 'UpdateDomainRecord':
        return done(zone.update(Number(id), content(params)));
      case 'DeleteDomainRecord':
        return done(zone.remove(Number(id)));
      default:
        return failure('InvalidAction.NotFound', 'no such action', 404);
    }
  }

  const server = await startServer({
    open(request) {
      const opened = open(request, options);
      if ('status' in opened) return opened;
      const { SignatureNonce: nonce } = opened.params;
      if (nonces.has(nonce)) return failure('SignatureNonceUsed');
      nonces.add(nonce);
      return opened;
    },
    isWrite: (action) => ['AddDomainRecord', 'UpdateDomainRecord', 'DeleteDomainRecord'].includes(action),
    handle,
    refuse: (why) =>
      why === 'throttled'
        ? failure('Throttling.User', 'Request was denied due to user flow control.')
        : failure('NoPermission', `${accessKeyId} ${accessKeySecret} may not do that`, 403),
  });
  return { ...server, zone, accessKeyId, accessKeySecret, securityToken };
}

/** Checks the signature: "Sign an RPC request" (help.aliyun.com/document_detail/315526.html, 2026-11). */
function open(
  request: RawRequest,
  options: AlidnsOptions,
): { readonly action: string; readonly params: Params } | Reply {
  const { method, body, url } = request;
  if (method !== 'POST' || url !== '/') return failure('UnsupportedHTTPMethod', 'only POST is taken here');
  const { Signature: signature, ...params } = Object.fromEntries(new URLSearchParams(body));
  if (params['AccessKeyId'] !== accessKeyId) return failure('InvalidAccessKeyId.NotFound', 'no such key', 404);
  const madeAt = Date.parse(params['Timestamp'] ?? '');
  if (!(Math.abs(madeAt - Date.now() - (options.skewMs ?? 0)) <= 900_000)) return failure('InvalidTimeStamp.Expired');
  const fields = Object.keys(params)
    .sort()
    .map((name) => `${percent(name)}=${percent(params[name] ?? '')}`);
  const toSign = `${method}&${percent('/')}&${percent(fields.join('&'))}`;
  const expected = createHmac('sha1', `${accessKeySecret}&`).update(toSign).digest('base64');
  const method1 = params['SignatureMethod'] === 'HMAC-SHA1' && params['SignatureVersion'] === '1.0';
  // The real service tells the caller what it signed, which holds the token.
  if (signature !== expected || !method1) return failure('SignatureDoesNotMatch', `server string to sign is:${toSign}`);
  const version = params['Action'] === 'GetCallerIdentity' ? '2015-04-01' : '2015-01-09';
  if (params['Version'] !== version || params['Format'] !== 'JSON') return failure('NoSuchVersion');
  if (options.temporary === true && params['SecurityToken'] !== securityToken)
    return failure('InvalidSecurityToken.Expired');
  return { action: params['Action'] ?? '', params };
}

/** RFC 3986, which JavaScript's encoder follows but for five characters. */
function percent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
