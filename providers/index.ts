import type { ProviderRow } from './provider';

/** Every adapter, by name. A module (and its SDK) is loaded only when it is chosen. */
export const providers: readonly ProviderRow[] = [
  {
    name: 'builtin',
    owned: true,
    settleMs: 200,
    variables: [
      {
        name: 'BUILTIN_DNS_LISTEN',
        secret: false,
        required: false,
        meaning: 'address and port of the built-in name server, UDP and TCP (default 127.0.0.1:5353)',
      },
    ],
    load: () => import('./builtin/builtin.js'),
  },
  {
    name: 'route53',
    owned: false,
    // "Changes generally propagate to all Route 53 name servers within 60 seconds" (API reference, ChangeResourceRecordSets, 2026).
    settleMs: 60_000,
    variables: [
      {
        name: 'ROUTE53_WRITE_MODE',
        secret: false,
        required: false,
        meaning:
          'cas (default): DELETE + CREATE, compare-and-swap; upsert: for a role that may only UPSERT, weaker fencing',
      },
      {
        name: 'AWS_ENDPOINT_URL_ROUTE_53',
        secret: false,
        required: false,
        meaning: 'another endpoint; the AWS SDK reads its other AWS_* variables itself',
      },
    ],
    load: () => import('./route53/route53.js'),
  },
  {
    name: 'cloudflare',
    owned: false,
    // Not promised by the vendor; usually seconds.
    settleMs: 10_000,
    variables: [
      {
        name: 'CLOUDFLARE_API_TOKEN',
        secret: true,
        required: true,
        meaning: 'API token with DNS Write on the one zone',
      },
      { name: 'CLOUDFLARE_BASE_URL', secret: false, required: false, meaning: 'another endpoint' },
    ],
    load: () => import('./cloudflare/cloudflare.js'),
  },
  {
    name: 'dnspod',
    owned: false,
    // Not promised by the vendor for its own servers; usually seconds.
    settleMs: 10_000,
    variables: [
      {
        name: 'TENCENTCLOUD_SECRET_ID',
        secret: true,
        required: true,
        meaning: 'SecretId of a CAM user that may change the records of the one zone',
      },
      { name: 'TENCENTCLOUD_SECRET_KEY', secret: true, required: true, meaning: 'its SecretKey' },
      { name: 'TENCENTCLOUD_TOKEN', secret: true, required: false, meaning: 'the token of temporary credentials' },
      { name: 'DNSPOD_ENDPOINT', secret: false, required: false, meaning: 'another endpoint, as https://host' },
    ],
    load: () => import('./dnspod/dnspod.js'),
  },
  {
    name: 'alidns',
    owned: false,
    // Not promised by the vendor for its own servers; usually seconds.
    settleMs: 10_000,
    variables: [
      {
        name: 'ALIBABA_CLOUD_ACCESS_KEY_ID',
        secret: true,
        required: true,
        meaning: 'access key id of a RAM user that may change the records of the one zone',
      },
      { name: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', secret: true, required: true, meaning: 'its secret' },
      {
        name: 'ALIBABA_CLOUD_SECURITY_TOKEN',
        secret: true,
        required: false,
        meaning: 'the token of temporary credentials',
      },
      { name: 'ALIDNS_ENDPOINT', secret: false, required: false, meaning: 'another endpoint, as https://host' },
    ],
    load: () => import('./alidns/alidns.js'),
  },
];
