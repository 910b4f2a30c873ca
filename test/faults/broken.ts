import Module from 'node:module';

/**
 * Loaded into a daemon or a command with `node --require`, fails where no code expects it, with an error that holds every secret it was
 * given: thrown or rejected at SIGUSR2, or thrown when a part of the program is loaded.
 */

export type How = 'throw' | 'reject' | 'serve' | `cli/${string}`;

export function broken(how: How): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--require=${__filename}`, BROKEN: how };
}

const { BROKEN: how, ...env } = process.env;

function failure(): Error {
  const told = Object.entries(env).filter(([name]) =>
    /^FAILOVERD_(API_TOKEN|CHECK|HEARTBEAT|NOTIFY|NOTIFY_SECRET)$/.test(name),
  );
  return new Error(`broken on purpose, with ${told.map(([, value]) => value).join(' and ')}`);
}

if (how === 'throw')
  process.once('SIGUSR2', () => {
    throw failure();
  });
else if (how === 'reject') process.once('SIGUSR2', () => void Promise.reject(failure()));
else if (how !== undefined) {
  // What both `require` and `import` of such a module come to.
  const load: unknown = Reflect.get(Module, '_load');
  if (typeof load !== 'function') throw new Error('this Node loads modules in another way');
  const failing = new Proxy(load, {
    apply(target, self, args: readonly unknown[]): unknown {
      if (String(args[0]).endsWith(`/${how}.js`)) throw failure();
      return Reflect.apply(target, self, args);
    },
  });
  Object.assign(Module, { _load: failing });
}
