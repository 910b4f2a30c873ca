import { child, type Element, type Node, textOf } from './route53-fake-xml';
import { type StoredChange, type StoredSet, type StoredZone, storedName } from './route53-fake-zone';

export { document, parseXml } from './route53-fake-xml';

/** Fields of a record set in the order the schema wants them; the service refuses another order. */
const fields = [
  'Name',
  'Type',
  'SetIdentifier',
  'Weight',
  'Region',
  'GeoLocation',
  'Failover',
  'MultiValueAnswer',
  'TTL',
  'ResourceRecords',
  'AliasTarget',
  'HealthCheckId',
  'TrafficPolicyInstanceId',
  'CidrRoutingConfig',
  'GeoProximityLocation',
];

/** The changes of a ChangeResourceRecordSetsRequest, or what is wrong with it. */
export function changesOf(request: Element): readonly StoredChange[] | string {
  const batch = child(request, 'ChangeBatch');
  const list = batch === undefined ? undefined : child(batch, 'Changes');
  if (request.name !== 'ChangeResourceRecordSetsRequest' || list === undefined || list.children.length === 0) {
    return 'ChangeBatch/Changes is missing or empty';
  }
  const changes: StoredChange[] = [];
  for (const change of list.children) {
    const action = textOf(change, 'Action') ?? '';
    const set = child(change, 'ResourceRecordSet');
    if (change.name !== 'Change' || !['CREATE', 'DELETE', 'UPSERT'].includes(action) || set === undefined) {
      return 'a Change needs an Action and a ResourceRecordSet';
    }
    const stored = setOf(set);
    if (typeof stored === 'string') return stored;
    changes.push({ action, set: stored });
  }
  return changes;
}

function setOf(element: Element): StoredSet | string {
  const order = element.children.map((one) => fields.indexOf(one.name));
  if (order.some((position, index) => position < 0 || position <= (order[index - 1] ?? -1))) {
    return `fields of a ResourceRecordSet are unknown or out of order: ${element.children.map((one) => one.name).join(' ')}`;
  }
  const [name, type, ttl] = [textOf(element, 'Name'), textOf(element, 'Type'), textOf(element, 'TTL')];
  const records = child(element, 'ResourceRecords')?.children ?? [];
  if (name === undefined || type === undefined) return 'a ResourceRecordSet needs a Name and a Type';
  const alias = child(element, 'AliasTarget') !== undefined;
  if (alias === (ttl !== undefined && records.length > 0)) {
    return `Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId] for ${name}`;
  }
  if (ttl !== undefined && !/^\d{1,10}$/.test(ttl)) return `TTL ${ttl} is not a number`;
  const known = ['Name', 'Type', 'SetIdentifier', 'TTL', 'ResourceRecords'];
  return {
    name: storedName(name),
    type,
    ttl: ttl === undefined ? undefined : Number(ttl),
    values: records.map((record) => textOf(record, 'Value') ?? ''),
    setIdentifier: textOf(element, 'SetIdentifier'),
    extra: element.children.filter((one) => !known.includes(one.name)).map(nodeOf),
  };
}

function nodeOf(element: Element): Node {
  return [element.name, element.children.length > 0 ? element.children.map(nodeOf) : element.text];
}

/** A `<ResourceRecordSet>`. */
export function setXml({ name, type, ttl, values, setIdentifier, extra }: StoredSet): Node {
  const records = values.map((value): Node => ['ResourceRecord', [['Value', value]]]);
  const all: readonly Node[] = [
    ['Name', name],
    ['Type', type],
    ['SetIdentifier', setIdentifier],
    ['TTL', ttl],
    ['ResourceRecords', records.length > 0 ? records : undefined],
    ...extra,
  ];
  return ['ResourceRecordSet', [...all].sort(([a], [b]) => fields.indexOf(a) - fields.indexOf(b))];
}

/** A `<HostedZone>`. */
export function zoneXml(zone: StoredZone, count: number): Node {
  return [
    'HostedZone',
    [
      ['Id', `/hostedzone/${zone.id}`],
      ['Name', zone.name],
      ['CallerReference', 'fake'],
      ['Config', [['PrivateZone', zone.isPrivate]]],
      ['ResourceRecordSetCount', count],
    ],
  ];
}

/** A `<ChangeInfo>`. */
export function changeXml(id: string, status: 'PENDING' | 'INSYNC'): Node {
  return [
    'ChangeInfo',
    [
      ['Id', `/change/${id}`],
      ['Status', status],
      ['SubmittedAt', new Date().toISOString()],
    ],
  ];
}
