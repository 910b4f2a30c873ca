import { perRecord } from '../per-record/per-record';
import { endpointFrom, secretProblems } from '../per-record/settings';
import type { CreateProvider, ProviderInput, SettingsProblems } from '../provider';
import { openClient } from './client';

/** "[600 - 86400]" in the free edition, less at the lower end in others (alibabacloud.com/help/doc-detail/29806.htm, 2026-11). */
const ttlCeiling = 86_400;

function endpointOf(env: ProviderInput['env']): ReturnType<typeof endpointFrom> {
  return endpointFrom('ALIDNS_ENDPOINT', env['ALIDNS_ENDPOINT'] ?? 'https://alidns.aliyuncs.com');
}

export const problemsOf: SettingsProblems = ({ env }) => {
  const endpoint = endpointOf(env);
  return [
    ...secretProblems(env, [
      {
        name: 'ALIBABA_CLOUD_ACCESS_KEY_ID',
        required: true,
        remedy: 'make an access key for a RAM user of its own, and set its id',
      },
      {
        name: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
        required: true,
        remedy: 'set the secret (or ALIBABA_CLOUD_ACCESS_KEY_SECRET_FILE)',
      },
      {
        name: 'ALIBABA_CLOUD_SECURITY_TOKEN',
        required: false,
        remedy: 'set the token that came with temporary credentials, or unset it',
      },
    ]),
    ...('problem' in endpoint ? [endpoint.problem] : []),
  ];
};

/** The adapter for Alibaba Cloud DNS (Alidns, API 2015-01-09). */
export const create: CreateProvider = async (input) => {
  const { env } = input;
  const { ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId = '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret = '' } = env;
  const endpoint = endpointOf(env);
  const problems = problemsOf(input);
  if ('problem' in endpoint || problems.length > 0) return { ok: false, problems };
  const securityToken = env['ALIBABA_CLOUD_SECURITY_TOKEN'] ?? null;
  const api = openClient({ endpoint: endpoint.url, accessKeyId, accessKeySecret, securityToken });
  const temporary = securityToken === null ? null : 'ALIBABA_CLOUD_SECURITY_TOKEN';
  const who = { name: 'alidns', user: 'a RAM user', temporary };
  return { ok: true, provider: perRecord({ ...who, api, input, ttlCeiling, nowMs: () => performance.now() }) };
};
