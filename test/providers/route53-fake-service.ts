import type { ZoneRecord } from './conformance';
import { changesOf, changeXml, document, parseXml, setXml, zoneXml } from './route53-fake-messages';
import {
  applyBatch,
  compareNames,
  page,
  type StoredChange,
  type StoredSet,
  type StoredZone,
  storedName,
} from './route53-fake-zone';

export type Operation =
  | 'ListHostedZonesByName'
  | 'GetHostedZone'
  | 'ListResourceRecordSets'
  | 'ChangeResourceRecordSets'
  | 'GetChange'
  | 'Unknown';

/** A refusal the service may answer with. `bare`: the older document shape without `<ErrorResponse>` around it. */
export interface FakeError {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bare?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request understood but not yet carried out, so that it can be held, lost or doubled on its way. */
export interface Call {
  readonly operation: Operation;
  /** Of a write. */
  readonly changes: readonly StoredChange[];
  run(): Answer;
}

/** A record set to put there directly. */
export type Seed = ZoneRecord & Partial<Pick<StoredSet, 'setIdentifier' | 'extra'>>;

interface Zone extends StoredZone {
  sets: readonly StoredSet[];
}

const nameservers = ['ns-1.awsdns-01.test', 'ns-2.awsdns-02.test'];

/** The zones of one account and the operations on them; knows nothing of HTTP or faults. */
export class FakeService {
  /** Whether a change ever becomes INSYNC; by default at the second time of asking. */
  settles = true;
  /** Batches that were taken. */
  writes = 0;
  readonly #zones = new Map<string, Zone>();
  readonly #polls = new Map<string, number>();
  readonly #protections = new Set<string>();

