/** The lists of OFAC and of the United Nations in XML, read by their elements; entities and DTDs are not followed. */
import { TallystickError } from 'tallystick/internal/model';

/** Somebody on a list. */
export interface Entry {
  readonly id: string;
  readonly names: readonly string[];
}

interface Form {
  /** Elements that are an entry. */
  readonly entries: readonly string[];
  readonly id: string;
  /** Elements whose texts, in this order, are a name of the element that they stand in. */
  readonly parts: readonly string[];
  /** Elements inside an entry that are a name of their own. */
  readonly names: readonly string[];
}

const FORMS: { readonly [form in 'ofac' | 'un']: Form } = {
  ofac: { entries: ['sdnEntry'], id: 'uid', parts: ['firstName', 'lastName'], names: ['aka'] },
  un: {
    entries: ['INDIVIDUAL', 'ENTITY'],
    id: 'DATAID',
    parts: ['FIRST_NAME', 'SECOND_NAME', 'THIRD_NAME', 'FOURTH_NAME', 'ALIAS_NAME'],
    names: ['INDIVIDUAL_ALIAS', 'ENTITY_ALIAS'],
  },
};

/** Throws for text that is not well-formed. */
export async function readXml(text: string, form: keyof typeof FORMS): Promise<Entry[]> {
  const { SaxesParser } = await import('saxes').catch((cause: unknown) => {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'lists in XML need a package: npm install saxes@6', { cause });
  });
  const reading = new Reading(FORMS[form]);
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => reading.open(local(name)));
  parser.on('text', (some) => reading.text(some));
  parser.on('cdata', (some) => reading.text(some));
  parser.on('closetag', ({ name }) => reading.close(local(name)));
  parser.write(text).close();
  return reading.entries;
}

const local = (name: string): string => name.replace(/^.*:/, '');

class Reading {
  readonly entries: Entry[] = [];
  readonly #form: Form;
  #id: string | undefined;
  #names: string[] = [];
  /** Parts of the name of the entry, and of a name inside it. */
  #parts = new Map<string, string>();
  #inner: Map<string, string> | undefined;
  #inEntry = false;
  #text = '';

  constructor(form: Form) {
    this.#form = form;
  }

  open(name: string): void {
    this.#text = '';
    if (this.#form.entries.includes(name)) {
      this.#inEntry = true;
      [this.#id, this.#names, this.#parts] = [undefined, [], new Map()];
    } else if (this.#inEntry && this.#form.names.includes(name)) this.#inner = new Map();
  }

  text(some: string): void {
    this.#text += some;
  }

  close(name: string): void {
    if (!this.#inEntry) return;
    const text = this.#text.trim();
    this.#text = '';
    // The first one: names inside an entry have ids, too.
    if (name === this.#form.id && this.#inner === undefined) this.#id ??= text;
    else if (this.#form.parts.includes(name) && text !== '') (this.#inner ?? this.#parts).set(name, text);
    else if (this.#form.names.includes(name)) {
      this.#keep(this.#inner!);
      this.#inner = undefined;
    } else if (this.#form.entries.includes(name)) this.#end();
  }

  #keep(parts: ReadonlyMap<string, string>): void {
    const words = this.#form.parts.flatMap((part) => parts.get(part) ?? []);
    if (words.length > 0) this.#names.push(words.join(' '));
  }

  #end(): void {
    this.#keep(this.#parts);
    this.#inEntry = false;
    if (this.#id === undefined || this.#names.length === 0) throw new Error('an entry has no id or no name');
    // Its own name before its aliases.
    this.entries.push({ id: this.#id, names: [this.#names.at(-1)!, ...this.#names.slice(0, -1)] });
  }
}
