import type { ChainStep, WhySwitch } from '../control/chain';
import type { ServerWord } from '../domain/events';
import type { Evidence, SiteEvidence } from '../domain/state';
import type { Earliest, Failure, GuardWhy, SiteWhy, Why } from '../domain/why';
import { flag, instant, list, ms, nullable, number, objectOf, ref, type Schema, text, whole, wordsOf } from './schema';
import { siteProperties } from './schemas-status';

const fixed = (word: string): Schema => ({ type: 'string', const: word });
const answer = text('the answer in one line');

/** What `why` answers: now, at a past moment, or of one switch; `about` tells which. */
export const whySchemas = {
  WhyNow: objectOf<Why & { readonly about: 'now'; readonly at: string }>(
    {
      about: fixed('now'),
      at: instant(),
      record: text(),
      answer,
      code: text('the guard that the answer is about'),
      now: objectOf<Why['now']>(
        {
          active: nullable(text()),
          wanted: nullable(text()),
          write: text(),
          generation: whole(),
          hold: { description: 'as in status' },
          pin: nullable(ref('Pin')),
          dryRun: flag(),
          change: nullable(ref('Change')),
          lastSwitch: nullable(ref('LastSwitch')),
        },
        [],
      ),
      sites: list(ref('SiteWhy')),
      quorum: objectOf<Why['quorum']>({ needed: whole(), vantages: whole(), rule: text() }, []),
      guards: objectOf<Why['guards']>(
        { failover: list(ref('GuardWhy')), failback: list(ref('GuardWhy')) },
        [],
        'every rule that may refuse, by the move it stands before',
      ),
      earliest: list(ref('Earliest'), 'what could happen next by itself'),
    },
    [],
  ),
  SiteWhy: objectOf<SiteWhy>(
    {
      ...siteProperties(),
      votes: list(
        objectOf<SiteWhy['votes'][number]>({ vantage: text(), domain: text(), vote: ref('Vote'), ageMs: ms() }, []),
      ),
      count: objectOf<SiteWhy['count']>({ fresh: whole(), up: whole(), recovering: whole(), down: whole() }, []),
      arithmetic: text(),
      serves: nullable(wordsOf<NonNullable<SiteWhy['serves']>>({ up: '', recovering: '' })),
      servesNot: nullable(text()),
      lastFailures: list(ref('Failure')),
    },
    [],
  ),
  Failure: objectOf<Failure>({ class: ref('FailClass'), why: text(), agoMs: ms() }, []),
  GuardWhy: objectOf<GuardWhy>(
    {
      guard: text(),
      verdict: wordsOf<GuardWhy['verdict']>({ passes: '', refuses: '' }),
      why: text(),
      numbers: ref('Numbers'),
      clears: nullable(text('what ends the refusal')),
      earliestMs: nullable(ms('from now'), 'nobody can date it'),
    },
    [],
  ),
  Earliest: objectOf<Earliest>(
    {
      kind: ref('ChangeKind'),
      to: nullable(text()),
      inMs: nullable(ms('from now'), 'not by itself'),
      waitsFor: list(text()),
      given: text('what must be so until then'),
    },
    [],
  ),
  WhySwitch: objectOf<WhySwitch>(
    {
      about: fixed('switch'),
      record: text(),
      at: instant('when it was decided'),
      answer,
      code: wordsOf<WhySwitch['code']>({
        switched: '',
        fenced: '',
        dropped: '',
        superseded: 'a later change took its place',
        underway: '',
      }),
      generation: whole(),
      kind: ref('ChangeKind'),
      from: nullable(text()),
      to: text(),
      why: text(),
      evidence: nullable(ref('Evidence'), 'the line that held it is gone'),
      requestId: nullable(text("the provider's own id")),
      servers: list(objectOf<ServerWord>({ server: text(), agrees: flag(), why: text() }, [])),
      released: flag('detection counts from the end of a hold or pin, which outlasted the beginning of the failure'),
      stages: objectOf<WhySwitch['stages']>(
        {
          detectMs: nullable(ms('from the first failed probe, or the end of a later hold or pin, to the decision')),
          decideMs: nullable(ms('from the decision to the first attempt')),
          writeMs: nullable(ms("until the provider's answer")),
          verifyMs: nullable(ms('until every name server agreed')),
          tookMs: nullable(ms()),
        },
        [],
      ),
      steps: list(objectOf<ChainStep>({ at: instant(), afterMs: ms('since the decision'), text: text() }, [])),
    },
    [],
  ),
  Evidence: objectOf<Evidence>(
    {
      sites: list(
        objectOf<SiteEvidence>(
          {
            name: text(),
            verdict: ref('Vote'),
            disputed: flag(),
            votes: list(
              objectOf<SiteEvidence['votes'][number]>({ vantage: text(), vote: ref('Vote'), ageMs: ms() }, []),
            ),
            passes: whole(),
            fails: whole(),
            failRatio: nullable(number()),
            sinceMs: nullable(ms('on the clock of the daemon')),
            lastFail: nullable(
              objectOf<NonNullable<SiteEvidence['lastFail']>>({ class: ref('FailClass'), why: text() }, []),
            ),
          },
          [],
        ),
      ),
      refusals: list(ref('Refusal')),
      actor: nullable(text()),
    },
    [],
  ),
} as const satisfies Readonly<Record<string, Schema>>;
