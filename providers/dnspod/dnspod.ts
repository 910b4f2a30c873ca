import { perRecord } from '../per-record/per-record';
import { endpointFrom, secretProblems } from '../per-record/settings';
import type { CreateProvider, ProviderInput, SettingsProblems } from '../provider';
import { apiHost, openClient } from './client';
import { withRecent } from './recent';

/** "TTL, range 1 to 604800; the least differs by plan" (CreateRecord, cloud.tencent.com/document/api/1427/56180, 2026-11). */
const ttlCeiling = 604_800;

function endpointOf(env: ProviderInput['env']): ReturnType<typeof endpointFrom> {
  return endpointFrom('DNSPOD_ENDPOINT', env['DNSPOD_ENDPOINT'] ?? `https://${apiHost}`);
}

export const problemsOf: SettingsProblems = ({ env }) => {
  const endpoint = endpointOf(env);
  return [
    ...secretProblems(env, [
      {
        name: 'TENCENTCLOUD_SECRET_ID',
        required: true,
        remedy: 'make an API key for a CAM user of its own, and set its SecretId',
      },
      {
        name: 'TENCENTCLOUD_SECRET_KEY',
        required: true,
        remedy: 'set the SecretKey (or TENCENTCLOUD_SECRET_KEY_FILE)',
      },
      {
        name: 'TENCENTCLOUD_TOKEN',
        required: false,
        remedy: 'set the token that came with temporary credentials, or unset it',
      },
    ]),
    ...('problem' in endpoint ? [endpoint.problem] : []),
  ];
};

/** The adapter for Tencent Cloud DNSPod (API 2021-03-23). */
export const create: CreateProvider = async (input) => {
  const { env } = input;
  const { TENCENTCLOUD_SECRET_ID: secretId = '', TENCENTCLOUD_SECRET_KEY: secretKey = '' } = env;
  const endpoint = endpointOf(env);
  const problems = problemsOf(input);
  if ('problem' in endpoint || problems.length > 0) return { ok: false, problems };
  const token = env['TENCENTCLOUD_TOKEN'] ?? null;
  const api = withRecent(openClient({ endpoint: endpoint.url, secretId, secretKey, token }));
  const temporary = token === null ? null : 'TENCENTCLOUD_TOKEN';
  const who = { name: 'dnspod', user: 'a CAM user', temporary };
  return { ok: true, provider: perRecord({ ...who, api, input, ttlCeiling, nowMs: () => performance.now() }) };
};
