/** One element of an XML document: enough for Route 53's messages, which use neither attributes (but xmlns) nor mixed content. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

/** An element that is still open. */
interface Draft extends Element {
  text: string;
  readonly children: Element[];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Parses a document; null when it is not well-formed or uses more than this fake understands. */
export function parseXml(document: string): Element | null {
  const tokens = document.matchAll(/<\?[^>]*\?>|<(\/?)([A-Za-z][\w.]*)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/g);
  const root: Draft = { name: '', text: '', children: [] };
  const open = [root];
  for (const [, closing, name, , selfClosing, text, stray] of tokens) {
    const top = open.at(-1);
    if (top === undefined || stray !== undefined) return null;
    if (text !== undefined) top.text += text;
    else if (name === undefined) continue;
    else if (closing === '/') {
      if (top.name !== name || open.length < 2) return null;
      top.text = unescaped(top.children.length > 0 ? top.text.trim() : top.text);
      open.pop();
    } else {
      const element: Draft = { name, text: '', children: [] };
      top.children.push(element);
      if (selfClosing !== '/') open.push(element);
    }
  }
  const [only, ...more] = root.children;
  return open.length === 1 && only !== undefined && more.length === 0 ? only : null;
}

export function child(element: Element, name: string): Element | undefined {
  return element.children.find((one) => one.name === name);
}

export function textOf(element: Element, name: string): string | undefined {
  return child(element, name)?.text;
}

/** What an element holds: text, or elements; a field that is undefined is left out. */
export type Content = string | number | boolean | readonly Node[];
export type Node = readonly [name: string, content: Content | undefined];

/** Writes elements as XML text. */
export function xml(...nodes: readonly Node[]): string {
  return nodes
    .map(([name, content]) => {
      if (content === undefined) return '';
      const inner = typeof content === 'object' ? xml(...content) : escaped(String(content));
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}

/** A whole document in Route 53's name space. */
export function document(root: string, ...nodes: readonly Node[]): string {
  return `<?xml version="1.0"?>\n<${root} xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${xml(...nodes)}</${root}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&${Object.entries(entities).find(([, value]) => value === char)?.[0]};`);
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return entities[name] ?? whole;
  });
}
