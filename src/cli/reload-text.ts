import type { RefusedReload } from '../control/ports';
import { duration } from '../domain/duration';
import type { Look } from './status-text';
import { paint } from './table';
import { wrap } from './width';

/** That the daemon runs on other settings than are written; nothing where it does not. */
export function refusedReload(refused: RefusedReload | null | undefined, { colour, columns }: Look): readonly string[] {
  if (refused === null || refused === undefined) return [];
  const text = `configuration: the last reload was refused ${duration(refused.agoMs)} ago: ${refused.why}; the old settings go on`;
  const lines = (columns === null ? text : wrap(text, columns, '  ')).split('\n');
  return [lines.map((line) => paint(colour)('red', line)).join('\n')];
}
