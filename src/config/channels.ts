import type { ChannelConfig, ChannelKind } from '../notify/channel';
import { type Place, placeOf } from './channel-url';
import { nearest } from './nearest';
import { bad, good, listOf, type Parsed, type Parser } from './parse';

const maxChannels = 16;
const enqueue = 'https://events.pagerduty.com/v2/enqueue';
const example =
  'write it like slack+https://hooks.slack.com/services/…, pagerduty://ROUTINGKEY or smtp://mail.example.com';

/** Its kind, and how the rest is read. A kind alone means https. */
const kinds: Readonly<Record<Exclude<ChannelKind, 'pagerduty' | 'smtp'>, true>> = {
  webhook: true,
  slack: true,
  dingtalk: true,
  feishu: true,
  wecom: true,
};
const names: readonly string[] = [...Object.keys(kinds), 'pagerduty', 'smtp', 'smtps'];

type Unnamed = Omit<ChannelConfig, 'name'>;

/** FAILOVERD_NOTIFY. Faults name an item by its place, never by its text: all of it is secret. */
export const channels: Parser<readonly ChannelConfig[]> = {
  accepts: 'channel URLs: `slack+https://…`, `pagerduty://KEY`, `smtp://…` … (docs/notifications.md)',
  parse: (raw) => {
    let item = 0;
    const read = (text: string): Parsed<Unnamed> => {
      item += 1;
      return numbered(item, parseChannel(text));
    };
    const parsed = listOf('channel URLs', read, maxChannels).parse(raw);
    if (!parsed.ok) return parsed;
    const counts = new Map<string, number>();
    return good(
      parsed.value.map((channel) => {
        const count = (counts.get(channel.kind) ?? 0) + 1;
        counts.set(channel.kind, count);
        return { name: `${channel.kind}-${count}`, ...channel };
      }),
    );
  },
};

function numbered<T>(item: number, parsed: Parsed<T>): Parsed<T> {
  if (parsed.ok) return parsed;
  return { ok: false, faults: parsed.faults.map((fault) => ({ ...fault, why: `item ${item} ${fault.why}` })) };
}

function parseChannel(text: string): Parsed<Unnamed> {
  const [, scheme = '', rest = ''] = /^([a-z]+(?:\+https?)?):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === '') return bad('has no scheme', example);
  const [kind = '', over = 'https'] = scheme.split('+');
  const [address = '', fragment = ''] = cutAt(rest, '#');
  const options = optionsOf(fragment);
  if (typeof options === 'string') return bad(options, 'after # stand page or all, and secret=…, joined by &');
  if (kind === 'http' || kind === 'https') return bad('does not say what kind of channel it is', guess(address));
  if (kind === 'pagerduty') return pagerduty(address, options);
  if (kind === 'smtp' || kind === 'smtps') return smtp(kind, address, options);
  if (!isKind(kind)) {
    const close = nearest(kind, names);
    return bad(
      `has the unknown kind ${kind}`,
      close === null ? `kinds are ${names.join(', ')}` : `did you mean ${close}?`,
    );
  }
  const place = placeOf(`${over}://${address}`);
  if (!place.ok) return place;
  return good({ kind, ...place.value, level: options.level ?? 'all', secret: options.secret, mail: null });
}

function isKind(kind: string): kind is keyof typeof kinds {
  return Object.hasOwn(kinds, kind);
}

interface Options {
  readonly level: 'page' | 'all' | null;
  readonly secret: string | null;
}

/** Our own options stand behind the `#`, which is never sent. */
function optionsOf(fragment: string): Options | string {
  let level: Options['level'] = null;
  let secret: string | null = null;
  for (const part of fragment === '' ? [] : fragment.split('&')) {
    if (part === 'page' || part === 'all') level = part;
    else if (/^secret=./.test(part)) secret = decoded(part.slice('secret='.length));
    else return 'has an unknown option behind its #';
  }
  return { level, secret };
}

/** A vendor's own address was pasted: tell its kind. */
function guess(address: string): string {
  const hosts: readonly (readonly [string, RegExp])[] = [
    ['slack', /^hooks\.slack\.com/],
    ['dingtalk', /dingtalk\.com/],
    ['feishu', /feishu\.cn|larksuite\.com/],
    ['wecom', /weixin\.qq\.com/],
  ];
  const kind = hosts.find(([, host]) => host.test(address))?.[0] ?? 'webhook';
  return `put ${kind}+ before it: ${kind}+https://…`;
}

function pagerduty(address: string, { level }: Options): Parsed<Unnamed> {
  const [key = '', query = ''] = cutAt(address, '?');
  if (!/^[A-Za-z0-9]{16,64}$/.test(key.replace(/\/$/, '')))
    return bad('has no routing key', 'write pagerduty://KEY, the integration key of an Events API v2 integration');
  const other = new URLSearchParams(query).get('url');
  const place = placeOf(other ?? enqueue);
  if (!place.ok) return place;
  return good({
    kind: 'pagerduty',
    ...place.value,
    level: level ?? 'page',
    secret: key.replace(/\/$/, ''),
    mail: null,
  });
}

function smtp(kind: 'smtp' | 'smtps', address: string, { level }: Options): Parsed<Unnamed> {
  const [server = '', query = ''] = cutAt(address, '?');
  const place = placeOf(`${kind}://${server.replace(/\/$/, '')}`);
  if (!place.ok) return place;
  const asked = new URLSearchParams(query);
  const [from] = asked.getAll('from');
  const to = asked.getAll('to').flatMap((each) => each.split(','));
  const wrong = [from ?? '', ...to].some((one) => !/^[^\s<>,;:"@]+@[^\s<>,;:"@]+$/.test(one));
  if (wrong || to.length === 0 || [...asked.keys()].some((name) => name !== 'from' && name !== 'to'))
    return bad('lacks its addresses', 'add ?from=failoverd@example.com&to=oncall@example.com');
  return good({ kind: 'smtp', ...place.value, level: level ?? 'all', secret: null, mail: { from: from ?? '', to } });
}

/** Where to send a heartbeat: any https URL. */
export function parseHeartbeat(text: string): Parsed<Place> {
  const example = 'write it like https://hc.example.com/ping/…';
  if (!/^https?:\/\//.test(text)) return bad('is no https URL', example);
  const place = placeOf(text);
  return place.ok ? place : { ok: false, faults: place.faults.map(({ why }) => ({ why, remedy: example })) };
}

function cutAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
