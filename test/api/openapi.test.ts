import { describe, expect, test } from '@jest/globals';
import { createApi } from '../../src/api/api';
import { createMetrics } from '../../src/api/metrics';
import { openapi, schemas } from '../../src/api/openapi';
import { routes } from '../../src/api/openapi-routes';
import type { Schema } from '../../src/api/schema';
import { createStrips } from '../../src/api/strip';
import { faultsOf } from './validate';

function served(): readonly string[] {
  const input = {
    order: () => null,
    statuses: () => [],
    history: () => [],
    why: { service: () => null, history: () => [], observed: () => [], wallMs: () => 0 },
    metrics: createMetrics(),
    stuck: () => null,
    about: { version: '1.2.3', startedAt: '2026-01-01T00:00:00.000Z' },
    hosts: [],
    live: { stir: () => undefined, watch: () => null, stop: () => undefined },
    strip: createStrips().of,
    wallMs: () => 0,
    nowMs: () => 0,
    page: { ok: false, why: 'not built' } as const,
  };
  const all = createApi(input, { by: 'nobody' }).routes.filter(({ method }) => method !== 'ALL');
  return all.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
}

test('every route that is served is described in openapi-routes.ts, and every one described is served', () => {
  expect(routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(served().toSorted());
});

/** Every schema within a schema. */
function within(schema: Schema): readonly Schema[] {
  const { items, anyOf = [], properties = {}, additionalProperties } = schema;
  const inner = [...anyOf, ...Object.values(properties), ...(items === undefined ? [] : [items])];
  const more = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [schema, ...[...inner, ...more].flatMap(within)];
}

test('every reference leads to a schema, and every schema is used or is an event', () => {
  const roots = [
    ...Object.values(schemas),
    ...routes.flatMap(({ body, query, answers }) => [
      ...(body === null ? [] : [body]),
      ...Object.values(query),
      ...Object.values(answers).map(({ schema }) => schema),
    ]),
  ];
  const used = new Set(roots.flatMap(within).flatMap(({ $ref }) => $ref?.replace('#/components/schemas/', '') ?? []));
  expect([...used].filter((name) => schemas[name] === undefined)).toEqual([]);
  expect(Object.keys(schemas).filter((name) => !used.has(name))).toEqual(['StatusEvent', 'Beat']);
});

test('the document has what OpenAPI asks of one', () => {
  const document = JSON.parse(JSON.stringify(openapi('1.2.3')));
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'failoverd', version: '1.2.3' } });
  const ids = routes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [path, methods] of Object.entries<Record<string, { parameters?: { in: string; name: string }[] }>>(
    document.paths,
  )) {
    for (const { parameters = [] } of Object.values(methods)) {
      const named = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
    }
  }
});

describe('the check of the tests finds', () => {
  const ready = { ready: true, services: [{ record: 'a', ready: true, why: [] }] };
  test.each([
    ['nothing', ready, []],
    ['a key too much', { ...ready, more: 1 }, ['more: not described']],
    ['a key too few', { ready: true }, ['services: missing']],
    ['another type', { ...ready, ready: 'yes' }, ['ready: string, not boolean']],
    [
      'what is deep inside',
      { ready: true, services: [{ record: 'a', ready: true, why: [1] }] },
      ['services[0].why[0]: integer, not string'],
    ],
  ])('%s', (_what, value, faults) => {
    expect(faultsOf(value, schemas['Ready'] ?? {}, schemas)).toEqual(faults);
  });
  test.each([
    ['no time', { at: '10:00' }, 'at: 10:00 is no time'],
    ['no word of an enumeration', { vote: 'upp' }, 'vote: upp is none of up, recovering, down, unknown'],
    ['no null', { active: 1 }, 'active: integer, not string'],
  ])('%s', (_what, value, fault) => {
    const properties: Schema = {
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        vote: { $ref: '#/components/schemas/Vote' },
        active: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
    };
    expect(faultsOf(value, properties, schemas)).toEqual([fault]);
  });
});
