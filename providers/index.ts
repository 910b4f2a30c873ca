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
    name: 'powerdns',
    owned: false,
    // At once on the server itself, whose caches the API empties; secondaries are notified and transfer the zone within seconds. Servers
    // that share its database by replication answer from their own caches for up to cache-ttl + query-cache-ttl, 40 s (settings, 2026-11).
    settleMs: 10_000,
    variables: [
      {
        name: 'POWERDNS_API_URL',
        secret: false,
        required: true,
        meaning: 'where the HTTP API of the authoritative server is, such as http://127.0.0.1:8081',
      },
      { name: 'POWERDNS_API_KEY', secret: true, required: true, meaning: "the server's api-key" },
      {
        name: 'POWERDNS_SERVER_ID',
        secret: false,
        required: false,
        meaning: 'what the API calls the server (default localhost)',
      },
    ],
    load: () => import('./powerdns/powerdns.js'),
  },
  {
    name: 'webhook',
    owned: false,
    // Whatever provider stands behind it: as slow as the slowest of ours.
    settleMs: 60_000,
    variables: [
      {
        name: 'WEBHOOK_PROVIDER_URL',
        secret: false,
        required: false,
        meaning: 'where an external-dns webhook provider listens (default http://127.0.0.1:8888)',
      },
    ],
    load: () => import('./webhook/webhook.js'),
  },
  {
    name: 'exec',
    owned: false,
    settleMs: 60_000,
    variables: [
      {
        name: 'EXEC_PROVIDER_COMMAND',
        secret: false,
        required: true,
        meaning: 'absolute path of the program and its arguments, apart by spaces; no shell',
      },
      { name: 'EXEC_PROVIDER_*', secret: true, required: false, meaning: 'handed to the program as it is' },
      { name: 'PATH', secret: false, required: false, meaning: 'handed to the program' },
      { name: 'HOME', secret: false, required: false, meaning: 'handed to the program' },
    ],
    load: () => import('./exec/exec.js'),
  },
  {
    name: 'rfc2136',
    owned: false,
    // BIND waits up to 5 s before it tells its secondaries (notify-delay, BIND 9.18 reference, 2026-11); transfers follow.
    settleMs: 10_000,
    variables: [
      {
        name: 'RFC2136_SERVER',
        secret: false,
        required: true,
        meaning: "the zone's primary, `host[:port]` or `[ipv6]:port`, asked over TCP",
      },
      {
        name: 'RFC2136_TRANSPORT',
        secret: false,
        required: false,
        meaning:
          'tcp (default), or udp for a server that takes updates over nothing else; what is too long for a datagram goes over TCP',
      },
      { name: 'RFC2136_TSIG_NAME', secret: false, required: true, meaning: 'name of the key that signs' },
      { name: 'RFC2136_TSIG_SECRET', secret: true, required: true, meaning: 'its secret, in base64' },
      {
        name: 'RFC2136_TSIG_ALGORITHM',
        secret: false,
        required: false,
        meaning: 'its algorithm: hmac-sha256 (default), hmac-sha384 or hmac-sha512',
      },
    ],
    load: () => import('./rfc2136/rfc2136.js'),
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
