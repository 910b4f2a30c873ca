import { moveBy } from '../domain/change';
import { duration } from '../domain/duration';
import type { ServerWord } from '../domain/events';
import { utcText } from '../domain/wall';
import type { ChainStep, WhySwitch } from './chain';
import type { JournalRow } from './ports';

type Known = Omit<WhySwitch, 'answer' | 'steps'>;

/** The switch for people: its answer in one line, and every step with its time. */
export function chainText(
  known: Known,
  decided: JournalRow,
  rows: readonly JournalRow[],
): Pick<WhySwitch, 'answer' | 'steps'> {
  const step = (atMs: number, text: string): ChainStep => ({
    at: utcText(decided.wallMs + atMs - decided.atMs),
    afterMs: atMs - decided.atMs,
    text,
  });
  const { detectMs } = known.stages;
  const began = known.released ? 'the hold or pin ended' : `the first failed probe of ${known.from}`;
  const first = detectMs === null ? [] : [step(decided.atMs - detectMs, began)];
  const rest = rows.flatMap((row) => {
    const text = textOf(row);
    return text === null ? [] : [step(row.atMs, text)];
  });
  return { answer: answerText(known), steps: [...first, ...rest] };
}

function answerText(known: Known): string {
  const { record, from, to, kind, generation, code, why, stages, servers, evidence, released } = known;
  const what = kind === 'fence' ? `at ${to}` : `from ${from ?? 'nothing'} to ${to}`;
  const which = `(${moveBy(kind, evidence?.actor)}, generation ${generation})`;
  switch (code) {
    case 'dropped':
      return `${record} did not move ${what} ${which}: it was dropped before it took effect; it had been decided because ${why}`;
    case 'superseded':
      return stages.writeMs === null
        ? `${record} did not move ${what} ${which}: a newer decision took its place before it took effect; it had been decided because ${why}`
        : `${record} moved ${what} ${which}, and a newer decision took its place before every server showed it; because ${why}`;
    case 'underway':
      return `${record} is moving ${what} ${which}: ${servers.filter(({ agrees }) => !agrees).length} servers lack it; because ${why}`;
    case 'switched':
    case 'fenced': {
      const began = released ? 'the hold or pin ended' : 'the first failed probe';
      const took = `${duration(stages.tookMs ?? 0)} after ${stages.detectMs === null ? 'the decision' : began}`;
      return `${record} ${kind === 'fence' ? 'was fenced' : 'moved'} ${what} ${which}, on every server ${took} (${stagesText(stages)}); because ${why}`;
    }
  }
}

/** `detect 20.1s, decide 4ms, write 120ms, verify 350ms`. */
export function stagesText({ detectMs, decideMs, writeMs, verifyMs }: WhySwitch['stages']): string {
  const stages = { detect: detectMs, decide: decideMs, write: writeMs, verify: verifyMs };
  return Object.entries(stages)
    .flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${duration(ms)}`]))
    .join(', ');
}

/** What a line of the journal means for this switch; null: nothing that another line does not say better. */
function textOf({ kind, code, text, data }: JournalRow): string | null {
  if (kind === 'tell') return told[code] === undefined ? null : `${told[code]}${text}`;
  if (kind !== 'event') return null;
  switch (code) {
    case 'sending':
      return 'a request leaves for the provider';
    case 'wrote':
      return `the provider: ${data['outcome']}${because(data['why'])}${named(data['requestId'])}`;
    case 'read-failed':
      return `the zone cannot be read: ${data['code']}${because(data['why'])}`;
    case 'verified':
      return answersText((data['answers'] ?? []) as readonly ServerWord[]);
    default:
      return null;
  }
}

const told: Readonly<Record<string, string>> = {
  decided: '',
  dropped: 'dropped: ',
  applied: '',
  'caught-up': '',
  switched: '',
  fenced: '',
};

function because(why: unknown): string {
  return typeof why === 'string' && why !== '' ? `: ${why}` : '';
}

function named(requestId: unknown): string {
  return typeof requestId === 'string' ? ` (request ${requestId})` : '';
}

function answersText(answers: readonly ServerWord[]): string | null {
  if (answers.length === 0) return null;
  const apart = answers.filter(({ agrees }) => !agrees).map(({ server, why }) => `${server}: ${why}`);
  const count = `${answers.length - apart.length} of ${answers.length} servers answer the new set`;
  return apart.length === 0 ? count : `${count}; ${apart.join('; ')}`;
}
