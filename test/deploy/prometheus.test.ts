import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { fullMetrics, metricsIn } from '../api/metrics-world';
import { withServers } from '../servers/installed';
import { headings } from './headings';
import { checkout } from './machine';

const folder = join(checkout, 'deploy', 'prometheus');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}
const { groups } = parse(read('alerts.yml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}
const dashboard = JSON.parse(read('grafana.json')) as Dashboard;
const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
const drawn = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.annotations.list.map(({ expr }) => expr),
];

let shown = '';
beforeAll(async () => {
  shown = await fullMetrics();
});

/** Every selector of a query: the metric, and the labels it is chosen by. */
function selectors(query: string): readonly { readonly metric: string; readonly labels: readonly string[] }[] {
  return [...query.matchAll(/\b((?:failoverd|nodejs|process)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', inside]) => ({
      metric,
      labels: [...(inside ?? '').matchAll(/(\w+)\s*(?:=|!=|=~|!~)"/g)].flatMap(([, label]) => label ?? []),
    }),
  );
}

/** Those that Prometheus adds. */
const added = ['job', 'instance'];

/** What is wrong with a query, given what /metrics shows. */
function faultsOf(query: string): readonly string[] {
  const ours = metricsIn(shown);
  return selectors(query).flatMap(({ metric, labels }) => {
    if (metric === 'up') return [];
    const name = ours.has(metric) ? metric : metric.replace(/_(bucket|sum|count)$/, '');
    const known = ours.get(name);
    if (known === undefined)
      return shown.includes(`# TYPE ${metric} `) && !metric.startsWith('failoverd') ? [] : [`no metric ${metric}`];
    if (name !== metric && known.type !== 'histogram') return [`${name} is no histogram`];
    const may = [...(known.labels ?? []), ...added, ...(metric.endsWith('_bucket') ? ['le'] : [])];
    return labels.filter((label) => !may.includes(label)).map((label) => `${metric} has no label ${label}`);
  });
}

describe('every metric and label is one that /metrics shows', () => {
  test.each([
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ...[...drawn, ...queries].map((expr) => ['drawn', expr] as const),
  ])('%s: %s', (_name, expr) => {
    expect(selectors(expr).length).toBeGreaterThan(0);
    expect(faultsOf(expr)).toEqual([]);
  });

  test.each([
    ['failoverd_site_ups', ['no metric failoverd_site_ups']],
    ['failoverd_ready{site="a"}', ['failoverd_ready has no label site']],
    ['failoverd_ready_bucket', ['failoverd_ready is no histogram']],
    ['nodejs_nothing', ['no metric nodejs_nothing']],
  ])('and %s is found to be none', (expr, faults) => {
    expect(faultsOf(expr)).toEqual(faults);
  });
});

describe('the alerts', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s says what to do next, and where to read on',
    (alert, rule) => {
      const { summary, description, runbook_url: runbook } = rule.annotations;
      expect(['page', 'ticket', 'info']).toContain(rule.labels.severity);
      expect(summary).not.toBe('');
      expect(description).toMatch(/ Next: \S/);
      expect(runbook).toBe(
        `docs/operations.md#${alert === 'FailoverdAlert' ? '{{ $labels.alert }}' : alert.toLowerCase()}`,
      );
      if (alert !== 'FailoverdAlert') expect(headings('docs/operations.md')).toContain(alert.toLowerCase());
    },
  );

  test('are each tested: that they fire, and that they do not', () => {
    interface Tested {
      readonly tests: readonly {
        readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
      }[];
    }
    const tested = (parse(read('alerts.test.yml')) as Tested).tests.flatMap((one) => one.alert_rule_test);
    const named = (fires: boolean) =>
      new Set(
        tested.filter(({ exp_alerts: expected }) => expected.length > 0 === fires).map(({ alertname }) => alertname),
      );
    const all = new Set(rules.map(({ alert }) => alert));
    expect([named(true), named(false)]).toEqual([all, all]);
  });
});

describe('the dashboard', () => {
  test('shows what is to be seen of a failover daemon', () => {
    const titles = dashboard.panels.map(({ title }) => title);
    for (const title of [
      'Active site',
      'Verdicts',
      'Latency of checks',
      'Mean of each stage',
      'Convergence',
      'Notifications that wait',
      'Switch budget',
    ])
      expect(titles).toContain(title);
    expect(dashboard.panels.find(({ title }) => title === 'Latency of checks')?.type).toBe('heatmap');
  });

  test('every panel has a number of its own, and all but rows have queries', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([]);
  });

  test('only variables that it has are used', () => {
    const known = ['__rate_interval', '__range', ...dashboard.templating.list.map(({ name }) => name)];
    const used = [...read('grafana.json').matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    expect([...new Set(used)].filter((name) => !known.includes(name))).toEqual([]);
  });
});

withServers('the rules in Prometheus', ['promtool'], () => {
  function promtool(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    return { status, said: `${stdout}${stderr}` };
  }

  test.each([
    ['check', 'rules', 'alerts.yml'],
    ['check', 'config', 'prometheus.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('promtool %s %s %s', (...args) => {
    const { status, said } = promtool(...args);
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test.each([
    ['another threshold', ['>= 3', '>= 300']],
    ['another delay', ['for: 2m', 'for: 20m']],
    ['another word in what is said', ['does not answer', 'is silent']],
  ])('its tests notice %s', (_what, [from = '', to = '']) => {
    const copy = mkdtempSync(join(tmpdir(), 'failoverd-prometheus-'));
    try {
      writeFileSync(join(copy, 'alerts.yml'), read('alerts.yml').replace(from, to));
      writeFileSync(join(copy, 'alerts.test.yml'), read('alerts.test.yml'));
      expect(promtool('test', 'rules', join(copy, 'alerts.test.yml')).status).not.toBe(0);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  test('every query of the dashboard is one that Prometheus understands', () => {
    const copy = mkdtempSync(join(tmpdir(), 'failoverd-prometheus-'));
    const filled = drawn.map((expr) => expr.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$', ''));
    const rules = filled.map((expr, index) => ({ record: `drawn:${index}`, expr }));
    try {
      // YAML takes JSON.
      writeFileSync(join(copy, 'drawn.yml'), JSON.stringify({ groups: [{ name: 'drawn', rules }] }));
      const { status, said } = promtool('check', 'rules', join(copy, 'drawn.yml'));
      expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
      expect(status).toBe(0);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
