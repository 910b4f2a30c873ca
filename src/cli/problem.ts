import type { Loaded, Problem } from '../config/config';

/** A problem as a paragraph for people. */
export function problemText(
  problem: Pick<Problem, 'name' | 'why' | 'remedy'> & { readonly value?: string | null },
): string {
  const value = problem.value === undefined || problem.value === null ? '' : `=${problem.value}`;
  return `${problem.name}${value}\n    ${problem.why}\n    ${problem.remedy}`;
}

/** The variables without one of which nothing can be configured. */
const roots = ['FAILOVERD_RECORD', 'FAILOVERD_SITES', 'FAILOVERD_SERVICES_FILE'] as const;

/** What is wrong with the configuration, and what is only odd, for the one who typed `line`; null: for the daemon's own log. */
export function refusalText(
  { problems, warnings }: Pick<Loaded & { readonly ok: false }, 'problems' | 'warnings'>,
  line: string | null,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const what = line === null ? 'failoverd cannot start' : `failoverd ${line}`;
  const bare = line !== null && roots.every((name) => env[name] === undefined);
  const start = `npm --silent --prefix /opt/failoverd start -- ${line}`;
  return [
    `${what}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the configuration`,
    ...(bare
      ? [`no settings are in this environment; those of the service: (set -a; . /etc/failoverd/env; ${start})`]
      : []),
    ...problems.map(problemText),
    ...(warnings.length === 0 ? [] : ['and to be looked at:', ...warnings.map(problemText)]),
  ].join('\n\n');
}
