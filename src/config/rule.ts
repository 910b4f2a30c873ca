import type { ProviderRow } from '../../providers/provider';
import type { Fault } from './parse';
import type { ServiceKey, ServiceValues } from './service-variables';

/** What rules need to know beside the values. */
export interface RuleContext {
  readonly providers: readonly ProviderRow[];
  readonly validCron: (expression: string) => boolean;
}

/** A rule over several settings of one service. It is asked only when all of them are valid. */
export interface Rule {
  /** The settings it is about; the first one that was set lends its name to the complaint. */
  readonly needs: readonly ServiceKey[];
  /** `warning`: allowed, but worth saying. */
  readonly level: 'problem' | 'warning';
  readonly broken: (values: Partial<ServiceValues>, context: RuleContext) => readonly Finding[];
}

/** A fault; `about`: the setting that the complaint is named after, where the rule knows better. */
export interface Finding extends Fault {
  readonly about?: ServiceKey;
}

type Broken = Finding | readonly Finding[] | null;

/** Makes a rule; it sees only what it says it needs. */
export function rule<K extends ServiceKey>(
  level: Rule['level'],
  needs: readonly K[],
  broken: (values: Pick<ServiceValues, K>, context: RuleContext) => Broken,
): Rule {
  return {
    needs,
    level,
    broken: (values, context) => (has(values, needs) ? [broken(values, context) ?? []].flat() : []),
  };
}

function has<K extends ServiceKey>(
  values: Partial<ServiceValues>,
  needs: readonly K[],
): values is Partial<ServiceValues> & Pick<ServiceValues, K> {
  return needs.every((key) => values[key] !== undefined);
}
