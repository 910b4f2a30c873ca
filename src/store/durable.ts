import { type Override, overrides } from '../domain/overrides';
import type { WriteTrouble } from '../domain/pressed';
import type { Change, ChangeKind, Durable, Evidence, Hold, Pin, Refusal, SiteEvidence, Switch } from '../domain/state';
import { type Claim, type FailClass, failClasses, type Vote } from '../domain/types';
import { count, either, fields, flag, list, nullable, number, oneOf, optional, type Shape, table, text } from './shape';

const vote = oneOf<Vote>({ up: true, recovering: true, down: true, unknown: true });

const kind = oneOf<ChangeKind>({ failover: true, failback: true, order: true, drill: true, create: true, fence: true });

const failClass: Shape<FailClass> = (value): value is FailClass => failClasses.some((known) => known === value);

const override: Shape<Override> = (value): value is Override => overrides.some((known) => known === value);

const siteEvidence = fields<SiteEvidence>({
  name: text,
  verdict: vote,
  disputed: flag,
  votes: list(fields<SiteEvidence['votes'][number]>({ vantage: text, vote, ageMs: number })),
  passes: count,
  fails: count,
  failRatio: nullable(number),
  sinceMs: nullable(number),
  lastFail: nullable(fields<NonNullable<SiteEvidence['lastFail']>>({ class: failClass, why: text })),
});

const refusal = fields<Refusal>({
  guard: text,
  why: text,
  numbers: table(nullable(either(number, text))),
  clears: text,
  page: flag,
});

const evidence = fields<Evidence>({ sites: list(siteEvidence), refusals: list(refusal), actor: nullable(text) });

const trouble = fields<WriteTrouble>({
  code: oneOf<WriteTrouble['code']>({
    conflict: true,
    throttled: true,
    denied: true,
    unavailable: true,
    unknown: true,
    'read-failed': true,
    unverified: true,
    waits: true,
  }),
  why: text,
  sinceMs: number,
});

const change = fields<Change>({
  generation: count,
  from: nullable(text),
  to: text,
  kind,
  decidedMs: number,
  causeMs: nullable(number),
  releasedMs: optional(nullable(number)),
  phase: oneOf<Change['phase']>({ intended: true, sending: true, unsure: true, applied: true }),
  attempts: count,
  sentMs: optional(nullable(number)),
  requestId: optional(nullable(text)),
  appliedMs: nullable(number),
  laggards: list(text),
  trouble: nullable(trouble),
  why: text,
  evidence,
});

const hold = fields<Hold>({
  by: oneOf<Hold['by']>({
    order: true,
    drift: true,
    foreign: true,
    absent: true,
    twin: true,
    obstacle: true,
    diverged: true,
  }),
  actor: nullable(text),
  why: text,
  sinceMs: number,
  untilMs: nullable(number),
});

const pin = fields<Pin>({
  site: text,
  by: oneOf<Pin['by']>({ order: true, zone: true, failback: true, drill: true }),
  actor: nullable(text),
  why: text,
  sinceMs: number,
  untilMs: nullable(number),
  override: optional(list(override)),
});

const claim = fields<Claim>({
  tool: oneOf<Claim['tool']>({ 'external-dns': true, octodns: true }),
  owner: nullable(text),
  name: text,
  text,
});

const settled = fields<Switch>({
  atMs: number,
  generation: count,
  from: nullable(text),
  to: text,
  kind,
  verifiedMs: nullable(number),
  seen: optional(flag),
  why: text,
  actor: optional(nullable(text)),
});

/** Whether a value is the durable state of one service, every field of it looked at. */
export const isDurable = fields<Durable>({
  generation: count,
  issued: count,
  active: nullable(text),
  change: nullable(change),
  hold: nullable(hold),
  obstacle: nullable(hold),
  pin: nullable(pin),
  claims: list(claim),
  adopted: list(text),
  switches: list(settled),
  penalty: fields<Durable['penalty']>({ value: number, atMs: number }),
  releasedMs: optional(number),
});

/** The durable state of one service if every field of it is there and of its type, else null; never throws. */
export function parseDurable(value: unknown): Durable | null {
  return isDurable(value) ? value : null;
}
