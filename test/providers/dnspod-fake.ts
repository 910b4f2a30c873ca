import { createHash, createHmac } from 'node:crypto';
import type { VendorOptions } from './per-record-bench';
import { type FakeServer, type Params, type RawRequest, type Reply, startServer } from './per-record-server';
import { type FakeRow, type FakeZone, fakeZone, type Made, type Refusal } from './per-record-zone';

/** A stand-in for the DNSPod API of 2021-03-23 on loopback: requests must be signed with TC3-HMAC-SHA256, as Tencent Cloud checks it. */
export interface DnspodFake extends FakeServer {
  readonly zone: FakeZone;
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string;
}

export interface DnspodOptions extends VendorOptions {
  /** How many listings do not show a new record yet. */
  readonly indexLag?: number;
}

const secretId = 'AKIDfakefakefakefakefakefakefake0001';
const secretKey = 'fakeSecretKeyOfTencent00000000001';
const token = 'fake/token+of=sts/00000000000000000001';
const domainId = 62_738;

const refusals: Readonly<Record<Refusal, string>> = {
  exists: 'InvalidParameter.DomainRecordExist',
  gone: 'InvalidParameter.RecordIdInvalid',
  conflict: 'InvalidParameter.RecordTypeInvalid',
  ttl: 'LimitExceeded.RecordTtlLimit',
  value: 'InvalidParameter.RecordValueInvalid',
  roll: 'LimitExceeded.SubdomainRollLimit',
  outside: 'InvalidParameter.SubdomainInvalid',
  locked: 'FailedOperation.DomainIsLocked',
};

export function failure(Code: string, Message = 'no'): Reply {
  return { status: 200, body: { Response: { Error: { Code, Message }, RequestId: 'fa11-0000' } } };
}

function success(fields: Params): Reply {
  return { status: 200, body: { Response: { ...fields, RequestId: 'ab4f1426-ea15-42ea-8183-dc1b44151166' } } };
}

export async function startDnspodFake(options: DnspodOptions = {}): Promise<DnspodFake> {
  const zone = fakeZone('example.test', {
    ttlFloor: options.ttlFloor ?? 1,
    ttlCeiling: 604_800,
    roll: options.roll ?? 10,
  });
  const hidden = new Map<number, number>();

  function list({ Subdomain: host, Offset: offset = 0, Limit: limit = 100 }: Params): Reply {
    const from = options.unfiltered === undefined ? zone.all().filter((row) => hostOf(row) === host) : zone.all();
    const shown = from.filter(({ id }) => {
      const left = hidden.get(id) ?? 0;
      hidden.set(id, left - 1);
      return left <= 0;
    });
    const size = Math.min(Number(limit), options.unfiltered ?? Number(limit));
    const page = shown.slice(Number(offset), Number(offset) + size);
    if (page.length === 0) return failure('ResourceNotFound.NoDataOfRecord', '记录列表为空。');
    const info = { SubdomainCount: 1, ListCount: page.length, TotalCount: shown.length };
    return success({ RecordCountInfo: info, RecordList: page.map(listed) });
  }

  const hostOf = (row: FakeRow) => (row.name === zone.name ? '@' : row.name.slice(0, -zone.name.length - 1));
  const lineOf = ({ line }: FakeRow) => (line === 'default' ? '默认' : line);
  const contentOf = ({ type, value }: FakeRow) => (type === 'CNAME' ? `${value}.` : value);
  const common = (row: FakeRow) => ({
    Value: contentOf(row),
    TTL: row.ttl,
    Weight: row.weight,
    Remark: row.remark,
    MX: 0,
  });
  const listed = (row: FakeRow) => ({
    ...common(row),
    RecordId: row.id,
    Name: hostOf(row),
    Type: row.type,
    Status: row.enabled ? 'ENABLE' : 'DISABLE',
    Line: lineOf(row),
    LineId: row.line === 'default' ? '0' : '10=0',
    MonitorStatus: '',
    UpdatedOn: '2026-11-20 10:00:00',
    DefaultNS: false,
  });

  function done(made: Made): Reply {
    return made.ok ? success({ RecordId: made.row.id }) : failure(refusals[made.refusal]);
  }

  function content(params: Params) {
    const { RecordType: type, Value: value, TTL: ttl = 600, SubDomain: host = '@', RecordLineId: line } = params;
    const name = host === '@' ? zone.name : `${host}.${zone.name}`;
    const at = line === '0' || (line === undefined && params['RecordLine'] === '默认') ? 'default' : String(line);
    return { name, type: String(type), value: String(value), ttl: Number(ttl), line: at };
  }

  function handle(action: string, params: Params): Reply {
    if (options.forbidden?.includes(action) === true) {
      return failure('UnauthorizedOperation', `you (${secretId}) are not authorized to perform ${action}`);
    }
    if (action === 'DescribePackageDetail') {
      const plan = { DomainGrade: 'DP_Free', MinTtl: options.ttlFloor ?? 1, RecordRoll: 2, Ns: [] };
      return success({ Info: [{ ...plan, DomainGrade: 'DP_Plus', MinTtl: 60 }, plan], LevelMap: [] });
    }
    if (action === 'DescribeDomainList') {
      return success({ DomainCountInfo: { AllTotal: options.domains ?? 1 }, DomainList: [] });
    }
    if (action === 'GetCallerIdentity') {
      return success({ AccountId: '1000262', UserId: options.main === true ? '1000262' : '1000261', Type: 'CAMUser' });
    }
    const { Domain: name, DomainId: id } = params;
    const found = id === undefined ? name === zone.name : id === domainId;
    if (!found) return failure('InvalidParameterValue.DomainNotExists', '当前域名有误，请返回重新操作。');
    switch (action) {
      case 'DescribeDomain': {
        const servers = ['alder.dnspod.net', 'birch.dnspod.net'];
        const state = { Status: 'ENABLE', DnsStatus: '', Grade: 'DP_FREE', DnspodNsList: servers };
        return success({ DomainInfo: { DomainId: domainId, Domain: zone.name, ...state, ...options.domain } });
      }
      case 'DescribeRecordList':
        return list(params);
      case 'DescribeRecord': {
        const row = zone.all().find((one) => one.id === params['RecordId']);
        if (row === undefined) return failure(refusals.gone);
        const line = { RecordLine: lineOf(row), RecordLineId: row.line === 'default' ? '0' : '10=0' };
        const info = {
          Id: row.id,
          SubDomain: hostOf(row),
          RecordType: row.type,
          Enabled: row.enabled ? 1 : 0,
          ...line,
        };
        return success({ RecordInfo: { ...common(row), ...info } });
      }
      case 'CreateRecord': {
        const made = zone.create(content(params));
        if (made.ok) hidden.set(made.row.id, options.indexLag ?? 0);
        return done(made);
      }
      case 'ModifyRecord': {
        // What is left out goes back to its default; only an absent remark is left alone.
        const { Remark: remark } = params;
        const reset = { weight: null, enabled: true, ...(typeof remark === 'string' ? { remark } : {}) };
        return done(zone.update(Number(params['RecordId']), { ...content(params), ...reset }));
      }
      case 'DeleteRecord': {
        const removed = zone.remove(Number(params['RecordId']));
        return removed.ok ? success({}) : done(removed);
      }
      default:
        return failure('InvalidAction');
    }
  }

  const server = await startServer({
    open: (request) => opened(request, options),
    isWrite: (action) => ['CreateRecord', 'ModifyRecord', 'DeleteRecord'].includes(action),
    handle,
    refuse: (why) =>
      why === 'throttled'
        ? failure('RequestLimitExceeded', 'Your current request times equals to `21` in a second')
        : failure('AuthFailure.UnauthorizedOperation', `${secretId} ${secretKey} may not do that`),
  });
  return { ...server, zone, secretId, secretKey, token };
}

