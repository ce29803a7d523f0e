/** Text: rows of a CSV or JSONL file as records, or the files of a folder with the first folder's name as label. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { CsvFile, type CsvOptions } from './csv.ts';
import { FileSlices } from './file-slices.ts';
import { fingerprintOf, invalidData, type Source } from './source.ts';

export interface TextSpec extends CsvOptions {
  readonly kind: 'csv' | 'jsonl' | 'folder';
  /** A file, or the folder. */
  readonly path: string;
  /** Of a folder: how its files' names end. Default: `.txt`. */
  readonly ending?: string;
}

export function openText(spec: TextSpec): Source {
  if (spec.kind === 'csv') return csvSource(spec);
  return spec.kind === 'jsonl' ? jsonlSource(spec) : folderSource(spec);
}

/** Records are objects with the names of the columns. */
function csvSource(spec: TextSpec): Source {
  const file = new CsvFile(spec.path, spec);
  return {
    size: file.size,
    fingerprint: fingerprintOf(spec.kind, spec.delimiter, spec.quote, file.digest),
    read: (index) => {
      const row = file.row(index);
      return { record: Object.fromEntries(file.columns.map((column, at) => [column, row[at]])) };
    },
    where: (index) => file.where(index),
    close: () => file.close(),
  };
}

function jsonlSource({ path, kind }: TextSpec): Source {
  const file = new FileSlices(path);
  const { starts, lines, digest } = file.records(undefined);
  return {
    size: lines.length,
    fingerprint: fingerprintOf(kind, digest),
    read: (index) => {
      const text = utf8(file.slice(starts[index]!, starts[index + 1]!));
      try {
        return { record: JSON.parse(text) as unknown };
      } catch (error) {
        throw invalidData((error as Error).message, error);
      }
    },
    where: (index) => `${path}, line ${lines[index]}`,
    close: () => file.close(),
  };
}

function folderSource({ path, kind, ending = '.txt' }: TextSpec): Source {
  const { names, fingerprint } = filesOf(path, [ending]);
  return {
    size: names.length,
    fingerprint: fingerprintOf(kind, ending, fingerprint),
    read: (index) => {
      const name = names[index]!;
      const label = name.includes('/') ? name.slice(0, name.indexOf('/')) : undefined;
      return { record: { name, label, text: utf8(readFileSync(join(path, name))) } };
    },
    where: (index) => join(path, names[index]!),
    close: () => undefined,
  };
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalidData('the text is not UTF-8', error);
  }
}

/** The files below a folder with one of the endings, in the order of their names, which have `/` between folders. */
export function filesOf(path: string, endings: readonly string[]): { names: string[]; fingerprint: string } {
  let found: string[];
  try {
    found = readdirSync(path, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    throw invalidData(`${path} cannot be listed: ${(error as Error).message}`, error);
  }
  const names = found
    .filter((name) => endings.some((ending) => name.toLowerCase().endsWith(ending)))
    .map((name) => name.split(sep).join('/'))
    .sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const sizes = names.map((name) => statSync(join(path, name)).size);
  return { names, fingerprint: fingerprintOf(names, sizes) };
}
