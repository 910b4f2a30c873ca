import { historyKinds } from '../control/kinds';
import { momentWords } from './moment';
import { either, map, ref, type Schema, text, whole } from './schema';

/** One request: what it takes, and what it answers by status. */
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly query: Readonly<Record<string, Schema>>;
  readonly body: Schema | null;
  /** JSON unless a type is named. */
  readonly answers: Readonly<
    Record<
      number,
      { readonly what: string; readonly schema: Schema; readonly type?: string; readonly also?: readonly string[] }
    >
  >;
}

const json = (what: string, schema: Schema) => ({ what, schema });
const refused = (what: string) => json(what, ref('Error'));
const file = (what: string, type: string) => ({ what, schema: text(), type });
/** As CSV or OpenMetrics, too. */
const table = (what: string, schema: Schema) => ({
  what: `${what}; the header Link says where the rest is (rel=next)`,
  schema,
  also: ['text/csv', 'application/openmetrics-text'],
});
const span = {
  since: text(momentWords),
  until: text(momentWords),
  format: {
    ...text('openmetrics counts by day, and takes neither kind, limit nor before'),
    enum: ['json', 'csv', 'openmetrics'],
  },
};
const get = { method: 'get', query: {}, body: null } as const;
const unknownService = refused('no such service; which there are');
/** What everything that costs may answer. */
const asked = { 403: refused('a page of another site asked'), 503: refused('too many ask at once') };

/** Every route of the API. A test holds it to the routes that are served, and what they answer to the schemas. */
export const routes: readonly Route[] = [
  {
    ...get,
    path: '/healthz',
    id: 'healthz',
    summary: 'Is the daemon alive?',
    answers: { 200: json('it is', ref('Alive')), 503: json('it is stuck', ref('Alive')) },
  },
  {
    ...get,
    path: '/readyz',
    id: 'readyz',
    summary: 'Could every service fail over right now?',
    answers: { 200: json('yes', ref('Ready')), 503: json('no, and why', ref('Ready')) },
  },
  {
    ...get,
    path: '/metrics',
    id: 'metrics',
    summary: 'Metrics, in the text format of Prometheus',
    answers: { 200: file('all metrics', 'text/plain'), ...asked },
  },
  {
    ...get,
    path: '/api/v1/openapi.json',
    id: 'openapi',
    summary: 'This description',
    answers: { 200: json('OpenAPI 3.1', map(true)), ...asked },
  },
  {
    ...get,
    path: '/api/v1/status',
    id: 'status',
    summary: 'Every service: what is active, what is wanted, what is wrong',
    answers: { 200: json('all services', ref('Status')), ...asked },
  },
  {
    ...get,
    path: '/api/v1/history',
    id: 'history',
    summary: 'What happened, newest first',
    query: {
      record: text('only this service; one that is no more has its past'),
      limit: { ...whole('at most so many rows, 10000 at the most; 100 unless given'), minimum: 0 },
      before: { ...whole('only rows with a smaller id, for the next page'), minimum: 0 },
      kind: text(
        `some of ${Object.keys(historyKinds).join(', ')}, comma-separated; main: all of these; event, effect or tell: that part of the journal`,
      ),
      ...span,
    },
    answers: {
      200: table('rows of the journal', ref('History')),
      400: refused('a parameter is wrong, or there is none of that name'),
      404: unknownService,
      ...asked,
    },
  },
  {
    ...get,
    path: '/api/v1/history/days',
    id: 'days',
    summary:
      'Each UTC day: where the record pointed, how available every site was, how often it was switched; newest first',
    query: { record: text('only this service; one that is no more has its past'), ...span },
    answers: {
      200: table('days; the last seven unless since is given', ref('Days')),
      400: refused('a parameter is wrong, or there is none of that name'),
      404: unknownService,
      ...asked,
    },
  },
  {
    ...get,
    path: '/api/v1/services/{record}/why',
    id: 'why',
    summary: 'Why the record is where it is: now, at a past moment, or of one switch',
    query: {
      at: text('a time, a duration ago, or the id of a row of the history'),
      switch: text('a generation, or last'),
    },
    answers: {
      200: json('`about` tells which', either(ref('WhyNow'), ref('WhyThen'), ref('WhySwitch'))),
      400: refused('a parameter is wrong'),
      404: refused('no such service, or no such switch or line'),
      ...asked,
    },
  },
  {
    ...get,
    path: '/api/v1/services/{record}/observations',
    id: 'observations',
    summary: 'What the probes saw, in equal steps for each site, and the switches',
    query: { minutes: { ...whole('1 to 1440'), minimum: 1 } },
    answers: {
      200: json('oldest first', ref('Observations')),
      400: refused('minutes is wrong'),
      404: unknownService,
      ...asked,
    },
  },
  {
    method: 'post',
    path: '/api/v1/services/{record}/orders',
    id: 'order',
    summary: 'A human takes over, or hands back; in effect when it is answered',
    query: {},
    body: ref('Order'),
    answers: {
      200: json('accepted', ref('Answer')),
      400: refused('the order is wrong'),
      401: refused('the token is missing or wrong'),
      403: refused('no token is configured, or a page of another site asked'),
      404: unknownService,
      409: json('refused, and by which guard', ref('Answer')),
      413: refused('the body is too long, or has no length'),
      415: refused('it is not JSON'),
      429: refused('too many wrong tokens, or orders: Retry-After says when to try again'),
    },
  },
  {
    ...get,
    path: '/api/v1/events',
    id: 'events',
    summary:
      'What happens, as server-sent events: `status` (StatusEvent), `journal` (JournalRow), `beat` (Beat) each 15 s; `gap` (Beat): lines before the next `journal` were left out',
    query: { after: { ...whole('rows after this id first; Last-Event-ID says the same'), minimum: 0 } },
    answers: {
      200: file('a stream', 'text/event-stream'),
      400: refused('the id is wrong'),
      403: refused('a page of another site asked'),
      503: refused('too many watch already, or ask at once'),
    },
  },
  {
    ...get,
    path: '/',
    id: 'dashboard',
    summary: 'The dashboard, for a browser',
    answers: { 200: file('the page', 'text/html'), 503: refused('its files cannot be read') },
  },
  {
    ...get,
    path: '/assets/{version}/{name}',
    id: 'asset',
    summary: 'What the dashboard loads',
    answers: { 200: file('a script or style', 'text/javascript'), 404: refused('there is no such file') },
  },
];

/** The names of what may stand in the query of a path. */
export function parametersOf(path: string): readonly string[] {
  return routes.flatMap((route) => (route.path === path ? Object.keys(route.query) : []));
}
