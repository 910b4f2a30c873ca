import type { Hono } from 'hono';

/** Answers every other method of a path that is served with 405 and what it takes (RFC 9110 section 15.5.6). Comes after all routes. */
export function addMethods(api: Hono): void {
  const taken = new Map<string, readonly string[]>();
  for (const { method, path } of api.routes) {
    // What was added by `use` stands for every method.
    if (method === 'ALL') continue;
    taken.set(path, [...(taken.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  for (const [path, methods] of taken) {
    const allow = methods.join(', ');
    api.all(path, (context) => {
      context.header('Allow', allow);
      return context.json({ error: `${context.req.path} takes ${allow}, not ${context.req.method}` }, 405);
    });
  }
}
