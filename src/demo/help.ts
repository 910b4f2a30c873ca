import { record, type Stage } from './world';

/** What to try while everything keeps running. */
export function tryThese({
  dnsPort,
  apiPort,
  stateDir,
  regions,
}: Pick<Stage, 'dnsPort' | 'apiPort' | 'stateDir' | 'regions'>): readonly string[] {
  const api = `http://127.0.0.1:${apiPort}`;
  const failoverd = `FAILOVERD_STATE_DIR=${stateDir} npm start --`;
  return [
    `${api}/     # the dashboard, in a browser`,
    `${failoverd} status`,
    `${failoverd} why     # why it points where it does, and what would move it`,
    `dig @127.0.0.1 -p ${dnsPort} ${record} +short`,
    `dig @127.0.0.1 -p ${dnsPort} _failoverd.${record} TXT +short`,
    `curl -s ${api}/api/v1/status`,
    ...regions.map((region) => `kill ${region.pid()}     # ${region.name}`),
  ];
}