/** Checks the signature: "Signature algorithm v3" (cloud.tencent.com/document/api/1427/56189, 2026-11). */
function opened(
  request: RawRequest,
  options: DnspodOptions,
): { readonly action: string; readonly params: Params } | Reply {
  const { method, headers, body, url } = request;
  const header = (name: string) => String(headers[name] ?? '');
  const pattern =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/(\w+)\/tc3_request, SignedHeaders=([a-z;-]+), Signature=([0-9a-f]{64})$/;
  const [, id, date = '', service = '', signed = '', signature] = pattern.exec(header('authorization')) ?? [];
  if (id === undefined || !signed.split(';').includes('host') || !signed.split(';').includes('content-type')) {
    return failure('AuthFailure.InvalidAuthorization');
  }
  if (id !== secretId) return failure('AuthFailure.SecretIdNotFound', `The SecretId ${id} is not found`);
  const seconds = Number(header('x-tc-timestamp'));
  if (Math.abs(seconds * 1_000 - Date.now() - (options.skewMs ?? 0)) > 300_000) {
    return failure('AuthFailure.SignatureExpire', 'The provided credentials have expired');
  }
  const fields = signed.split(';').map((name) => `${name}:${header(name)}\n`);
  const [path, query = ''] = url.split('?');
  const canonical = [method, path, query, fields.join(''), signed, sha256(body)].join('\n');
  const scope = `${date}/${service}/tc3_request`;
  const toSign = ['TC3-HMAC-SHA256', String(seconds), scope, sha256(canonical)].join('\n');
  const key = [date, service, 'tc3_request'].reduce<Buffer | string>(
    (last, part) => hmac(last, part),
    `TC3${secretKey}`,
  );
  const day = new Date(seconds * 1_000).toISOString().slice(0, 10);
  const ofSts = header('x-tc-action') === 'GetCallerIdentity';
  if (hmac(key, toSign).toString('hex') !== signature || date !== day || service !== (ofSts ? 'sts' : 'dnspod')) {
    return failure('AuthFailure.SignatureFailure', `The string to sign was ${toSign}`);
  }
  const version = ofSts ? '2018-08-13' : '2021-03-23';
  if (header('host') !== `${service}.tencentcloudapi.com` || header('x-tc-version') !== version) {
    return failure('NoSuchProduct');
  }
  if (options.temporary === true && header('x-tc-token') !== token) return failure('AuthFailure.TokenFailure');
  return { action: header('x-tc-action'), params: JSON.parse(body) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
