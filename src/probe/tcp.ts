import { connect } from 'node:net';
import type { Observation } from '../domain/types';
import { attempt, failure, pass } from './attempt';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';

/** Where to connect, and as whom to address it. */
export interface Target {
  /** An address that may be connected to; the socket goes there whatever the name resolves to by then. */
  readonly address: string;
  readonly port: number;
  /** For the Host header and SNI. */
  readonly name: string;
}

/** Passes when the target accepts a TCP connection. */
export function probeTcp(target: Target, context: ProbeContext, deadline: Deadline): Promise<Observation> {
  return attempt(context, deadline, (settle) => {
    const socket = connect({ host: target.address, port: target.port });
    socket.on('connect', () => settle(pass(deadline)));
    socket.on('error', (error) => settle(failure(error, context, deadline)));
    return { waiting: () => 'connecting', stop: () => socket.destroy() };
  });
}
