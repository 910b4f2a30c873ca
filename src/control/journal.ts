import type { Effect } from '../domain/events';
import type { State } from '../domain/state';
import { eventText } from './event-text';
import type { Event, JournalLine } from './ports';
import type { Stood } from './then';

/** What the journal keeps of one step: the event if it mattered, and every effect. Nothing for the thousands that changed nothing. */
export function linesOf(
  before: State,
  after: State,
  event: Event,
  effects: readonly Effect[],
  atMs: number,
  wallMs: number,
  stood: () => Stood,
): readonly JournalLine[] {
  const lines: JournalLine[] = [];
  if (mattered(before, after, event)) {
    lines.push({
      atMs,
      wallMs,
      kind: 'event',
      code: event.type,
      text: eventText(before, after, event),
      data: { ...dataOf(before, after, event), stood: stood() },
    });
  }
  for (const effect of effects) {
    if (effect.type === 'tell') {
      const { code, text, level, page, fields } = effect.tell;
      lines.push({ atMs, wallMs, kind: 'tell', code, text, data: { level, page, ...fields } });
    } else {
      const { type, ...data } = effect;
      lines.push({
        atMs,
        wallMs,
        kind: 'effect',
        code: type,
        text: 'generation' in effect ? `${type} generation ${effect.generation}` : 'read the zone',
        data,
      });
    }
  }
  return lines;
}

function mattered(before: State, after: State, event: Event): boolean {
  // First of all: any event may be the one in which a decision falls.
  if (before.durable !== after.durable || event.type === 'ordered' || event.type === 'wrote') return true;
  if (event.type === 'stored') return false;
  if (event.type === 'tested') return before.selftest?.result !== event.result || before.selftest.step !== event.step;
  // A standby that comes and goes would fill the history; what it means for us is told as an alert.
  const { active } = after.durable;
  const verdict = (state: State): string | undefined => state.standings[active ?? '']?.verdict;
  return verdict(before) !== verdict(after) || before.sick !== after.sick;
}

/** The event itself, and with a new intent the evidence it rests on, so that the decision can be recomputed (S19). */
function dataOf(before: State, after: State, event: Event): Readonly<Record<string, unknown>> {
  const { type: _, ...data } = event;
  const { change, issued } = after.durable;
  return change !== null && issued > before.durable.issued ? { ...data, change } : data;
}
