import { orderTimeWords } from '../config/order-time';
import type { Answer } from '../control/service';
import { overrides } from '../domain/overrides';
import { maxText, type Ordered, type OrderField, type Via } from './order-body';
import { flag, list, objectOf, type Schema, text, wordsOf } from './schema';

/** What an order may say, and what is answered to it. */
export const orderSchemas: Readonly<Record<string, Schema>> = {
  Order: {
    type: 'object',
    properties: {
      order: { type: 'string', enum: ['hold', 'resume', 'switch', 'failback', 'drill', 'adopt'] },
      site: { ...text('switch and drill, and these alone: where to'), maxLength: maxText },
      reason: { ...text('why; it is shown and kept'), maxLength: maxText },
      for: text(`hold, switch, drill and failback: how long it holds, ${orderTimeWords}`),
      actor: { ...text('who orders it'), maxLength: maxText },
      override: list({ type: 'string', enum: overrides }, 'guards to overrule; a refusal names the one that may be'),
    } satisfies Readonly<Record<OrderField, Schema>>,
    required: ['order', 'reason'],
    additionalProperties: false,
  },
  Answer: objectOf<Answer & Pick<Ordered, 'via'>>(
    {
      accepted: flag(),
      why: text(),
      guard: text('which guard refused'),
      override: { type: 'string', enum: overrides, description: 'order it again with this' },
      via: wordsOf<Via>({ socket: 'on this host', token: 'over HTTP; the journal keeps it, whoever `actor` says' }),
    },
    ['guard', 'override'],
  ),
};
