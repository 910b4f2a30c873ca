import type { Hono } from 'hono';
import { type Route, routes } from './openapi-routes';
import { ref, type Schema, text } from './schema';
import { changeSchemas } from './schemas-change';
import { orderSchemas } from './schemas-order';
import { routeSchemas } from './schemas-routes';
import { statusSchemas } from './schemas-status';
import { thenSchemas } from './schemas-then';
import { whySchemas } from './schemas-why';

/** `GET /api/v1/openapi.json`: the description of this API. */
export function addOpenapi(api: Hono, version: string): void {
  const document = openapi(version);
  api.get('/api/v1/openapi.json', (context) => context.json(document));
}

/** The schemas of everything that is sent, by name. */
export const schemas: Readonly<Record<string, Schema>> = {
  ...routeSchemas,
  ...orderSchemas,
  ...statusSchemas,
  ...changeSchemas,
  ...whySchemas,
  ...thenSchemas,
};

/** The whole API as OpenAPI 3.1.0 (spec.openapis.org/oas/v3.1.0, read 2026-11-23). */
export function openapi(version: string): object {
  const paths = new Map<string, Record<string, object>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? {};
    methods[route.method] = operation(route);
    paths.set(route.path, methods);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'failoverd',
      version,
      description:
        'DNS failover: what the daemon sees, decides and did, and orders to it. The same over TCP (FAILOVERD_LISTEN) and over the Unix socket in the state directory, which needs no token. Errors are JSON with `error`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'FAILOVERD_API_TOKEN' } },
    },
  };
}

function operation({ id, summary, path, query, body, answers }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(description === undefined ? {} : { description }),
    schema,
  }));
  const responses = Object.entries(answers).map(([status, { what, schema, type = 'application/json', also = [] }]) => [
    status,
    {
      description: what,
      content: { [type]: { schema }, ...Object.fromEntries(also.map((one) => [one, { schema: text() }])) },
    },
  ]);
  return {
    operationId: id,
    summary,
    ...(inPath.length + inQuery.length === 0 ? {} : { parameters: [...inPath, ...inQuery] }),
    ...(body === null
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: body } } },
          security: [{ token: [] }],
        }),
    responses: { ...Object.fromEntries(responses), ...wrongHost },
  };
}

/** Every route refuses a foreign Host: a name that a stranger's DNS made point here. */
const wrongHost = {
  421: {
    description: 'this API does not answer for that Host',
    content: { 'application/json': { schema: ref('Error') } },
  },
};
