import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '../../providers/exec/exec';
import type { Provider, ProviderInput } from '../../providers/provider';
import type { Fault, ZoneRecord } from './conformance';

const readme = join(__dirname, '../../../providers/exec/README.md');

/** The example of the manual, run by a shell that can be made to fail around it. */
export interface ExecWorld {
  readonly token: string;
  connect(): Promise<Provider>;
  seed(records: readonly ZoneRecord[]): void;
  truth(): readonly ZoneRecord[];
  inject(fault: Fault): void;
  heal(): void;
  writes(): number;
  close(): void;
}

/** What stands around the example: counts its replacements, and fails as the file `fault` says. */
const wrapper = `#!/bin/sh
here=\${0%/*}
IFS= read -r ask || true
case $ask in *'"action":"replace"'*) replace=yes ;; *) replace=no ;; esac
example() { printf '%s' "$ask" | "$here/example"; }
IFS= read -r fault <"$here/fault" || true
case $fault in
  hang) sleep 60 ;;
  server-error) echo "the API answers 500 to $EXEC_PROVIDER_TOKEN" >&2; exit 3 ;;
  throttled) echo '{"outcome": "throttled", "retryAfterMs": 30000}'; exit 1 ;;
  denied) echo '{"outcome": "denied", "why": "bad token '"$EXEC_PROVIDER_TOKEN"'"}' ;;
  garbage) echo '<html>' ;;
  empty) ;;
  huge) exec yes ;;
  applied-then-lost) if [ $replace = yes ]; then example >/dev/null; sleep 60; else example; fi ;;
  lost) if [ $replace = yes ]; then sleep 60; else example; fi ;;
  *) if [ $replace = yes ]; then echo x >>"$here/writes"; fi; example ;;
esac
`;

export function openExecWorld(): ExecWorld {
  const directory = mkdtempSync(join(tmpdir(), 'failoverd-exec-'));
  const at = (name: string): string => join(directory, name);
  const token = 'canary-token-of-exec';
  const put = (name: string, text: string): void => {
    writeFileSync(at(name), text);
    chmodSync(at(name), 0o700);
  };
  put('example', exampleOf(readFileSync(readme, 'utf8')));
  put('program', wrapper);
  put('zone', '[]');
  put('fault', '');
  put('writes', '');
  const truth = (): readonly ZoneRecord[] => JSON.parse(readFileSync(at('zone'), 'utf8'));
  return {
    token,
    connect: () => connectExec(at('program'), { EXEC_PROVIDER_ZONE: at('zone'), EXEC_PROVIDER_TOKEN: token }),
    seed(records) {
      const kept = truth().filter((one) => !records.some(({ name, type }) => name === one.name && type === one.type));
      put('zone', JSON.stringify([...kept, ...records]));
    },
    truth,
    inject(fault) {
      if (fault === 'refused') renameSync(at('program'), at('gone'));
      else put('fault', fault);
    },
    heal() {
      if (existsSync(at('gone'))) renameSync(at('gone'), at('program'));
      put('fault', '');
    },
    writes: () => readFileSync(at('writes'), 'utf8').length,
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function exampleOf(text: string): string {
  const [, example] = /```sh\n([\s\S]*?)```/.exec(text) ?? [];
  if (example === undefined) throw new Error('the manual shows no example');
  return example;
}

export async function connectExec(
  command: string,
  env: Readonly<Record<string, string>> = {},
  over: Partial<ProviderInput> = {},
): Promise<Provider> {
  const { PATH = '' } = process.env;
  const created = await create({
    record: 'www.example.test',
    zone: null,
    ttl: 60,
    env: { ...env, EXEC_PROVIDER_COMMAND: command, PATH },
    directory: '/nonexistent',
    mixedFamilies: false,
    ...over,
  });
  if (!created.ok) throw new Error(JSON.stringify(created.problems));
  return created.provider;
}
