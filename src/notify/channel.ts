/** Where people are told. Every one has a file of its own with the shape it wants. */
export type ChannelKind = 'webhook' | 'slack' | 'pagerduty' | 'dingtalk' | 'feishu' | 'wecom' | 'smtp';

/** One channel as configured. Nothing of it but `name` may be shown: the rest holds its secrets. */
export interface ChannelConfig {
  /** Its kind and its place among those of its kind: `slack-1`. */
  readonly name: string;
  readonly kind: ChannelKind;
  /** Where requests go; for e-mail the server, with user and password. */
  readonly url: string;
  readonly host: string;
  /** `page`: only what a human must act on, and its end. `all`: switches, orders and notes too. */
  readonly level: 'page' | 'all';
  /** The key of signatures; for PagerDuty the routing key. */
  readonly secret: string | null;
  /** E-mail only. */
  readonly mail: { readonly from: string; readonly to: readonly string[] } | null;
}

/** What became of one attempt. */
export type Sent =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly why: string;
      /** It is this message that is not wanted; others may be. */
      readonly unfit: boolean;
      /** The channel asked for at least this pause. */
      readonly retryAfterMs: number | null;
    };

/** A request as a channel wants it, and how its answer is read. */
export interface Shaped {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why a 2xx answer is a refusal all the same; null: it is none. Absent: a 2xx answer is enough. */
  readonly refusal?: (body: unknown) => Refused | null;
}

export interface Refused {
  readonly why: string;
  /** Too many lately: a pause will do. */
  readonly throttled: boolean;
}
