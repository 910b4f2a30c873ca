import type { Finding, Outcome, Reading, Replacement } from '../provider';
import { isObject } from './document';

/** What the daemon and the name server's thread say to each other. */

/** One managed name, its zone, and the folder the zone is kept in. */
export interface Attachment {
  readonly record: string;
  readonly zone: string;
  readonly directory: string;
}

/** What a thread is started with. */
export interface Start {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly attachments: readonly Attachment[];
}

export type Ask =
  | { readonly op: 'attach'; readonly attachment: Attachment }
  | { readonly op: 'read'; readonly zone: string; readonly record: string }
  | { readonly op: 'replace'; readonly zone: string; readonly record: string; readonly replacement: Replacement };

export type ToThread =
  | { readonly op: 'ask'; readonly id: number; readonly ask: Ask }
  /** Nobody waits for that answer any more: not to be begun. */
  | { readonly op: 'cancel'; readonly id: number }
  /** Finish what is being written, close the sockets, end. */
  | { readonly op: 'close' };

export type Told =
  | { readonly op: 'attach' }
  /** `notes`: what a person should know about the server or the zone's copy on disk. */
  | { readonly op: 'read'; readonly reading: Reading; readonly notes: readonly Finding[] }
  | { readonly op: 'replace'; readonly outcome: Outcome };

export type FromThread =
  | { readonly op: 'listening'; readonly port: number }
  | { readonly op: 'deaf'; readonly code: string; readonly why: string }
  | { readonly op: 'told'; readonly id: number; readonly told: Told };

/** Whether a message is one of ours, in shape; anything else is dropped. */
export function isFromThread(message: unknown): message is FromThread {
  if (!isObject(message)) return false;
  const { op, id, port, code, why, told } = message;
  if (op === 'listening') return typeof port === 'number';
  if (op === 'deaf') return typeof code === 'string' && typeof why === 'string';
  if (op !== 'told' || typeof id !== 'number' || !isObject(told)) return false;
  const { op: asked, reading, notes, outcome } = told;
  if (asked === 'read') return isObject(reading) && Array.isArray(notes);
  return asked === 'attach' || (asked === 'replace' && isObject(outcome));
}
