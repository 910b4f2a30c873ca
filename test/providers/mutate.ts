import fc from 'fast-check';

/** What may happen to an answer on its way. */
export interface Mutation {
  /** Of the answers since it was put in place, the first is 0. */
  readonly nth: number;
  /**
   * `noise`: other bytes. `cut`: the beginning alone. `flip`: one byte is another. `typed`: one value is of another type, or in XML an element
   * where text was. `dropped`: one field, or in XML one element without children, is missing.
   */
  readonly kind: 'noise' | 'cut' | 'flip' | 'typed' | 'dropped';
  /** Where and with what. */
  readonly seed: number;
  readonly noise: Uint8Array;
}

export function mutations(kinds: readonly Mutation['kind'][]): fc.Arbitrary<Mutation> {
  return fc.record({
    nth: fc.nat({ max: 59 }),
    kind: fc.constantFrom(...kinds),
    seed: fc.nat({ max: 2 ** 20 }),
    noise: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  });
}

/** The answer as it arrives. */
export function mutate(body: Buffer, mutation: Mutation): Buffer {
  const { kind, seed, noise } = mutation;
  if (kind === 'noise') return Buffer.from(noise);
  if (kind === 'cut') return body.subarray(0, seed % Math.max(1, body.length));
  if (kind === 'flip') {
    const flipped = Buffer.from(body);
    if (flipped.length > 0) flipped[seed % flipped.length] = noise[0] ?? 0;
    return flipped;
  }
  const text = body.toString();
  return Buffer.from(text.startsWith('<') ? inXml(text, kind, seed) : inJson(text, kind, seed));
}

/** Of every type one that no API has in mind. */
const strangers: readonly unknown[] = [null, true, -1.5, 'x', {}, [[]]];

function inJson(text: string, kind: 'typed' | 'dropped', seed: number): string {
  if (text === '') return '{';
  const root: unknown = JSON.parse(text);
  const places = placesIn(root).filter(({ holder }) => kind === 'typed' || !Array.isArray(holder));
  const place = places[seed % Math.max(1, places.length)];
  if (place === undefined) return kind === 'typed' ? JSON.stringify(stranger(root, seed)) : '';
  const { holder, key } = place;
  if (kind === 'dropped') Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, stranger(Reflect.get(holder, key), Math.floor(seed / places.length)));
  return JSON.stringify(root);
}

function stranger(value: unknown, seed: number): unknown {
  const others = strangers.filter((one) => typeOf(one) !== typeOf(value));
  return others[seed % others.length];
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}

/** Every field of every object and item of every list. */
function placesIn(value: unknown): readonly { readonly holder: object; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...placesIn(inner)]);
}

function inXml(text: string, kind: 'typed' | 'dropped', seed: number): string {
  const leaves = [...text.matchAll(/<(\w+)>[^<]*<\/\1>/g)];
  const leaf = leaves[seed % Math.max(1, leaves.length)];
  if (leaf === undefined) return '';
  const instead = kind === 'dropped' ? '' : `<${leaf[1]}><Other>1</Other></${leaf[1]}>`;
  return text.slice(0, leaf.index) + instead + text.slice(leaf.index + leaf[0].length);
}
