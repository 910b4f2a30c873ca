import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open';
import { line, record, state } from './place';

/** A daemon's worth of store in a process of its own: `hold` keeps it open, `count` commits until killed, telling each success. */
const [, , what, directory = ''] = process.argv;
const opened = openStore({
  directory,
  uid: process.getuid?.() ?? 0,
  pid: process.pid,
  bootId: 'boot-1',
  uptimeMs: () => 1_000,
  wallMs: () => 1_790_000_000_000,
});
if (!opened.ok) {
  writeSync(1, `${opened.code} ${opened.why}\n`);
} else if (what === 'hold') {
  writeSync(1, 'open\n');
  setInterval(() => undefined, 60_000);
} else {
  const first = (opened.store.load(record)?.generation ?? 0) + 1;
  for (let n = first; n < first + 100_000; n++) {
    const saved = opened.store.commit(record, n, state(n, 'x'.repeat(n % 7000)), [line(`n${n}`)]);
    writeSync(1, saved.ok ? `${n}\n` : `${saved.why}\n`);
  }
}
