import type { Answer, Api, Row, Zone } from '../per-record/api';
import type { DnspodApi } from './client';

/**
 * The same API, whose listings show what it has just made: DNSPod finds a new record in its index only after a while, "if a new
 * record cannot be found, try again after 30 seconds" (DescribeRecordList and CreateRecord, cloud.tencent.com/document/api/1427/56166
 * and 56180, 2026-11). A half-seen set would pass for a stranger's edit. So a record made here is asked for by its id until a
 * listing has shown it, or it is gone. What another process made is seen late.
 */
export function withRecent(api: DnspodApi): Api {
  const recent = new Map<string, string>();

  async function list(zone: Zone, name: string, signal: AbortSignal): Promise<Answer<readonly Row[]>> {
    const listed = await api.list(zone, name, signal);
    if (!listed.ok) return listed;
    for (const { id } of listed.value) recent.delete(id);
    const unseen: Row[] = [];
    for (const [id, of] of recent) {
      if (of !== name) continue;
      const row = await api.get(zone, id, signal);
      if (!row.ok) return row;
      if (row.value === null || row.value.name !== name) recent.delete(id);
      else unseen.push(row.value);
    }
    return { ok: true, value: [...listed.value, ...unseen] };
  }

  return {
    ...api,
    list,
    async create(zone, name, content, signal) {
      const made = await api.create(zone, name, content, signal);
      if (made.ok) recent.set(made.value, name);
      return made;
    },
    async remove(zone, id, signal) {
      const removed = await api.remove(zone, id, signal);
      if (removed.ok || removed.code === 'gone') recent.delete(id);
      return removed;
    },
  };
}
