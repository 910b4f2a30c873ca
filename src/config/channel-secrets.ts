/** Shorter pieces, and words without a digit, are names like `services` or `robot/send`: blotting them out would hide ordinary text. */
const longEnough = 12;
const withDigit = 6;

/**
 * Everything in the URLs of channels and of the heartbeat that must be shown nowhere: the whole of each, its user and password, the long parts
 * of its path, what its query and its options say. Taken from the raw text, so that it holds for one that is refused, too.
 */
export function channelSecrets(text: string): readonly string[] {
  return text.split(',').flatMap((item) => {
    const whole = item.trim();
    const [, rest = ''] = /^[a-z+]+:\/\/(.*)$/is.exec(whole) ?? [];
    if (rest === '') return [whole];
    const [, authority = '', path = '', query = '', fragment = ''] =
      /^([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? [];
    const at = authority.lastIndexOf('@');
    const [user = '', ...password] = at < 0 ? [''] : authority.slice(0, at).split(':');
    const key = /^pagerduty:/i.test(whole) ? [authority] : [];
    const values = [...query.split('&'), ...fragment.split('&')].filter((pair) => !/^(from|to|url)=/.test(pair));
    const pieces = [
      ...key,
      password.join(':'),
      ...[user, ...path.split('/')].filter(isToken),
      ...values.filter((pair) => pair.includes('=')).map((pair) => pair.slice(pair.indexOf('=') + 1)),
    ];
    return [whole, rest, ...pieces, ...pieces.map(decoded)].filter((piece) => piece.length >= 4);
  });
}

/** The values in the queries of checks and canaries that are long enough to be secrets. */
export function querySecrets(text: string): readonly string[] {
  const values = [...text.matchAll(/[?&]([^\s&,?"']+)/g)].map(([, pair = '']) => pair.slice(pair.indexOf('=') + 1));
  return [...new Set([...values, ...values.map(decoded)])].filter((value) => isToken(value) && !value.includes('{'));
}

function isToken(text: string): boolean {
  return text.length >= longEnough || (text.length >= withDigit && /\d/.test(text));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
