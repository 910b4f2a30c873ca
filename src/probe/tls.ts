import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { Observation } from '../domain/types';
import { attempt, failure, pass } from './attempt';
import type { ProbeContext } from './context';
import type { Deadline } from './deadline';
import type { Target } from './tcp';

const dayMs = 86_400_000;
const warnDays = 14;

/** Passes when the target completes a TLS handshake with a certificate that is valid for the name; warns 14 days before it expires. */
export function probeTls(target: Target, context: ProbeContext, deadline: Deadline): Promise<Observation> {
  return attempt(context, deadline, (settle) => {
    const socket = connectTls(target, context);
    socket.on('secureConnect', () => settle(pass(deadline, expiryWarning(socket, context))));
    socket.on('error', (error) => settle(failure(error, context, deadline)));
    return { waiting: () => waitingFor(socket), stop: () => socket.destroy() };
  });
}

/**
 * A verifying TLS connection to the target's address. Every probe shakes hands in full: a resumed TLS 1.3 session carries no
 * certificate (RFC 8446 section 2.2), so a new one would go unseen.
 */
export function connectTls(target: Target, context: ProbeContext): TLSSocket {
  return connect({
    host: target.address,
    port: target.port,
    // SNI carries host names only (RFC 6066 section 3).
    servername: isIP(target.name) === 0 ? target.name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(target.name, certificate),
    ALPNProtocols: ['http/1.1'],
    secureContext: context.secureContext(),
    rejectUnauthorized: true,
  });
}

/** Says that the peer's certificate expires within 14 days; null when it does not, or when our own clock cannot be believed. */
export function expiryWarning(socket: TLSSocket, context: ProbeContext): string | null {
  if (context.self.clockSuspect()) return null;
  const expires = socket.getPeerCertificate().valid_to;
  const leftDays = (Date.parse(expires) - context.wallMs()) / dayMs;
  if (!(leftDays <= warnDays)) return null;
  return `certificate expires in ${leftDays.toFixed(1)} days (${expires}): renew it`;
}

/** The step a TLS connection has not finished yet. */
export function waitingFor(socket: TLSSocket): string {
  return socket.connecting ? 'connecting' : 'in the TLS handshake';
}
