/** The text of a book's bytes. A byte that its encoding has no letter for is refused: names would be changed by it. */
import { TallystickError } from 'tallystick/internal/model';

/** Encodings by hledger's names for them, without dashes, where they differ from those of the web. */
const NAMES: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  ascii: 'ascii',
  iso88591: 'latin1',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  gb18030: 'gb18030',
  macintosh: 'macintosh',
  iso2022jp: 'iso-2022-jp',
  shiftjis: 'shift_jis',
  cp932: 'shift_jis',
  cp866: 'ibm866',
  cp874: 'windows-874',
};

/** @throws TallystickError `book_invalid`: the encoding is not read here, or these bytes are not in it. */
export function decode(bytes: Buffer, encoding: string, path: string): string {
  const name = nameOf(encoding, bytes);
  if (name === undefined) {
    const command = `iconv -f ${encoding} -t utf8`;
    const message = `The encoding ${encoding} is not read here: convert ${path} to UTF-8 (${command}).`;
    throw new TallystickError('book_invalid', message);
  }
  if (name === 'latin1') return bytes.toString('latin1');
  try {
    const text = new TextDecoder(name === 'ascii' ? 'utf-8' : name, { fatal: true, ignoreBOM: true }).decode(bytes);
    if (name !== 'ascii' || text.length === bytes.length) return text;
  } catch (cause) {
    throw wrong(path, encoding, cause);
  }
  throw wrong(path, encoding);
}

function nameOf(encoding: string, bytes: Buffer): string | undefined {
  const plain = encoding.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (plain === 'utf16') return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be';
  const part = /^iso8859(\d+)$/.exec(plain)?.[1];
  if (part !== undefined && /^([2-8]|10|1[3-6])$/.test(part)) return `iso-8859-${part}`;
  const page = /^(?:cp|windows)(125[0-8])$/.exec(plain)?.[1];
  return page === undefined ? NAMES[plain] : `windows-${page}`;
}

function wrong(path: string, encoding: string, cause?: unknown): TallystickError {
  const told = encoding.toLowerCase() === 'utf-8' ? 'UTF-8' : encoding;
  const next = 'save it as that, or convert it (iconv -f latin1 -t utf8), or name its encoding in the rules';
  return new TallystickError('book_invalid', `The book ${path} is not ${told}: ${next}.`, { cause });
}
