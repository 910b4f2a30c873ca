import type { Agent } from 'node:http';
import RpcClient from '@alicloud/pop-core';
import { normalName } from '../../src/domain/records';
import { isObject } from '../json';
import { type Answer, type Api, everyPage, hostIn, type Page, type Zone } from '../per-record/api';
import { callOnce } from '../per-record/call';
import type { Finding } from '../provider';
import { judge } from './answers';
import { defaultLine, rowOf, weighed, zoneOf } from './parse';

export interface Connection {
  readonly endpoint: URL;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string | null;
}

/** "The maximum value is 100" (DescribeSubDomainRecords, help.aliyun.com/document_detail/29778.html, 2026-11). */
const pageSize = 100;

/**
 * The API of 2015-01-09, RPC style, through the vendor's core SDK. Requests are POSTed: the SDK's default, GET, puts the access key id,
 * the security token and the signature into the URL, which proxies and servers log.
 */
export function openClient({ endpoint, accessKeyId, accessKeySecret, securityToken }: Connection): Api {
  const secrets = [accessKeyId, accessKeySecret, ...(securityToken === null ? [] : [securityToken])];
  const open = (at: URL, apiVersion: string) => {
    const token = securityToken === null ? {} : { securityToken };
    const client = new RpcClient({ endpoint: at.origin, apiVersion, accessKeyId, accessKeySecret, ...token });
    return { at, client };
  };
  const dns = open(endpoint, '2015-01-09');
  // The service of identities lives beside, under a name that begins otherwise; a relay is asked for both.
  const sts = open(new URL(endpoint.href.replace(/^https:\/\/alidns\./, 'https://sts.')), '2015-04-01');
  type Params = Readonly<Record<string, string | number | boolean>>;
  type Body = Readonly<Record<string, unknown>>;

  async function ask(action: string, params: Params, signal: AbortSignal, { at, client } = dns): Promise<Answer<Body>> {
    const send = (agent: Agent): Promise<unknown> =>
      client.request(
        action,
        { ...params, Lang: 'en' },
        {
          method: 'POST',
          agent,
          // The SDK's own is 3 s; the deadline is ours.
          timeout: 30_000,
          headers: { 'user-agent': 'failoverd', 'accept-encoding': 'identity' },
        },
      );
    const answer = judge(action, await callOnce(at, signal, send), secrets);
    if (!answer.ok) return answer;
    return isObject(answer.value) ? { ok: true, value: answer.value } : unreadable(action, 'an object');
  }

  async function page(zone: Zone, name: string, number: number, signal: AbortSignal): Promise<Answer<Page>> {
    const params = { SubDomain: name, DomainName: zone.name, PageNumber: number, PageSize: pageSize };
    const answer = await ask('DescribeSubDomainRecords', params, signal);
    if (!answer.ok) return answer;
    const { TotalCount: total, DomainRecords: holder } = answer.value;
    const list = isObject(holder) ? (holder['Record'] ?? (total === 0 ? [] : null)) : null;
    const rows = Array.isArray(list) ? list.map(rowOf) : [null];
    if (rows.includes(null) || typeof total !== 'number')
      return unreadable('DescribeSubDomainRecords', 'a list of records');
    return { ok: true, value: { rows: rows.flatMap((row) => (row === null ? [] : [row])), total } };
  }

  return {
    async zone(name, signal) {
      // The least TTL is among the details (DescribeDomainInfo, help.aliyun.com/document_detail/29752.html, 2026-11).
      const params = { DomainName: name, NeedDetailAttributes: true };
      const answer = await ask('DescribeDomainInfo', params, signal);
      if (!answer.ok) return answer;
      const zone = zoneOf(answer.value);
      return zone === null ? unreadable('DescribeDomainInfo', 'a domain') : { ok: true, value: zone };
    },

    async list(zone, name, signal) {
      const what = 'Alibaba Cloud DNS DescribeSubDomainRecords';
      const rows = await everyPage(what, (number) => page(zone, name, number + 1, signal));
      return rows.ok ? { ok: true, value: weighed(rows.value.filter((row) => row.name === name)) } : rows;
    },

    async create(zone, name, { type, value, ttl }, signal) {
      const params = {
        DomainName: zone.name,
        RR: hostIn(zone.name, name),
        Type: type,
        Value: value,
        TTL: ttl,
        Line: defaultLine,
      };
      const answer = await ask('AddDomainRecord', params, signal);
      if (!answer.ok) return answer;
      const id = answer.value['RecordId'];
      return typeof id === 'string' && id !== ''
        ? { ok: true, value: id }
        : unreadable('AddDomainRecord', 'the id of a record');
    },

    /** The remark is not among the parameters, so it stays (UpdateDomainRecord; it has UpdateDomainRecordRemark for it, 2026-11). */
    async update(zone, row, { type, value, ttl }, signal) {
      const RR = hostIn(zone.name, row.name);
      const params = { RecordId: row.id, RR, Type: type, Value: value, TTL: ttl, Line: defaultLine };
      return same('UpdateDomainRecord', row.id, await ask('UpdateDomainRecord', params, signal));
    },

    remove: async (_, id, signal) =>
      same('DeleteDomainRecord', id, await ask('DeleteDomainRecord', { RecordId: id }, signal)),

    findings: (zone, name, signal) => weightFindings(zone, name, signal),

    /** GetCallerIdentity (help.aliyun.com/document_detail/43767.html) and DescribeDomains, 2026-11. */
    async scope(signal) {
      const domains = await ask('DescribeDomains', { PageSize: 2 }, signal);
      const total = domains.ok ? domains.value['TotalCount'] : null;
      const caller = await ask('GetCallerIdentity', {}, signal, sts);
      const kind = caller.ok ? caller.value['IdentityType'] : null;
      return {
        isMain: typeof kind === 'string' ? kind === 'Account' : null,
        domains: typeof total === 'number' ? total : null,
      };
    },
  };

  /** Weights that are switched on let the servers answer one value of several, by chance, even if the weights are the same. */
  async function weightFindings(zone: Zone, name: string, signal: AbortSignal): Promise<readonly Finding[]> {
    const params = { DomainName: zone.name, Rr: hostIn(zone.name, name), PageSize: pageSize };
    const answer = await ask('DescribeDNSSLBSubDomains', params, signal);
    if (!answer.ok)
      return [{ level: 'warn', text: `whether weights are switched on for ${name} was not told: ${answer.why}` }];
    const { SlbSubDomains: holder } = answer.value;
    const list = isObject(holder) ? holder['SlbSubDomain'] : null;
    const listed: readonly unknown[] = Array.isArray(list) ? list : [];
    const open = listed.some(
      (one) => isObject(one) && one['Open'] === true && normalName(String(one['SubDomain'])) === name,
    );
    const text = `weights are switched on for ${name}: the servers answer one value of several, so a switch of several is never proved; switch them off`;
    return open ? [{ level: 'error', text }] : [];
  }
}

function same(action: string, id: string, answer: Answer<Readonly<Record<string, unknown>>>): Answer<null> {
  if (!answer.ok) return answer;
  return answer.value['RecordId'] === id ? { ok: true, value: null } : unreadable(action, 'the id of the record');
}

function unreadable(
  action: string,
  lacks: string,
): { readonly ok: false; readonly code: 'unknown'; readonly why: string } {
  return { ok: false, code: 'unknown', why: `Alibaba Cloud DNS ${action}: the answer does not hold ${lacks}` };
}
