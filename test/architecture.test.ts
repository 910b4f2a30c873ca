import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** The project's own folder: these tests run compiled, from `dist/test`. */
const root = join(__dirname, '..', '..');

interface Import {
  readonly from: string;
  /** A file of ours, without its extension, or a package or Node module by its name. */
  readonly to: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments and strings. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const files = ['src', 'providers'].flatMap(filesBelow);
const names: ReadonlySet<string> = new Set(files.map((path) => path.replace(/\.ts$/, '')));
const sources: readonly Source[] = files.map(read);

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const bare = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  const code = bare.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
  return { path, text, code, imports: importsOf(path, bare) };
}

function importsOf(path: string, bare: string): readonly Import[] {
  const statements = bare.matchAll(/^(?:import|export)\s+(type\s+)?([^'";=]*?\sfrom\s+)?'([^']+)'/gm);
  const dynamic = bare.matchAll(/\bimport\(\s*'([^']+)'\s*\)|\brequire\(\s*'([^']+)'\s*\)/g);
  return [
    ...[...statements].map(([, type, what, to]) => importOf(path, to, type !== undefined || onlyTypes(what ?? ''))),
    ...[...dynamic].map(([, imported, required]) => importOf(path, imported ?? required, false)),
  ];
}

/** Whether `{ type A, type B } from` names nothing but types. */
function onlyTypes(what: string): boolean {
  const inside = /^\{([^}]*)\}\s+from\s+$/.exec(what)?.[1];
  return inside?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}

function importOf(from: string, to: string | undefined, typeOnly: boolean): Import {
  const name = to ?? '';
  if (!name.startsWith('.')) return { from, to: name, ours: false, typeOnly };
  const path = join(dirname(from), name.replace(/\.js$/, ''));
  return { from, to: names.has(path) ? path : join(path, 'index'), ours: true, typeOnly };
}

interface Room {
  readonly files: RegExp;
  /** What of ours it may import, besides its own folder. */
  readonly may: RegExp | null;
  /** What of ours it may import types of. */
  readonly types: RegExp | null;
  readonly packages: RegExp | null;
}

const domain = /^src\/domain\//;
const contract = /^providers\/provider$/;
const ports = /^src\/control\/ports$/;
const node = 'node:.*';

/** First match counts. */
const rooms: Readonly<Record<string, Room>> = {
  domain: { files: /^src\/domain\//, may: null, types: null, packages: null },
  control: { files: /^src\/control\//, may: domain, types: contract, packages: null },
  config: {
    files: /^src\/config\//,
    may: domain,
    types: /^(src\/probe\/check|src\/notify\/channel|providers\/provider)$/,
    packages: packages(node, 'yaml'),
  },
  probe: { files: /^src\/probe\//, may: domain, types: ports, packages: packages(node, 'axios') },
  dns: { files: /^src\/dns\//, may: domain, types: ports, packages: packages(node, 'dns-packet') },
  store: { files: /^src\/store\//, may: domain, types: ports, packages: packages(node, 'libsql') },
  notify: { files: /^src\/notify\//, may: domain, types: ports, packages: packages(node, 'winston', 'nodemailer') },
  api: {
    files: /^src\/api\//,
    may: /^src\/(domain|control|config)\//,
    types: null,
    packages: packages(node, 'hono.*', '@hono/.*', 'prom-client'),
  },
  cli: {
    files: /^src\/cli\//,
    may: /^src\/((domain|control|config|probe)\/|sim\/operator)/,
    types: /^(providers\/provider|src\/notify\/(channel|message))$/,
    packages: packages(node, 'axios'),
  },
  demo: { files: /^src\/demo\//, may: null, types: null, packages: packages(node) },
  // Runs the real config, control, domain, dns and store in a world of its own; `main.ts` there is a program like the demo.
  sim: {
    files: /^src\/sim\//,
    may: /^(src\/(config|control|domain|dns|store)\/.*|providers\/(reread|per-record\/.*))$/,
    types: contract,
    packages: packages(node),
  },
  main: { files: /^src\/main\.ts$/, may: /./, types: /./, packages: packages(node, 'node-cron') },
  assembly: { files: /^src\/[a-z-]+\.ts$/, may: /^src\//, types: contract, packages: packages(node, 'node-cron') },
  table: { files: /^providers\/index\.ts$/, may: /^providers\/[a-z0-9]+\//, types: contract, packages: null },
  // What adapters share (`per-record` is the core of those whose provider changes one record per call); never another adapter.
  shared: {
    files: /^providers\/([a-z]+\.ts$|per-record\/)/,
    may: /^(src\/domain\/.*|providers\/(?!index$)[a-z]+)$/,
    types: null,
    packages: packages(node, 'axios'),
  },
  adapter: {
    files: /^providers\/[a-z0-9]+\//,
    may: /^(src\/domain\/.*|providers\/(?!index$)[a-z]+|providers\/per-record\/.*)$/,
    types: null,
    packages: /^(?!axios|winston|libsql|hono)/,
  },
};

function packages(...names: readonly string[]): RegExp {
  return new RegExp(`^(${names.join('|')})$`);
}

function roomOf(path: string): Room | null {
  return Object.values(rooms).find((room) => room.files.test(path)) ?? null;
}

function allowed(one: Import): boolean {
  const room = roomOf(one.from);
  if (room === null) return false;
  if (!one.ours) return room.packages?.test(one.to) ?? false;
  if (dirname(one.to) === dirname(one.from)) return true;
  return (room.may?.test(one.to) ?? false) || (one.typeOnly && (room.types?.test(one.to) ?? false));
}

describe('the direction of imports', () => {
  test.each(Object.entries(rooms))('%s', (_name, room) => {
    const inside = sources.filter((source) => roomOf(source.path) === room);
    const wrong = inside.flatMap((source) => source.imports.filter((one) => !allowed(one)));
    expect(wrong.map((one) => `${one.from} imports ${one.typeOnly ? 'types of ' : ''}${one.to}`)).toEqual([]);
  });

  test('every file is in a room, and every import leads to a file', () => {
    expect(sources.filter((source) => roomOf(source.path) === null).map((source) => source.path)).toEqual([]);
    const lost = sources.flatMap((source) => source.imports.filter((one) => one.ours && !names.has(one.to)));
    expect(lost).toEqual([]);
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(200);
  });

  test('only main.ts knows the table of providers', () => {
    const importers = sources.filter((source) => source.imports.some((one) => one.to === 'providers/index'));
    expect(importers.map((source) => source.path)).toEqual(['src/main.ts']);
  });

  test('no file imports itself, by whatever way round', () => {
    const edges = new Map(
      sources.map((source) => [
        source.path.replace(/\.ts$/, ''),
        source.imports.filter((one) => one.ours && !one.typeOnly).map((one) => one.to),
      ]),
    );
    const done = new Set<string>();
    const cycle = (name: string, way: readonly string[]): readonly string[] | null => {
      if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
      if (done.has(name)) return null;
      for (const next of edges.get(name) ?? []) {
        const found = cycle(next, [...way, name]);
        if (found !== null) return found;
      }
      done.add(name);
      return null;
    };
    expect([...edges.keys()].map((name) => cycle(name, [])).find((found) => found !== null)).toBeUndefined();
  });
});

function importersOf(library: string): readonly string[] {
  return sources.filter((source) => source.imports.some((one) => one.to === library)).map((source) => source.path);
}

describe('who may use what', () => {
  /** Where each library is imported; it is known to no other file. */
  const homes: readonly [library: string, homes: readonly string[]][] = [
    ['libsql', ['src/store']],
    ['winston', ['src/notify']],
    ['nodemailer', ['src/notify']],
    ['prom-client', ['src/api']],
    ['yaml', ['src/config']],
    // rdata of UPDATE messages, and questions to the name servers.
    ['dns-packet', ['providers/rfc2136', 'src/dns']],
    // Adapters with a REST API share one client, `cli` reaches the daemon's own socket, `probe` checks sites.
    ['axios', ['providers/http.ts', 'src/cli/client.ts', 'src/probe/http.ts']],
  ];
  test.each(homes)('%s: %j', (library, expected) => {
    const paths = importersOf(library);
    expect([...new Set(paths.map((path) => (expected.includes(path) ? path : dirname(path))))].sort()).toEqual(
      expected,
    );
  });

  test('an SDK of a provider is imported in exactly one file', () => {
    const inside = sources.filter((source) => source.path.startsWith('providers/')).flatMap((source) => source.imports);
    const libraries = new Set(inside.filter((one) => !one.ours && !one.to.startsWith('node:')).map((one) => one.to));
    expect([...libraries]).toEqual(expect.arrayContaining(['@aws-sdk/client-route-53', 'cloudflare']));
    const shared = ['axios', 'dns-packet'];
    const spread = [...libraries].filter((library) => !shared.includes(library) && importersOf(library).length !== 1);
    expect(spread).toEqual([]);
  });

  const words: readonly [what: string, word: RegExp, where: RegExp][] = [
    [
      'a clock, chance, timers or the outside in the decision',
      /\b(Date|Math\.random|performance|setTimeout|setInterval|setImmediate|process|console|fetch|AbortSignal|Buffer|globalThis|crypto)\b(?!\s*:)/,
      domain,
    ],
    [
      'a clock of its own in control',
      /\b(Date\.now|new Date|Math\.random|performance|setTimeout|setInterval|setImmediate|AbortSignal\.timeout|process)\b/,
      /^src\/control\//,
    ],
    ['the process outside main.ts and the demo', /\bprocess\./, /^(?!src\/main\.ts|src\/demo\/|src\/sim\/main\.ts)/],
    ['default exports', /\bexport default\b|\bas default\b/, /./],
    ['mutable state of a module', /^(export )?(let|var) /m, /^(?!src\/demo\/)/],
    ['enums, any, non-null assertions', /\benum [A-Z]|: any\b|\bas any\b|<any>|\w!\.|\w!;/, /./],
  ];
  test.each(words)('nobody uses %s', (_what, word, where) => {
    const users = sources.filter((source) => where.test(source.path) && word.test(source.code));
    expect(users.map((source) => `${source.path}: ${word.exec(source.code)?.[0].trim()}`)).toEqual([]);
  });

  test('nobody silences the compiler or the linter', () => {
    const users = sources.filter((source) =>
      /@ts-(ignore|expect-error|nocheck)|biome-ignore|eslint-disable/.test(source.text),
    );
    expect(users.map((source) => source.path)).toEqual([]);
  });
});

/** Files above 200 lines, each with why it is one thing. */
const long: Readonly<Record<string, string>> = {
  'src/domain/guards.ts': 'one list of small rules of the same form',
  'providers/index.ts': 'the table of adapters, a row each',
  'src/cli/commands.ts': 'the table of commands, a row each',
  'src/config/service-variables.ts': 'the table of settings, a row each',
  'src/sim/watch.ts': 'every promise and how it is judged, side by side',
  'src/sim/place.ts': 'one record: its zones and hosts, wired to what watches them',
  'src/main.ts': 'the composition root: one process, its commands and signals',
};

test('files are read in one sitting: above 200 lines only where the list says why', () => {
  const above = sources.filter((source) => source.text.trimEnd().split('\n').length > 200).map((source) => source.path);
  expect(above.filter((path) => long[path] === undefined)).toEqual([]);
  expect(Object.keys(long).filter((path) => !above.includes(path))).toEqual([]);
});
