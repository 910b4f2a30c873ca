import { duration } from '../domain/duration';
import type { State } from '../domain/state';
import type { Event } from './ports';

/** A line of the journal for people: what came in, and what it changed. */
export function eventText(before: State, after: State, event: Event): string {
  return [cameIn(event), ...consequences(before, after)].join('; ');
}

function cameIn(event: Event): string {
  switch (event.type) {
    case 'observed': {
      const { site, observation } = event;
      if (observation.result === 'pass') return `${site} passes`;
      return observation.result === 'fail'
        ? `${site} fails (${observation.class}): ${observation.why}`
        : `nothing was seen of ${site}: ${observation.why}`;
    }
    case 'voted':
      return `${event.vote.vantage} says ${event.vote.vote} of ${event.site}`;
    case 'canary':
      return `the canary ${event.name} ${event.ok ? 'answers' : 'is silent'}`;
    case 'sick':
      return event.why === null ? 'this node trusts itself again' : `this node does not trust itself: ${event.why}`;
    case 'gated':
      return `the gate ${event.gate.name} of ${event.site} is ${event.gate.open ? 'open' : 'closed'}: ${event.gate.why}`;
    case 'ordered': {
      const { order, actor, why, forMs } = event;
      const to = 'site' in order ? ` to ${order.site}` : '';
      return `${order.order}${to} by ${actor}${forMs === null ? '' : ` for ${duration(forMs)}`}: ${why}`;
    }
    case 'found': {
      const sets = event.found.sets.map(({ type, values }) => `${type} ${values.join(' ')}`);
      return sets.length === 0 ? 'the zone has no such record' : `the zone has ${sets.join(', ')}`;
    }
    case 'claimed':
      return `${event.claims.length} marks of other tools stand on the record`;
    case 'read-failed':
      return `the zone cannot be read (${event.code}): ${event.why}`;
    case 'sending':
      return `a request of generation ${event.generation} leaves for the provider`;
    case 'waits':
      return `generation ${event.generation} is not written now: ${event.why}`;
    case 'wrote': {
      const request = event.requestId === null ? '' : ` (request ${event.requestId})`;
      return `the provider to generation ${event.generation}: ${event.outcome}${event.why === '' ? '' : `: ${event.why}`}${request}`;
    }
    case 'verified':
      return event.laggards.length === 0
        ? `every server answers generation ${event.generation}`
        : `servers that lack generation ${event.generation}: ${event.laggards.join('; ')}`;
    case 'tested':
      return event.step === null ? 'the write path works' : `the write path failed at ${event.step}: ${event.why}`;
    case 'stored':
      return event.why === null ? 'the state was saved' : `the state was not saved: ${event.why}`;
    case 'ticked':
      return 'by the clock';
  }
}

function consequences(before: State, after: State): readonly string[] {
  const [was, is] = [before.durable, after.durable];
  const verdicts = Object.entries(after.standings).flatMap(([site, now]) => {
    const verdict = before.standings[site]?.verdict ?? 'unknown';
    return verdict === now.verdict ? [] : [`${site} ${verdict} → ${now.verdict}`];
  });
  const { change } = is;
  const decided = change !== null && is.issued > was.issued;
  return [
    ...verdicts,
    ...(decided ? [`${change.kind} to ${change.to} is decided, generation ${change.generation}`] : []),
    ...(was.change !== null && change === null ? [`generation ${was.change.generation} is done with`] : []),
    ...(was.active === is.active ? [] : [`the record is at ${is.active ?? 'no site'}`]),
    ...turned('a hold', was.hold, is.hold),
    ...turned('a pin', was.pin, is.pin),
    ...turned(`a hold by ${(is.obstacle ?? was.obstacle)?.by ?? ''}`, was.obstacle, is.obstacle),
  ];
}

function turned(what: string, was: object | null, is: object | null): readonly string[] {
  if ((was === null) === (is === null)) return [];
  return [`${what} ${is === null ? 'ends' : 'begins'}`];
}
