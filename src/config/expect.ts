import { bad, good, listOf, one, type Parser } from './parse';

/** Status codes that pass, as inclusive ranges. */
export const statusRanges: Parser<readonly (readonly [number, number])[]> = listOf(
  'codes and ranges from 100 to 599, such as `200-299,301`',
  (text) => {
    const [, from, to] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
    if (from === undefined) return bad(`"${text}" is not a status code or range`, 'write it like 200-299,301');
    const range = [Number(from), Number(to ?? from)] as const;
    return range[0] <= range[1] ? good(range) : bad(`"${text}" runs backwards`, 'put the lower code first');
  },
  20,
);

/** A plain piece of the body. */
export const bodyText: Parser<string> = one('text of at most 1000 characters', (text) =>
  text.length <= 1_000 ? good(text) : bad(`has ${text.length} of at most 1000 characters`, 'shorten it'),
);

/** A JSON pointer (RFC 6901) and the scalar it must lead to; the first `=` parts the two. */
export const jsonValue: Parser<{ readonly pointer: string; readonly value: string }> = one(
  '`/pointer=value`',
  (text) => {
    const [, pointer, value] = /^((?:\/(?:[^~/=]|~[01])*)+)=(.+)$/.exec(text) ?? [];
    if (pointer === undefined || value === undefined || text.length > 1_000)
      return bad('is not /pointer=value', 'write it like /status=ok or /checks/0/state=up');
    return good({ pointer, value });
  },
);
