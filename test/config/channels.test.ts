import { describe, expect, test } from '@jest/globals';
import { channelSecrets } from '../../src/config/channel-secrets';
import { createRedactor } from '../../src/notify/redact';
import { configOf, type Env, problemsOf } from './fake-input';

const key = '0123456789abcdef0123456789abcdef';
const notify = (text: string, more: Env = {}) => configOf({ FAILOVERD_NOTIFY: text, ...more }).notify;

describe('channels that are accepted', () => {
  const rows: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    [
      'webhook+https://hooks.example.com/a?b=c',
      {
        name: 'webhook-1',
        kind: 'webhook',
        url: 'https://hooks.example.com/a?b=c',
        host: 'hooks.example.com',
        level: 'all',
        secret: null,
      },
    ],
    [
      'slack://hooks.slack.com/services/T/B/X',
      { kind: 'slack', url: 'https://hooks.slack.com/services/T/B/X', level: 'all' },
    ],
    [
      'slack+https://hooks.slack.com/services/T/B/X#page',
      { kind: 'slack', url: 'https://hooks.slack.com/services/T/B/X', level: 'page' },
    ],
    [
      `pagerduty://${key}`,
      {
        kind: 'pagerduty',
        url: 'https://events.pagerduty.com/v2/enqueue',
        host: 'events.pagerduty.com',
        level: 'page',
        secret: key,
      },
    ],
    [
      `pagerduty://${key}?url=https://events.eu.pagerduty.com/v2/enqueue#all`,
      { url: 'https://events.eu.pagerduty.com/v2/enqueue', host: 'events.eu.pagerduty.com', level: 'all', secret: key },
    ],
    [
      'dingtalk+https://oapi.dingtalk.com/robot/send?access_token=T#secret=SEC%2C1&page',
      { kind: 'dingtalk', url: 'https://oapi.dingtalk.com/robot/send?access_token=T', level: 'page', secret: 'SEC,1' },
    ],
    ['webhook+http://localhost:8080/x', { host: 'localhost' }],
    ['webhook+http://127.0.0.1:8080/x', { host: '127.0.0.1' }],
    ['webhook+https://10.0.0.7/x', { host: '10.0.0.7' }],
    [
      'smtp://u%40x:p%3Ay@mail.example.com:587/?from=f@example.com&to=a@example.com&to=b@example.com',
      {
        name: 'smtp-1',
        kind: 'smtp',
        url: 'smtp://u%40x:p%3Ay@mail.example.com:587',
        host: 'mail.example.com',
        mail: { from: 'f@example.com', to: ['a@example.com', 'b@example.com'] },
      },
    ],
    [
      'smtps://mail.example.com?from=f@example.com&to=a@example.com%2Cb@example.com',
      { kind: 'smtp', mail: { from: 'f@example.com', to: ['a@example.com', 'b@example.com'] } },
    ],
  ];
  test.each(rows)('%s', (text, expected) => expect(notify(text).channels).toMatchObject([expected]));

  test('several, named by kind and place; the shared secret is for webhooks without one', () => {
    const text = 'webhook://a.example.com/1, slack://b.example.com/2, webhook://c.example.com/3#secret=own';
    const { channels } = notify(text, { FAILOVERD_NOTIFY_SECRET: 'shared' });
    expect(channels.map(({ name, secret }) => [name, secret])).toEqual([
      ['webhook-1', 'shared'],
      ['slack-1', null],
      ['webhook-2', 'own'],
    ]);
  });

  test('from a file, and with the heartbeat beside it', () => {
    const env = {
      FAILOVERD_NOTIFY_FILE: '/n',
      FAILOVERD_HEARTBEAT: 'https://hc.example.net/ping/1',
      FAILOVERD_NOTIFY_QUIET: '2m',
    };
    const { notify: found } = configOf(env, { '/n': 'slack://hooks.slack.com/x\n' });
    expect(found).toMatchObject({
      quietMs: 120_000,
      heartbeat: { url: 'https://hc.example.net/ping/1', everyMs: 60_000 },
      host: 'node-1.example.net',
    });
    expect(found.channels).toHaveLength(1);
    expect(configOf({}).notify).toMatchObject({ channels: [], heartbeat: null, quietMs: 300_000 });
  });
});

