import type { ProviderRow, ProviderVariable } from '../../providers/provider';
import type { Problem } from './config';
import type { ConfigInput } from './input';
import { nearest } from './nearest';
import { problem } from './problem';
import { readSecret } from './secrets';

/** The variables of one adapter that are set, after `X_FILE` was read. */
export interface ProviderEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly secrets: readonly string[];
}

/** Reads an adapter's own variables; a secret one may be given as `X_FILE`. */
export function readProvider(row: ProviderRow, input: ConfigInput): ProviderEnvironment {
  const env: Record<string, string> = {};
  const problems: Problem[] = [];
  const secrets: string[] = [];
  for (const { name, secret, required, meaning } of variablesOf(row, input)) {
    const plain = input.env[name];
    const found = secret
      ? readSecret(name, input)
      : plain === undefined
        ? ({ found: 'nothing' } as const)
        : ({ found: 'value', text: plain, name } as const);
    if (found.found === 'problem') problems.push(found.problem);
    else if (found.found === 'value') {
      const value = found.text.trim();
      if (value === '')
        problems.push(problem(found.name, '', 'is set but empty', 'give it a value, or do not set it at all'));
      else env[name] = value;
      if (secret && value !== '') secrets.push(value);
    } else if (required) {
      const file = secret ? `, or ${name}_FILE to the path of a file that holds it` : '';
      problems.push(problem(name, null, `is required by provider ${row.name}: ${meaning}`, `set it${file}`));
    }
  }
  return { env, problems, warnings: slips(row, input), secrets };
}

/** Variables that look like one of the adapter's, but are none: perhaps a slip, perhaps another tool's. */
function slips({ name: adapter, variables }: ProviderRow, { env }: ConfigInput): readonly Problem[] {
  const known = variables.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));
  if (known.some((name) => name.endsWith('*'))) return [];
  return Object.entries(env).flatMap(([name, text]) => {
    const meant = text === undefined || known.includes(name) ? null : nearest(name, known);
    if (meant === null || !name.startsWith(`${meant.split('_')[0]}_`)) return [];
    const why = `is no variable of provider ${adapter}, which does not see it`;
    return [problem(name, `(not shown, ${text?.length} characters)`, why, `did you mean ${meant}?`)];
  });
}

/** The row's variables, with those that begin like one that ends in `*` in its place; `X_FILE` stands for `X`. */
function variablesOf({ variables }: ProviderRow, { env }: ConfigInput): readonly ProviderVariable[] {
  const named = new Set(variables.map(({ name }) => name));
  return variables.flatMap((variable) => {
    if (!variable.name.endsWith('*')) return [variable];
    const set = Object.keys(env).filter((name) => name.startsWith(variable.name.slice(0, -1)));
    const names = new Set(set.map((name) => (variable.secret ? name.replace(/_FILE$/, '') : name)));
    return [...names].filter((name) => !named.has(name)).map((name) => ({ ...variable, name }));
  });
}

/** Secrets that the AWS SDK reads by itself, so that none is ever printed. */
export function awsSecrets({ env }: ConfigInput): readonly string[] {
  return ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].flatMap((name) => env[name]?.trim() || []);
}
