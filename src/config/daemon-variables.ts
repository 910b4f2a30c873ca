import { parseCanary } from './checks';
import { listenAddress } from './names';
import { bad, choice, good, listOf, matching, one } from './parse';
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
  api_token: row({
    parser: token,
    fallback: otherwise('none', null),
    secret: true,
    meaning: 'who may give orders over HTTP; without it the API is read-only',
  }),
  notify: row({
    ...refused('no notification channels in this version', 'remove it; watch the log, /readyz or the metrics'),
    secret: true,
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
