import type { Agent } from 'node:http';
import { dnspod } from 'tencentcloud-sdk-nodejs-dnspod';
import { isObject } from '../json';
import { type Answer, type Api, everyPage, hostIn, type Page, type Row, type Zone } from '../per-record/api';
import { callOnce } from '../per-record/call';
import { isEmptyList, judge } from './answers';
import { infoRow, rowOf, zoneOf } from './parse';

const { Client } = dnspod.v20210323;
type Sdk = InstanceType<typeof Client>;

export interface Connection {
  readonly endpoint: URL;
  readonly secretId: string;
  readonly secretKey: string;
  readonly token: string | null;
}

/** Beside the calls every adapter of this kind makes: one record by its id. Null: there is none. */
export interface DnspodApi extends Api {
  get(zone: Zone, id: string, signal: AbortSignal): Promise<Answer<Row | null>>;
}

export const apiHost = 'dnspod.tencentcloudapi.com';
const pageSize = 100;
/** The default line, by id and by name; a request may give both, and the id counts (CreateRecord, 2026-11). */
const defaultLine = { RecordLine: '默认', RecordLineId: '0' };

/**
 * The API of 2021-03-23 through the vendor's SDK, one client per call because the SDK takes its agent at construction. The SDK signs for
 * the host it is given and takes its first label for the service's name, so an endpoint that is not called `dnspod.…` (a relay, a
 * test) is only connected to, and the request is made and signed for the API's own host.
 */
