/** A YAML document with every scalar as its text (`010` stays `010`, nothing is empty by accident); mappings keep their order. */
export type Tree = string | readonly Tree[] | ReadonlyMap<string, Tree>;

/** `at`: the path, such as `services[2].fall`; empty for the whole document. */
export interface YamlFault {
  readonly at: string;
  readonly why: string;
  readonly remedy: string;
}

const maxDepth = 8;

/** Parses one document. Refused: syntax errors, aliases, tags, repeated keys, keys that are no text, deep nesting. Never throws. */
export function parseYaml(text: string): { readonly tree: Tree; readonly faults: readonly YamlFault[] } {
  const yaml = loadYaml();
  const lines = new yaml.LineCounter();
  // logLevel silent would let a second document pass unseen
  const options = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, lineCounter: lines } as const;
  const document = yaml.parseDocument(text, options);
  const broken = [...document.errors, ...document.warnings][0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const why = `is not YAML at line ${line}, column ${col} (${broken.code})`;
    return { tree: '', faults: [{ at: '', why, remedy: 'correct it; quote texts that hold : * & ! or #' }] };
  }

  const faults: YamlFault[] = [];
  const fault = (at: string, why: string, remedy: string): string => {
    faults.push({ at, why, remedy });
    return '';
  };
  function grow(node: unknown, at: string, depth: number): Tree {
    if (depth > maxDepth) return fault(at, `is nested more than ${maxDepth} deep`, 'write it flat');
    if (node === null) return '';
    if (yaml.isScalar(node))
      return typeof node.value === 'string' ? node.value : fault(at, 'has a tag', 'write it as plain text');
    if (yaml.isSeq(node)) return node.items.map((item, index) => grow(item, `${at}[${index}]`, depth + 1));
    if (!yaml.isMap(node)) return fault(at, 'is an alias', 'quote it if it should begin with *, else write it out');
    const found = new Map<string, Tree>();
    for (const { key, value } of node.items) {
      if (!yaml.isScalar(key) || typeof key.value !== 'string') {
        fault(at, 'has a key that is not a text', 'write plain keys');
        continue;
      }
      const path = at === '' ? key.value : `${at}.${key.value}`;
      const line = lines.linePos(key.range?.[0] ?? 0).line;
      if (found.has(key.value)) fault(path, `is there twice, again at line ${line}`, 'keep one of the two');
      else found.set(key.value, grow(value, path, depth + 1));
    }
    return found;
  }
  return { tree: grow(document.contents, '', 0), faults };
}

/** Loaded only when there is a file to read: the parser costs 27 ms and 9 MB, which a daemon of one service does without. */
function loadYaml(): typeof import('yaml') {
  return require('yaml');
}
