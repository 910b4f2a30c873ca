import { markerName } from '../../src/domain/records';
import type { ResourceRecordSet, Route53Api } from './client';
import { type Answer, failed } from './failures';
import { type Listed, listed, sortKey } from './records';
import type { Zone } from './zone';

const maxPages = 20;

/**
 * Reads the managed name and its marker. The listing starts at the name, and the marker follows close behind in Route 53's order,
 * so one page nearly always holds both: one consistent look. What lies between them on further pages is skipped.
 * ListResourceRecordSets shows accepted changes at once, PENDING ones too (API reference, 2026-11).
 */
export async function list(api: Route53Api, zone: Zone, record: string, signal: AbortSignal): Promise<Answer<Listed>> {
  const marker = markerName(record);
  const rows: ResourceRecordSet[] = [];
  let start: Start = { StartRecordName: record };
  for (let round = 0; round < maxPages; round++) {
    const answer = await api.listSets({ HostedZoneId: zone.id, ...start, MaxItems: 100 }, signal);
    if (!answer.ok) return answer;
    const { ResourceRecordSets: page, IsTruncated: truncated, NextRecordName: name } = answer.value;
    if (!page?.every(isWhole) || typeof truncated !== 'boolean' || (truncated && name === undefined)) {
      return failed('unknown', 'no', 'Route 53 ListResourceRecordSets: the answer holds no whole page of record sets');
    }
    rows.push(...page);
    if (name === undefined || !truncated || sortKey(name) > sortKey(marker)) {
      return { ok: true, value: listed(record, zone.name, rows) };
    }
    const between = sortKey(name) > sortKey(record) && sortKey(name) < sortKey(marker);
    const { NextRecordType: type, NextRecordIdentifier: identifier } = answer.value;
    start = between
      ? { StartRecordName: marker }
      : {
          StartRecordName: name,
          ...(type === undefined ? {} : { StartRecordType: type }),
          ...(identifier === undefined ? {} : { StartRecordIdentifier: identifier }),
        };
  }
  return failed('unknown', 'no', `Route 53 lists no end of ${record} after ${maxPages} pages of 100 record sets`);
}

/** A row without a name could be ours: better no answer than "absent". */
function isWhole({ Name, Type, TTL }: ResourceRecordSet): boolean {
  return typeof Name === 'string' && typeof Type === 'string' && (TTL === undefined || Number.isInteger(TTL));
}

interface Start {
  readonly StartRecordName: string;
  readonly StartRecordType?: ResourceRecordSet['Type'];
  readonly StartRecordIdentifier?: string;
}
