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
    name: 'nginx',
    owned: false,
    // A reload takes some tenths of a second; with thousands of certificates, seconds.
    settleMs: 1_000,
    variables: [
      {
        name: 'NGINX_UPSTREAM_FILE',
        secret: false,
        required: true,
        meaning:
          'absolute path of the file of server lines that the upstream includes, ours alone; `{record}` is replaced; beside it `….marker`, for a map',
      },
      {
        name: 'NGINX_UPSTREAM_PORT',
        secret: false,
        required: true,
        meaning: 'port of the servers',
      },
      {
        name: 'NGINX_PROXY_URL',
        secret: false,
        required: true,
        meaning:
          'where nginx itself returns the marker it runs, by address: `http://127.0.0.1:8054/`; `{record}` is replaced',
      },
      {
        name: 'NGINX_BACKUPS',
        secret: false,
        required: false,
        meaning: 'on (default): the other sites are written as `backup` servers; off: only the active site is',
      },
      {
        name: 'NGINX_TEST_COMMAND',
        secret: false,
        required: false,
        meaning: 'tests the whole configuration, no shell (default `nginx -t -q`)',
      },
      {
        name: 'NGINX_RELOAD_COMMAND',
        secret: false,
        required: false,
        meaning: 'makes nginx load it, no shell (default `nginx -s reload`)',
      },
    ],
    load: () => import('./nginx/nginx.js'),
  },
];
