import { type Marker, markerName, markerText, type RecordSet, recordSet, sameValues } from '../../src/domain/records';
import { readMarker } from '../marker';
import type { Changes, RawEndpoint } from './api';
import { readEndpoint, type Snapshot } from './snapshot';

/** The endpoints that are to stand there: the old ones with other targets and TTL, so that a provider's own properties stay. */
export function wantedEndpoints(
  record: string,
  { old }: Snapshot,
  to: readonly RecordSet[],
  marker: Marker,
): readonly RawEndpoint[] {
  const sets = to.map(({ type, ttl, values }) => ({
    ...old.get(type),
    dnsName: record,
    recordType: type,
    targets: values,
    recordTTL: ttl,
  }));
  // In quotes, as external-dns sends its own; some providers store bare text, which is read just as well.
  const targets = [`"${markerText(marker)}"`];
  const dnsName = markerName(record);
  return [...sets, { ...old.get('TXT'), dnsName, recordType: 'TXT', targets, recordTTL: to[0]?.ttl ?? 60 }];
}

/** What the provider made of the wanted endpoints, by type; null: it would write something else than was wanted. */
export function adjusted(
  record: string,
  to: readonly RecordSet[],
  marker: Marker,
  endpoints: readonly RawEndpoint[],
): ReadonlyMap<string, RawEndpoint> | null {
  const ours = endpoints.flatMap((raw) => {
    const read = readEndpoint(raw);
    const place = read?.type === 'TXT' ? markerName(record) : record;
    return read !== null && read.name === place ? [read] : [];
  });
  const types = [...to.map(({ type }) => String(type)), 'TXT'];
  if (ours.length !== types.length || !types.every((type) => ours.some((one) => one.type === type))) return null;
  for (const { type, targets } of ours) {
    const set = to.find((one) => one.type === type);
    const same = set === undefined ? sameMarker(targets, marker) : sameTargets(set, targets);
    if (!same) return null;
  }
  return new Map(ours.map(({ type, raw }) => [type, raw]));
}

function sameTargets(set: RecordSet, targets: readonly string[]): boolean {
  const read = recordSet(set.type, set.ttl, targets);
  return read !== null && sameValues([read], [set]);
}

function sameMarker(targets: readonly string[], marker: Marker): boolean {
  const read = readMarker(targets).marker;
  return read !== null && markerText(read) === markerText(marker);
}

/** Why this change has no safe order in a protocol without transactions; null: it has one. */
export function objection(record: string, { found }: Snapshot, to: readonly RecordSet[]): string | null {
  const isAlias = (sets: readonly RecordSet[]): boolean => sets.some(({ type }) => type === 'CNAME');
  if (found.sets.length === 0 || isAlias(found.sets) === isAlias(to)) return null;
  return `${record} would change between addresses and CNAME, which cannot stand side by side, and would be empty meanwhile, as the protocol knows no transaction; give all sites addresses or all of them host names`;
}

const none: Changes = { create: [], updateOld: [], updateNew: [], delete: [] };

/** The marker alone; null: it stands there already. */
export function markerStep(
  { found, old }: Snapshot,
  marker: Marker,
  wanted: ReadonlyMap<string, RawEndpoint>,
): Changes | null {
  if (found.marker !== null && markerText(found.marker) === markerText(marker)) return null;
  return put([[old.get('TXT'), wanted.get('TXT')]]);
}

/**
 * The values, in one request where one family stays; else in two, the new family first. What is right already is left alone.
 *
 *   | before | after  | requests                              |
 *   |--------|--------|---------------------------------------|
 *   | –      | any    | create                                |
 *   | A      | A      | update                                |
 *   | A      | A+AAAA | update A, create AAAA                 |
 *   | A+AAAA | A      | update A, delete AAAA                 |
 *   | A      | AAAA   | create AAAA; when it is seen delete A |
 */
export function valueSteps(
  { found, old }: Snapshot,
  to: readonly RecordSet[],
  wanted: ReadonlyMap<string, RawEndpoint>,
): readonly Changes[] {
  const changed = to.filter((set) => !found.sets.some((one) => one.type === set.type && sameValues([one], [set])));
  const gone = found.sets.filter((set) => !to.some(({ type }) => type === set.type));
  const stays = found.sets.length > gone.length;
  const deleted: Changes = { ...none, delete: known(gone.map(({ type }) => old.get(type))) };
  const written = put(changed.map(({ type }) => [old.get(type), wanted.get(type)]));
  const steps = stays || gone.length === 0 ? [{ ...written, delete: deleted.delete }] : [written, deleted];
  return steps.filter((step) => Object.values(step).some((list) => list.length > 0));
}

type Pair = readonly [before: RawEndpoint | undefined, after: RawEndpoint | undefined];

function put(pairs: readonly Pair[]): Changes {
  const created = pairs.filter(([before]) => before === undefined);
  const updated = pairs.filter(([before]) => before !== undefined);
  return {
    create: known(created.map(([, after]) => after)),
    updateOld: known(updated.map(([before]) => before)),
    updateNew: known(updated.map(([, after]) => after)),
    delete: [],
  };
}

function known(endpoints: readonly (RawEndpoint | undefined)[]): readonly RawEndpoint[] {
  return endpoints.filter((endpoint) => endpoint !== undefined);
}