describe('channels that are refused, by their place and without their text', () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['hooks.example.com/s3cr3t', /item 1 has no scheme/],
    ['https://hooks.slack.com/services/s3cr3t', /item 1 does not say.*slack\+https/],
    ['https://oapi.dingtalk.com/s3cr3t', /dingtalk\+https/],
    ['https://example.com/s3cr3t', /webhook\+https/],
    ['slak://hooks.slack.com/s3cr3t', /unknown kind slak.*did you mean slack/],
    ['teams://example.com/s3cr3t', /unknown kind teams.*kinds are webhook/],
    ['slack+http://hooks.slack.com/s3cr3t', /unencrypted.*https/],
    ['slack+ftp://hooks.slack.com/s3cr3t', /has no scheme/],
    ['slack://user:s3cr3t@hooks.slack.com/', /user name or password/],
    ['slack:///s3cr3t', /no host/],
    ['slack://hooks/s3cr3t', /no host/],
    ['slack://hooks.slack.com:99999/s3cr3t', /wrong port/],
    ['slack://hooks.slack.com/s3 cr3t', /percent-encode/],
    ['slack://hooks.slack.com/x#s3cr3t', /unknown option.*page or all/],
    ['slack://hooks.slack.com/x#secret=', /unknown option/],
    ['pagerduty://s3cr3t', /no routing key/],
    [`pagerduty://${key}?url=http://events.example.com/s3cr3t`, /unencrypted/],
    ['smtp://u:s3cr3t@mail.example.com', /addresses.*from=/],
    ['smtp://u:s3cr3t@mail.example.com?from=a@example.com', /addresses/],
    ['smtp://u:s3cr3t@mail.example.com?from=a@example.com&to=b', /addresses/],
    ['smtp://u:s3cr3t@mail.example.com?from=a@example.com&to=b@example.com&cc=c@example.com', /addresses/],
    ['slack://hooks.slack.com/s3cr3t,,slack://hooks.slack.com/x', /empty item/],
    [Array(17).fill('slack://hooks.slack.com/s3cr3t').join(), /at most 16/],
  ];
  test.each(rows)('%s', (text, says) => {
    const found = problemsOf({ FAILOVERD_NOTIFY: text });
    expect(found.map(({ name }) => name)).toEqual(['FAILOVERD_NOTIFY']);
    expect(found.map(({ why, remedy }) => `${why}; ${remedy}`).join()).toMatch(says);
    expect(JSON.stringify(found)).not.toContain('s3cr3t');
  });

  test('the second of three', () => {
    const text = 'slack://hooks.slack.com/x, slak://hooks.slack.com/x, slack://hooks.slack.com/x';
    expect(problemsOf({ FAILOVERD_NOTIFY: text })[0]?.why).toBe('item 2 has the unknown kind slak');
  });
});

describe('nobody is told through what is managed (S21)', () => {
  const rows: readonly (readonly [Env, string | null])[] = [
    [{ FAILOVERD_NOTIFY: 'webhook://www.example.com/x' }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_NOTIFY: 'webhook://WWW.Example.COM./x' }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_NOTIFY: 'slack://a.b.www.example.com/x' }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_NOTIFY: 'smtp://www.example.com?from=a@example.com&to=b@example.com' }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_NOTIFY: `pagerduty://${key}?url=https://www.example.com/v2/enqueue` }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_HEARTBEAT: 'https://www.example.com/ping' }, 'FAILOVERD_HEARTBEAT'],
    [{ FAILOVERD_RECORD: '*.example.com', FAILOVERD_NOTIFY: 'webhook://hooks.example.com/x' }, 'FAILOVERD_NOTIFY'],
    [{ FAILOVERD_NOTIFY: 'webhook://example.com/x' }, null],
    [{ FAILOVERD_NOTIFY: 'webhook://awww.example.com/x' }, null],
  ];
  test.each(rows)('%j', (env, name) => {
    const found = problemsOf(env).filter(({ why }) => why.includes('which is managed'));
    expect(found.map((one) => one.name)).toEqual(name === null ? [] : [name]);
    expect(JSON.stringify(found)).not.toContain('/x');
  });
});

test('every secret part of every URL is blotted out, and ordinary words are not', () => {
  const text = [
    `slack+https://hooks.slack.com/services/T0123/B0123/XyZ987secret`,
    `pagerduty://${key}`,
    'smtp://AKIA77:pa%2Fss@mail.example.com/?from=a@example.com&to=b@example.com',
    'dingtalk://oapi.dingtalk.com/robot/send?access_token=ding77token#secret=SECding&page',
  ].join(', ');
  const { text: redact } = createRedactor(channelSecrets(text));
  for (const one of ['XyZ987secret', key, 'pa%2Fss', 'pa/ss', 'AKIA77', 'ding77token', 'SECding'])
    expect(redact(`a ${one} b`)).toBe('a [redacted] b');
  const ordinary = 'services robot send hooks.slack.com mail.example.com a@example.com page failoverd';
  expect(redact(ordinary)).toBe(ordinary);
});

test('a heartbeat must be an https URL', () => {
  for (const url of ['ftp://hc.example.net/x', 'hc.example.net', 'http://hc.example.net/x', 'https:///x'])
    expect(problemsOf({ FAILOVERD_HEARTBEAT: url }).map(({ name, remedy }) => [name, remedy])).toEqual([
      ['FAILOVERD_HEARTBEAT', 'write it like https://hc.example.com/ping/…'],
    ]);
});