export function openClient({ endpoint, secretId, secretKey, token }: Connection): DnspodApi {
  const secrets = [secretId, secretKey, ...(token === null ? [] : [token])];
  const host = endpoint.hostname.startsWith('dnspod.') ? endpoint.host : apiHost;

  function sdk(agent: Agent): Sdk {
    return new Client({
      credential: { secretId, secretKey, ...(token === null ? {} : { token }) },
      profile: {
        language: 'en-US',
        httpProfile: {
          endpoint: host,
          protocol: `${endpoint.protocol}//`,
          // None: its timer is not cleared when a call breaks off, and the deadline is ours. With an agent the SDK ignores http_proxy.
          reqTimeout: 0,
          agent,
          headers: { 'Accept-Encoding': 'identity' },
        },
      },
    });
  }

  async function ask<T>(action: string, signal: AbortSignal, send: (client: Sdk) => Promise<T>): Promise<Answer<T>> {
    const called = await callOnce(endpoint, signal, (agent) => send(sdk(agent)));
    return judge(action, called, secrets);
  }

  async function page(zone: Zone, name: string, offset: number, signal: AbortSignal): Promise<Answer<Page>> {
    const request = { ...domain(zone), Subdomain: hostIn(zone.name, name), Offset: offset, Limit: pageSize };
    const called = await callOnce(endpoint, signal, (agent) => sdk(agent).DescribeRecordList(request));
    if (isEmptyList(called)) return { ok: true, value: { rows: [], total: 0 } };
    const answer = judge('DescribeRecordList', called, secrets);
    if (!answer.ok) return answer;
    const { RecordList: list, RecordCountInfo: info } = answer.value;
    const rows = Array.isArray(list) ? list.map((item) => rowOf(zone, item)) : [null];
    const total = isObject(info) ? info['TotalCount'] : null;
    if (rows.includes(null) || typeof total !== 'number') return unreadable('DescribeRecordList', 'a list of records');
    return { ok: true, value: { rows: rows.flatMap((row) => (row === null ? [] : [row])), total } };
  }

  return {
    async zone(nameOrId, signal) {
      const request = /^\d{1,15}$/.test(nameOrId)
        ? { Domain: nameOrId, DomainId: Number(nameOrId) }
        : { Domain: nameOrId };
      const answer = await ask('DescribeDomain', signal, (client) => client.DescribeDomain(request));
      if (!answer.ok) return answer;
      const zone = zoneOf(answer.value.DomainInfo);
      if (zone === null) return unreadable('DescribeDomain', 'a domain');
      // The grades of a domain are spelt in capitals, those of the plans are not.
      const grade = String(answer.value.DomainInfo?.Grade).toUpperCase();
      const plans = await ask('DescribePackageDetail', signal, (client) => client.DescribePackageDetail());
      const listed: readonly unknown[] = plans.ok && Array.isArray(plans.value.Info) ? plans.value.Info : [];
      const plan = listed.find((one) => isObject(one) && String(one['DomainGrade']).toUpperCase() === grade);
      const floor = isObject(plan) ? plan['MinTtl'] : null;
      return { ok: true, value: { ...zone, ttlFloor: typeof floor === 'number' && floor >= 1 ? floor : null } };
    },

    async list(zone, name, signal) {
      const rows = await everyPage('DNSPod DescribeRecordList', (_, seen) => page(zone, name, seen, signal));
      return rows.ok ? { ok: true, value: rows.value.filter((row) => row.name === name) } : rows;
    },

    async get(zone, id, signal) {
      const request = { ...domain(zone), RecordId: Number(id) };
      const answer = await ask('DescribeRecord', signal, (client) => client.DescribeRecord(request));
      if (!answer.ok) return answer.code === 'gone' ? { ok: true, value: null } : answer;
      const { RecordInfo: info } = answer.value;
      const row = infoRow(zone, info);
      return row === null ? unreadable('DescribeRecord', 'a record') : { ok: true, value: row };
    },

    async create(zone, name, { type, value, ttl }, signal) {
      const SubDomain = hostIn(zone.name, name);
      const content = { RecordType: type, Value: spelt(type, value), TTL: ttl };
      const request = { ...domain(zone), ...defaultLine, ...content, SubDomain };
      const answer = await ask('CreateRecord', signal, (client) => client.CreateRecord(request));
      if (!answer.ok) return answer;
      const id = answer.value.RecordId;
      return typeof id === 'number'
        ? { ok: true, value: String(id) }
        : unreadable('CreateRecord', 'the id of a record');
    },

    /** ModifyRecord takes an absent remark for "unchanged or none", an empty one for "delete it": so it is repeated (2026-11). */
    async update(zone, row, { type, value, ttl }, signal) {
      const content = { RecordType: type, Value: spelt(type, value), TTL: ttl };
      const kept = { SubDomain: hostIn(zone.name, row.name), ...(row.remark === '' ? {} : { Remark: row.remark }) };
      const request = { ...domain(zone), ...defaultLine, ...content, ...kept, RecordId: Number(row.id) };
      const answer = await ask('ModifyRecord', signal, (client) => client.ModifyRecord(request));
      if (!answer.ok) return answer;
      const same = String(answer.value.RecordId) === row.id;
      return same ? { ok: true, value: null } : unreadable('ModifyRecord', 'the id of the record');
    },

    async remove(zone, id, signal) {
      const request = { ...domain(zone), RecordId: Number(id) };
      const answer = await ask('DeleteRecord', signal, (client) => client.DeleteRecord(request));
      if (!answer.ok) return answer;
      const taken = typeof answer.value.RequestId === 'string';
      return taken ? { ok: true, value: null } : unreadable('DeleteRecord', 'a request id');
    },

    findings: async () => [],

    /**
     * GetCallerIdentity: the UserId of the main account is its AccountId (cloud.tencent.com/document/api/1312/66098, 2026-11). It is a
     * call of another service, whose endpoint begins with `sts.` instead, and whose version the client is told afterwards.
     */
    async scope(signal) {
      const domains = await ask('DescribeDomainList', signal, (client) => client.DescribeDomainList({ Limit: 2 }));
      const total = domains.ok ? domains.value.DomainCountInfo?.AllTotal : null;
      const at = endpoint.hostname.startsWith('dnspod.') ? new URL(endpoint.href.replace('dnspod.', 'sts.')) : endpoint;
      const called = await callOnce(at, signal, (agent): Promise<unknown> => {
        const client = sdk(agent);
        client.endpoint = host.replace('dnspod.', 'sts.');
        client.apiVersion = '2018-08-13';
        client.region = 'ap-guangzhou';
        return client.request('GetCallerIdentity', {});
      });
      const { UserId: user, AccountId: account } = called.ok && isObject(called.value) ? called.value : {};
      const isMain = typeof user === 'string' && typeof account === 'string' ? user === account : null;
      return { isMain, domains: typeof total === 'number' ? total : null };
    },
  };
}

function domain(zone: Zone) {
  return { Domain: zone.name, ...(zone.id === null ? {} : { DomainId: Number(zone.id) }) };
}

/** A host name ends with a dot, as the service lists it. */
function spelt(type: string, value: string): string {
  return type === 'CNAME' ? `${value}.` : value;
}

function unreadable(
  action: string,
  lacks: string,
): { readonly ok: false; readonly code: 'unknown'; readonly why: string } {
  return { ok: false, code: 'unknown', why: `DNSPod ${action}: the answer does not hold ${lacks}` };
}
