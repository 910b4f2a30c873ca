import type { WhySwitch } from '../control/chain';
import type { WhyThen } from '../control/then';
import { duration } from '../domain/duration';
import type { Earliest, GuardWhy, SiteWhy, Why } from '../domain/why';
import { ask, exitOf } from './client';
import { type Exit, exits, type Options, type Terminal } from './command';
import { onlyService } from './order';
import type { Look } from './status-text';
import { fitted, paint } from './table';
import { failures, lines, type Paint, sections, switchText, thenText } from './why-past';

type Answered = (Why & { readonly about: 'now' }) | WhyThen | WhySwitch;

/** `failoverd why`: the answer in the first line, then what it rests on. */
export async function why(stateDir: string, options: Options, terminal: Terminal): Promise<Exit> {
  const record = options.record ?? (await onlyService(stateDir, terminal));
  if (typeof record !== 'string') return record;
  if (options.at !== null && options.generation !== null) {
    terminal.err('failoverd: why takes --at or --generation, not both (see failoverd why --help)');
    return exits.usage;
  }
  const query = new URLSearchParams({
    ...(options.at === null ? {} : { at: options.at }),
    ...(options.generation === null ? {} : { switch: options.generation }),
  });
  const fetched = await ask<Answered>(stateDir, `/api/v1/services/${encodeURIComponent(record)}/why?${query}`);
  if (!fetched.ok) {
    terminal.err(fetched.why);
    return exitOf(fetched.code);
  }
  if (options.json) terminal.out(JSON.stringify(fetched.body, null, 2));
  else terminal.out(textOf(fetched.body, { colour: terminal.colour, columns: terminal.columns() }));
  return exits.done;
}

function textOf(answered: Answered, look: Look): string {
  switch (answered.about) {
    case 'now':
      return whyText(answered, look);
    case 'moment':
      return thenText(answered, look);
    case 'switch':
      return switchText(answered, look);
  }
}

/** The explanation of the present, for people. */
export function whyText(why: Why, look: Look): string {
  const colour = paint(look.colour);
  const section = sections(colour, look);
  return [
    ...lines(why.answer, look, 0, (line) => colour('bold', line)),
    ...section(`sites (${why.quorum.rule})`, sites(why, look, colour)),
    ...section('before a failover', guards(why.guards.failover, look, colour)),
    // At home there is nowhere to go back to.
    ...section(
      'before a failback',
      why.guards.failback[0]?.guard === 'at-home' ? [] : guards(why.guards.failback, look, colour),
    ),
    ...section(
      'what could happen next',
      why.earliest.flatMap((one) => lines(`  ${next(one)}`, look, 4)),
    ),
  ].join('\n');
}

function sites({ sites: all, now }: Why, look: Look, colour: Paint): readonly string[] {
  const rows = fitted(
    all.map((site) => row(site, now.active)),
    look.columns,
  );
  const dim = (line: string): string => colour('dim', line);
  const yellow = (line: string): string => colour('yellow', line);
  return all.flatMap((site, index) => [
    rows[index] ?? '',
    ...failures(site.lastFailures, 'ago').flatMap((line) => lines(line, look, 8, dim)),
    ...site.gates
      .filter(({ open }) => !open)
      .flatMap(({ name, why }) => lines(`      gate ${name} is closed: ${why}`, look, 8, yellow)),
  ]);
}

function row(site: SiteWhy, active: string | null): readonly string[] {
  const { health } = site;
  const { fails, passes, since, failRatio, ring } = health;
  const streak = `${fails > 0 ? `${fails} fails` : `${passes} passes`} over ${duration(since ?? 0)}`;
  return [
    `${site.name === active ? '* ' : '  '}${site.name}`,
    site.disputed ? `${site.verdict} (disputed)` : site.verdict,
    site.arithmetic,
    streak,
    failRatio === null ? '' : `${Math.round(100 * failRatio)} % of the last ${ring.length} failed`,
    site.serves === null ? `cannot serve: ${site.servesNot}` : 'can serve',
  ];
}

function guards(all: readonly GuardWhy[], look: Look, colour: Paint): readonly string[] {
  const rows = fitted(
    all.map(({ guard, verdict, why }) => [`  ${verdict}`, guard, why]),
    look.columns,
  );
  const dim = (line: string): string => colour('dim', line);
  return all.flatMap(({ verdict, clears, earliestMs }, index) => {
    const row = (rows[index] ?? '').split('\n');
    if (verdict === 'passes') return row.map(dim);
    const soonest = earliestMs === null ? '' : `; earliest in ${duration(earliestMs)}`;
    return [
      ...row.map((line) => colour('yellow', line)),
      ...lines(`           clears: ${clears}${soonest}`, look, 13, dim),
    ];
  });
}

function next({ kind, to, inMs, waitsFor, given }: Earliest): string {
  const what = to === null ? kind : `${kind} to ${to}`;
  if (inMs === null) return `${what}: not by itself; it waits for ${waitsFor.join('; ')}`;
  return inMs === 0 && waitsFor.length === 0 && given === 'nothing'
    ? `${what}: now`
    : `${what} in ${duration(inMs)} at the earliest, if ${given}`;
}
