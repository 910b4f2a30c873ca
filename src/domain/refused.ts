import type { Decision } from './decide';
import { obstacleRemedies } from './obstacles';
import { lastingYet } from './orders-text';
import type { Alert, Pin, Refusal } from './state';
import { candidate, eligible, healthOf, type View } from './view';

/** What stands between users and a standby, as alerts: whom it hurts, the guard's own words, and the command that goes on from there. */

type Found = Pick<Alert, 'code' | 'page' | 'why' | 'remedy'>;

/**
 * A guard that refuses while the active site is down (or, for `isolated`, while all is silent) is what stands between users and a standby.
 * A change on its way is the answer already; if anything stood against it, it would be dropped.
 */
export function refusedAlerts(view: View, decision: Decision): readonly Found[] {
  const { state, policy } = view;
  const failover = decision.options.find((option) => option.kind === 'failover');
  const { change, pin, active } = state.durable;
  const answered = change !== null && change.phase !== 'applied' && change.kind !== 'fence';
  if (failover === undefined || !state.read || answered) return [];
  const objections = failover.refusals;
  const down = !objections.some((one) => one.guard === 'not-down' || one.guard === 'active-unknown');
  const silent =
    policy.canaries.length > 0
      ? policy.canaries.every((name) => (state.canaries[name]?.silent ?? 0) >= 2)
      : policy.sites.every((site) => healthOf(state, site.name).silent >= 2);
  const found: Found[] = objections
    .filter((one) => (one.guard === 'isolated' && silent) || (down && (one.page || one.guard === 'dry-run')))
    .filter((one) => !(one.guard in obstacleRemedies))
    .map((one) => {
      const why =
        down && active !== null
          ? `${hurt(view, active)}: ${one.why}`
          : `${one.why}; if it is the sites, users get no answer`;
      return { code: one.guard, page: one.page, why, remedy: remedyOf(view, one) };
    });
  return down && pin !== null && pin.site === active ? [...found, pinnedDown(view, pin)] : found;
}

/** Who is without service, by what evidence, and who could serve instead. */
function hurt(view: View, active: string): string {
  const { lastFail } = healthOf(view.state, active);
  const cause = lastFail === null ? 'seen by other vantages' : `${lastFail.class}: ${lastFail.why}`;
  const to = candidate(view);
  const instead = to === null ? '' : `, while ${to} is ${eligible(view, to)}`;
  return `users are on ${active}, which is down (${cause})${instead}`;
}

/** The command that moves the record now; where none is known to serve a human must know better, and name it. */
function switchTo(view: View): string {
  const to = candidate(view);
  const command = `failoverd switch ${to ?? 'SITE'} --record ${view.policy.record}`;
  return to === null ? `${command} --override no-standby, with a SITE that you saw answer` : command;
}

function remedyOf(view: View, { guard, numbers, clears }: Refusal): string {
  const { record, canaries } = view.policy;
  const serves = candidate(view) !== null;
  const probe = `failoverd probe --record ${record}`;
  const move = serves ? `${switchTo(view)} moves it now` : `if the probes are wrong: ${switchTo(view)}`;
  switch (guard) {
    case 'budget': {
      const { nextInMs } = numbers;
      const wait = typeof nextInMs === 'number' ? `; by itself not before ${clears.split(',')[0]}` : '';
      return `${move}; failoverd history --kind switch --since 1d shows why it moves so often${wait}`;
    }
    case 'no-standby':
      return `${probe} shows what each site answers; bring one up, and it is moved there by itself; ${move}`;
    case 'common-cause':
      return `undo what was changed on every site alike (a deployment, a certificate, the health check); ${move}`;
    case 'isolated': {
      const tell =
        canaries.length > 0 ? '' : '; set FAILOVERD_CANARIES, which tell a host that is cut off from dead sites';
      return `${probe} shows what this host reaches: repair its network${tell}; if it is the sites: ${switchTo(view)}`;
    }
    case 'elsewhere':
      return `failoverd status shows which others moved; ${move}`;
    case 'dry-run':
      return 'move the record by hand, or set FAILOVERD_DRY_RUN=false and restart';
    default:
      return `${clears}; ${move}`;
  }
}

/** A human chose a site, and automation does not undo that. */
function pinnedDown(view: View, pin: Pin): Found {
  const by = pin.actor === null ? '' : ` by ${pin.actor}`;
  const pinned = `pinned${by}${lastingYet(pin, view.moment.nowMs)}: ${pin.why}`;
  const resume = `failoverd resume --record ${view.policy.record}`;
  const instead = candidate(view) === null ? '' : `, or ${switchTo(view)}`;
  return {
    code: 'pinned-down',
    page: true,
    why: `${hurt(view, pin.site)}, and is ${pinned}`,
    remedy: `${resume} hands back to automation${instead}`,
  };
}
