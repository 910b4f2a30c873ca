/** First waits before a lost packet is sent again: a connection attempt's, and data's on a short path (RFC 6298; Linux: 1 s and 200 ms). */
const handshakeMs = 1_000;
const dataMs = 200;

/**
 * How long a probe (connect, ask, be answered) takes on a path that loses this share of packets in either direction; null when that
 * is longer than the timeout. TCP sends again what was lost, each time after twice the wait.
 */
export function lossyExchange(loss: number, timeoutMs: number, random: () => number): number | null {
  const arrives = (packets: number): boolean => Array.from({ length: packets }).every(() => random() >= loss);
  const delay = (packets: number, firstMs: number): number => {
    let ms = 0;
    for (let waitMs = firstMs; !arrives(packets) && ms <= timeoutMs; waitMs *= 2) ms += waitMs;
    return ms;
  };
  const ms = 20 + delay(2, handshakeMs) + delay(1, dataMs) + delay(1, dataMs);
  return ms < timeoutMs ? ms : null;
}
