/**
 * Lists of people and companies, as their publishers have them. Each is read to its end or not at all: half a list
 * would let half of them through.
 *
 *   SDN.CSV    OFAC: number, name, type, …, without a head
 *   ALT.CSV    OFAC, further names: number, number of the name, kind, name, …
 *   sdn.xml    OFAC: sdnEntry with firstName, lastName, akaList
 *   UN XML     INDIVIDUAL and ENTITY with FIRST_NAME … FOURTH_NAME, and ALIAS_NAME
 *   EU CSV     separated by semicolons, with the columns Entity_LogicalId and NameAlias_WholeName
 *   FtM        JSON lines: {"id", "schema", "properties": {"name": […], "alias": […]}}
 */
import { createHash } from 'node:crypto';
import { TallystickError } from 'tallystick/internal/model';
import { type Entry, readXml } from './xml-lists.ts';

export const LIST_FORMATS = ['ofac-csv', 'ofac-alt-csv', 'ofac-xml', 'un-xml', 'eu-csv', 'ftm'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export interface List {
  readonly name: string;
  readonly format: ListFormat;
  /** SHA-256 of the file, in hex: which version it is. */
  readonly version: string;
  readonly entries: readonly Entry[];
}

/** Rejects with `dataset_invalid` for what is no such list, or has nobody in it. */
export async function readList(name: string, format: ListFormat, bytes: Uint8Array): Promise<List> {
  const text = new TextDecoder('utf-8', { fatal: false }).decode(bytes);
  let entries: readonly Entry[];
  try {
    entries = await READERS[format](text);
  } catch (cause) {
    if (cause instanceof TallystickError) throw cause;
    throw invalidList(name, `cannot be read as ${format}: ${(cause as Error).message}`);
  }
  if (entries.length === 0) throw invalidList(name, `has nobody in it, read as ${format}`);
  const version = createHash('sha256').update(bytes).digest('hex');
  return { name, format, version, entries };
}

function invalidList(name: string, why: string): TallystickError {
  return new TallystickError('dataset_invalid', `the list ${name} ${why}`);
}

const READERS: { readonly [format in ListFormat]: (text: string) => Promise<Entry[]> } = {
  'ofac-csv': (text) => readOfac(text, 1),
  'ofac-alt-csv': (text) => readOfac(text, 3),
  'ofac-xml': (text) => readXml(text, 'ofac'),
  'un-xml': (text) => readXml(text, 'un'),
  'eu-csv': async (text) => {
    const rows = await csv(text.replace(/^\ufeff/, ''), { delimiter: ';', columns: true, relax_quotes: true });
    const names = new Map<string, string[]>();
    for (const row of rows as unknown as Readonly<Record<string, string>>[]) {
      const { Entity_LogicalId: id, NameAlias_WholeName: name } = row;
      if (id === undefined || name === undefined) throw new Error('Entity_LogicalId or NameAlias_WholeName is missing');
      if (name.trim() === '') continue;
      const all = names.get(id);
      if (all === undefined) names.set(id, [name]);
      else all.push(name);
    }
    return [...names].map(([id, all]) => ({ id, names: all }));
  },
  ftm: async (text) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap(readEntity),
};

async function readOfac(text: string, column: number): Promise<Entry[]> {
  // The file ends with a control character of another age.
  const [whole] = text.trimEnd().split('\x1a');
  const rows = await csv(whole!, { relax_quotes: true });
  return rows.map((row) => {
    const [id = '', name = ''] = [(row as string[])[0], (row as string[])[column]];
    if (!/^\d+$/.test(id.trim()) || name.trim() === '') throw new Error('a row has no number or no name');
    return { id: id.trim(), names: [name.trim()] };
  });
}

const NAMED: readonly string[] = ['name', 'alias', 'weakAlias', 'previousName'];

function readEntity(line: string): Entry[] {
  const { id, properties } = JSON.parse(line) as {
    readonly id?: unknown;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  if (typeof id !== 'string' || typeof properties !== 'object') throw new Error('a line has no id or no properties');
  const names = NAMED.flatMap((property) => properties[property] ?? []).map(String);
  // Addresses, passports and the like have no names.
  return names.length === 0 ? [] : [{ id, names }];
}

async function csv(text: string, options: object): Promise<unknown[]> {
  const { parse } = await import('csv-parse/sync').catch((cause: unknown) => {
    if ((cause as { readonly code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'lists in CSV need a package: npm install csv-parse@7', { cause });
  });
  return parse(text, { skip_empty_lines: true, ...options }) as unknown[];
}