  call(method: string, target: string, body: string): Call {
    const { pathname, searchParams: query } = new URL(target, 'http://127.0.0.1');
    const [version, kind, id = '', sub] = pathname.split('/').filter(Boolean);
    const call = (operation: Operation, run: () => Answer, changes: readonly StoredChange[] = []) => ({
      operation,
      changes,
      run,
    });
    const what = version === '2013-04-01' ? [method, kind, sub].join(' ').trim() : '';
    if (what === 'GET hostedzonesbyname') return call('ListHostedZonesByName', () => this.#listZones(query));
    if (what === 'GET change') return call('GetChange', () => this.#getChange(id));
    if (what === 'GET hostedzone') return call('GetHostedZone', () => this.#on(id, (zone) => getZone(zone)));
    if (what === 'GET hostedzone rrset') {
      return call('ListResourceRecordSets', () => this.#on(id, (zone) => listSets(zone, query)));
    }
    if (what !== 'POST hostedzone rrset') {
      return call('Unknown', () => refusal({ status: 404, code: 'UnknownOperationException' }));
    }
    const parsed = parseXml(body);
    const changes = parsed === null ? 'not well-formed' : changesOf(parsed);
    if (typeof changes === 'string') {
      const refused = refusal({ status: 400, code: 'InvalidInput', message: `Invalid XML ; ${changes}` });
      return call('ChangeResourceRecordSets', () => refused);
    }
    return call('ChangeResourceRecordSets', () => this.#on(id, (zone) => this.#change(zone, changes)), changes);
  }

  addZone(id: string, name: string, isPrivate: boolean): void {
    const apex = { name: storedName(name), ttl: 900, setIdentifier: undefined, extra: [] };
    const sets = [
      { ...apex, type: 'NS', values: nameservers.map((server) => `${server}.`) },
      { ...apex, type: 'SOA', values: ['ns-1.awsdns-01.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400'] },
    ];
    this.#zones.set(id, { id, name: storedName(name), isPrivate, nameservers, sets });
  }

  seed(zoneId: string, records: readonly Seed[]): void {
    const zone = this.#zones.get(zoneId);
    if (zone === undefined) throw new Error(`no zone ${zoneId}`);
    const fresh = records.map(({ name, type, ttl, values, setIdentifier, extra = [] }): StoredSet => {
      const stored = type === 'TXT' ? values.map(quoted) : values;
      return {
        name: storedName(name),
        type,
        ttl: values.length > 0 ? ttl : undefined,
        values: stored,
        setIdentifier,
        extra,
      };
    });
    const isReplaced = (old: StoredSet) =>
      fresh.some((one) => one.name === old.name && one.type === old.type && one.setIdentifier === old.setIdentifier);
    zone.sets = [...zone.sets.filter((old) => !isReplaced(old)), ...fresh];
  }

  remove(zoneId: string, name: string, type: string): void {
    const zone = this.#zones.get(zoneId);
    if (zone !== undefined) zone.sets = zone.sets.filter((one) => one.name !== storedName(name) || one.type !== type);
  }

  truth(zoneId: string): readonly ZoneRecord[] {
    const sets = this.#zones.get(zoneId)?.sets ?? [];
    return sets
      .filter((set) => set.type !== 'SOA' && set.type !== 'NS')
      .map(({ name, type, ttl = 0, values }) => ({
        name: name.slice(0, -1).replace('\\052', '*'),
        type,
        ttl,
        values: type === 'TXT' ? values.map((value) => value.slice(1, -1).replace(/\\(.)/g, '$1')) : values,
      }));
  }

  protect(name: string, type: string): void {
    this.#protections.add(`${storedName(name)} ${type}`);
  }

  #on(id: string, run: (zone: Zone) => Answer): Answer {
    const zone = this.#zones.get(id);
    const message = `No hosted zone found with ID: ${id}`;
    return zone === undefined ? refusal({ status: 404, code: 'NoSuchHostedZone', message }) : run(zone);
  }

  #change(zone: Zone, changes: readonly StoredChange[]): Answer {
    const result = applyBatch(zone, zone.sets, changes, (set) => this.#protections.has(`${set.name} ${set.type}`));
    if ('messages' in result) {
      return refusal({ status: 400, code: 'InvalidChangeBatch', message: `[${result.messages.join(', ')}]` });
    }
    zone.sets = result.sets;
    this.writes += 1;
    const id = `C${String(this.writes).padStart(12, '0')}`;
    this.#polls.set(id, 0);
    return ok(document('ChangeResourceRecordSetsResponse', changeXml(id, 'PENDING')));
  }

  #getChange(id: string): Answer {
    const asked = this.#polls.get(id);
    if (asked === undefined) return refusal({ status: 404, code: 'NoSuchChange', message: `No change with id ${id}` });
    this.#polls.set(id, asked + 1);
    return ok(document('GetChangeResponse', changeXml(id, asked >= 1 && this.settles ? 'INSYNC' : 'PENDING')));
  }

  #listZones(query: URLSearchParams): Answer {
    const from = storedName(query.get('dnsname') ?? '');
    const maxItems = Number(query.get('maxitems') ?? 100);
    const rest = [...this.#zones.values()]
      .sort((a, b) => compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .filter((zone) => from === '.' || compareNames(zone.name, from) >= 0)
      .filter((zone) => zone.name !== from || zone.id >= (query.get('hostedzoneid') ?? ''));
    const next = rest[maxItems];
    return ok(
      document(
        'ListHostedZonesByNameResponse',
        ['HostedZones', rest.slice(0, maxItems).map((zone) => zoneXml(zone, zone.sets.length))],
        ['DNSName', query.get('dnsname') ?? undefined],
        ['IsTruncated', next !== undefined],
        ['NextDNSName', next?.name],
        ['NextHostedZoneId', next?.id],
        ['MaxItems', maxItems],
      ),
    );
  }
}

function getZone(zone: Zone): Answer {
  const servers = zone.nameservers.map((server) => ['NameServer', server] as const);
  const set = zone.isPrivate ? undefined : [['NameServers', servers] as const];
  return ok(document('GetHostedZoneResponse', zoneXml(zone, zone.sets.length), ['DelegationSet', set]));
}

function listSets(zone: Zone, query: URLSearchParams): Answer {
  const maxItems = Math.min(Number(query.get('maxitems') ?? 300), 300);
  if (query.get('type') !== null && query.get('name') === null) {
    return refusal({ status: 400, code: 'InvalidInput', message: 'type without name' });
  }
  const start = { name: query.get('name'), type: query.get('type'), identifier: query.get('identifier') };
  const { items, next } = page(zone.sets, start, maxItems);
  return ok(
    document(
      'ListResourceRecordSetsResponse',
      ['ResourceRecordSets', items.map(setXml)],
      ['IsTruncated', next !== undefined],
      ['NextRecordName', next?.name],
      ['NextRecordType', next?.type],
      ['NextRecordIdentifier', next?.setIdentifier],
      ['MaxItems', maxItems],
    ),
  );
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function ok(body: string): Answer {
  return { status: 200, body };
}

/** An error document. */
export function refusal({ status, code, message = 'no', headers = {}, bare = false }: FakeError): Answer {
  const body = bare
    ? document(code, ['Messages', [['Message', message]]], ['RequestId', 'fake-request'])
    : document(
        'ErrorResponse',
        [
          'Error',
          [
            ['Type', status < 500 ? 'Sender' : 'Receiver'],
            ['Code', code],
            ['Message', message],
          ],
        ],
        ['RequestId', 'fake-request'],
      );
  return { status, body, headers };
}
