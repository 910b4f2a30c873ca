import { takeLock } from '../../providers/nginx/lock';
import { connectTo } from './nginx-subject';

/** A writer as a process of its own, to be killed: `lock PATH` holds the lock; `write INPUT REPLACEMENT` replaces. It says when it is at it. */
async function main(): Promise<void> {
  const [what, first = '', second = ''] = process.argv.slice(2);
  if (what === 'lock') {
    await takeLock(first, AbortSignal.timeout(5_000));
    process.send?.('held');
    return;
  }
  const provider = await connectTo(JSON.parse(first));
  process.send?.(await provider.replace(JSON.parse(second), AbortSignal.timeout(10_000)));
}

// The channel to the parent keeps it alive.
process.on('message', () => undefined);
void main();
