import { channels, parseHeartbeat } from './channels';
import { parseCanary } from './checks';
import { apiHost, listenAddress } from './names';
import { bad, choice, duration, good, listOf, matching, one } from './parse';
import { otherwise, type Values, type Variable } from './variable';

function row<T>(variable: Variable<T>): Variable<T> {
  return variable;
}

function refused(why: string, remedy: string): Variable<null> {
  return { parser: one('nothing yet', () => bad(why, remedy)), fallback: otherwise('–', null), meaning: why };
}

const alone = refused('several nodes are not supported by this version', 'remove it; run one daemon');
const path = one('a path', (text) => good(text));
const token = matching('up to 4096 visible ASCII characters', /^[\u0021-\u007e]{1,4096}$/);

/** What the whole daemon can be told, by the environment only. The one place where these names, defaults and meanings stand. */
export const daemonTable = {
  services_file: row({
    parser: path,
    fallback: otherwise('none', null),
    meaning: 'YAML file of several services; the other variables are then the defaults of every entry',
  }),
  canaries: row({
    parser: listOf('`tcp://`, `tls://`, `http://` or `https://` URLs with a host', parseCanary, 16),
    fallback: otherwise('none', []),
    meaning: 'what must answer for this node to trust itself',
  }),
  state_dir: row({
    parser: path,
    fallback: otherwise('$STATE_DIRECTORY, else ./state', null),
    meaning: 'where state and history are kept',
  }),
  listen: row({
    parser: listenAddress,
    fallback: { kind: 'text', text: '127.0.0.1:8053' },
    meaning: 'HTTP API, dashboard and metrics',
  }),
  api_hosts: row({
    parser: listOf('host names', apiHost, 16),
    fallback: otherwise('none', []),
    meaning: 'names under which the API answers, beside addresses and localhost: that of a proxy before it',
  }),
  api_token: row({
    parser: token,
    fallback: otherwise('none', null),
    secret: true,
    meaning: 'who may give orders over HTTP; without it the API is read-only',
  }),
  notify: row({
    parser: channels,
    fallback: otherwise('none', []),
    secret: true,
    meaning: 'who is told of alerts, switches and orders: docs/notifications.md',
  }),
  notify_secret: row({
    parser: token,
    fallback: otherwise('none', null),
    secret: true,
    meaning: 'signs what `webhook` channels without a secret of their own are sent',
  }),
  notify_quiet: row({
    parser: duration('1s', '1h'),
    fallback: { kind: 'text', text: '5m' },
    meaning: 'how long the cause of an alert must have stayed away before its end is told',
  }),
  heartbeat: row({
    parser: one('an https URL', parseHeartbeat),
    fallback: otherwise('none', null),
    secret: true,
    meaning: 'asked (GET) again and again while the daemon works: a dead man’s switch raises the alarm when that ends',
  }),
  heartbeat_interval: row({
    parser: duration('1s', '1d', '1s'),
    fallback: { kind: 'text', text: '1m' },
    meaning: 'how often',
  }),
  log_level: row({
    parser: choice('error', 'warn', 'info', 'debug'),
    fallback: { kind: 'text', text: 'info' },
    meaning: 'what is logged',
  }),
  log_format: row({
    parser: choice('json', 'pretty'),
    fallback: otherwise('pretty on a terminal, else json', null),
    meaning: 'how it is logged',
  }),
  etcd: alone,
  node: alone,
  domain: alone,
  role: alone,
  quorum: alone,
};

export type DaemonValues = Values<typeof daemonTable>;
