/**
 * XML of banks. It is read into a small tree, strictly: well-formed, UTF-8, no DTD and so no entities but XML's own,
 * no processing instructions, and bounds on bytes, depth and elements. What is written has its characters escaped.
 */
import { invalid, TallystickError } from 'tallystick/internal/model';

export interface Element {
  /** Without its prefix. */
  readonly name: string;
  /** The namespace that it stands in. */
  readonly space: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Its own characters, trimmed. */
  readonly text: string;
}

const BYTES_MAX = 16 * 1024 * 1024;
const DEPTH_MAX = 32;
const ELEMENTS_MAX = 1_000_000;

interface Growing {
  readonly name: string;
  readonly space: string;
  readonly attributes: Map<string, string>;
  readonly children: Element[];
  text: string;
}

interface SaxesModule {
  readonly SaxesParser: typeof import('saxes').SaxesParser;
}

async function load(): Promise<SaxesModule> {
  return import('saxes').catch((cause: unknown) => {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'messages of banks need a package: npm install saxes@6', { cause });
  });
}

/** Rejects with `invalid_argument` for what is no such document, and with `package_missing`. */
export async function readXml(bytes: Uint8Array): Promise<Element> {
  if (bytes.length > BYTES_MAX) throw invalid(`the document has more than ${BYTES_MAX} bytes`);
  const { SaxesParser } = await load();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('the document is not UTF-8');
  }
  const tree = new Tree();
  try {
    const parser = new SaxesParser({ xmlns: true, position: false });
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') throw new Error('it says that it is not UTF-8');
    });
    parser.on('doctype', () => {
      throw new Error('it has a DTD');
    });
    parser.on('processinginstruction', () => {
      throw new Error('it has a processing instruction');
    });
    parser.on('opentag', ({ local, uri, attributes }) => {
      const values = Object.values(attributes).map(({ local: name, value }) => [name, value] as const);
      tree.open(local, uri, new Map(values));
    });
    parser.on('text', (some) => tree.text(some));
    parser.on('cdata', (some) => tree.text(some));
    parser.on('closetag', () => tree.close());
    parser.write(text).close();
  } catch (cause) {
    throw invalid(`the document cannot be read: ${(cause as Error).message}`);
  }
  return tree.root;
}

class Tree {
  #root: Element | undefined;
  readonly #open: Growing[] = [];
  #count = 0;

  open(name: string, space: string, attributes: Map<string, string>): void {
    if (++this.#count > ELEMENTS_MAX) throw new Error(`it has more than ${ELEMENTS_MAX} elements`);
    if (this.#open.length >= DEPTH_MAX) throw new Error(`its elements are more than ${DEPTH_MAX} deep`);
    this.#open.push({ name, space, attributes, children: [], text: '' });
  }

  text(some: string): void {
    const last = this.#open.at(-1);
    if (last !== undefined) last.text += some;
  }

  close(): void {
    const done = this.#open.pop()!;
    done.text = done.text.trim();
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = done;
    else parent.children.push(done);
  }

  get root(): Element {
    return this.#root!;
  }
}

/** The children of that name. */
export function all(element: Element | undefined, name: string): readonly Element[] {
  return element === undefined ? [] : element.children.filter((child) => child.name === name);
}

/** The first at the end of a path; undefined: there is none. */
export function at(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  let found = element;
  for (const name of path) found = found?.children.find((child) => child.name === name);
  return found;
}

/** The text at the end of a path; undefined: there is no such element, or nothing in it. */
export function textAt(element: Element | undefined, ...path: readonly string[]): string | undefined {
  const text = at(element, ...path)?.text;
  return text === '' ? undefined : text;
}

/** As {@link textAt}; throws `invalid_argument` where there is none. */
export function mustText(element: Element | undefined, ...path: readonly string[]): string {
  const text = textAt(element, ...path);
  if (text === undefined) throw invalid(`${path.join('/')} is missing in ${element?.name ?? 'the document'}`);
  return text;
}

/** An element to be written: its name, then its attributes if it has any, and what is in it; undefined is left out. */
export interface Written extends ReadonlyArray<Inside> {
  readonly 0: string;
}
type Inside = Written | Attributes | string | undefined;
interface Attributes {
  readonly [attribute: string]: string;
}

/** A document in a namespace. */
export function writeXml(space: string, root: Written): Uint8Array {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${written([root[0], { xmlns: space }, ...root.slice(1)])}\n`;
  return new TextEncoder().encode(text);
}

function written(element: Written): string {
  const name = element[0];
  let attributes = '';
  let content = '';
  for (const one of element.slice(1)) {
    if (one === undefined) continue;
    if (typeof one === 'string') content += escaped(one);
    else if (isElement(one)) content += written(one);
    else for (const [key, value] of Object.entries(one)) attributes += ` ${key}="${escaped(value)}"`;
  }
  return `<${name}${attributes}>${content}</${name}>`;
}

const isElement = (one: Written | Attributes): one is Written => Array.isArray(one);

const ESCAPES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character]!);
