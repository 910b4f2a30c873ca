import type { GuardThen, JudgedThen } from '../control/judged';
import type { SiteThen } from '../control/replay';
import type { Happened, WhyThen } from '../control/then';
import { instant, list, ms, nullable, number, objectOf, ref, text, whole, wordsOf } from './schema';

/** What `why` answers of a past moment. */
export const thenSchemas = {
  WhyThen: objectOf<WhyThen>(
    {
      about: { type: 'string', const: 'moment' },
      record: text(),
      at: instant(),
      answer: text('the answer in one line'),
      code: text(),
      active: nullable(text()),
      answeredAt: nullable(instant(), 'nothing is kept of that time'),
      probedAt: nullable(instant(), 'no probe is kept of that time'),
      judged: nullable(
        objectOf<NonNullable<WhyThen['judged']>>(
          {
            at: instant('when the journal wrote it'),
            id: whole(),
            guards: list(
              objectOf<GuardThen>(
                {
                  before: wordsOf<GuardThen['before']>({ failover: '', failback: '' }),
                  guard: text(),
                  verdict: wordsOf<GuardThen['verdict']>({ passes: '', refuses: '' }),
                  why: text(),
                },
                [],
              ),
            ),
            sites: list(
              objectOf<JudgedThen['sites'][number]>({ name: text(), verdict: text(), arithmetic: text() }, []),
            ),
          },
          [],
        ),
        'it was not kept',
      ),
      sites: list(
        objectOf<SiteThen>(
          {
            name: text(),
            vote: ref('Vote'),
            passes: whole(),
            fails: whole(),
            forMs: nullable(ms(), 'nothing was recorded'),
            failRatio: nullable(number()),
            ring: text(),
            lastFailures: list(ref('Failure')),
          },
          [],
        ),
      ),
      alerts: list(objectOf<WhyThen['alerts'][number]>({ code: text(), why: text(), at: instant() }, [])),
      before: list(ref('Happened')),
      next: nullable(ref('Happened')),
    },
    [],
  ),
  Happened: objectOf<Happened>({ id: whole(), at: instant(), code: text(), text: text() }, []),
};
