/**
 * Cuts text into words and signs. Never fails: what is no part of the language becomes a token of its own, for the
 * parser to refuse where it stands.
 */

export interface Token {
  readonly kind: 'word' | '=' | '|' | ',' | ';' | 'end' | 'unknown';
  readonly text: string;
  /** In the text; of `end`, behind the last thing that was not a space. */
  readonly offset: number;
  /** The first token of its line. */
  readonly first: boolean;
}

/** Values may hold what dates, UUIDs and numbers that are refused later hold; `id()` is a word. */
const TOKEN =
  /(?<space>[^\S\n]+|#[^\n]*)|(?<line>\n)|(?<word>id\(\)|[0-9A-Za-z_.:+-]+)|(?<sign>[=|,;])|(?<unknown>.)/suy;

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let first = true;
  let end = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const { space, line, word, sign } = match.groups!;
    if (space !== undefined) continue;
    if (line !== undefined) {
      first = true;
      continue;
    }
    const kind = word !== undefined ? 'word' : sign !== undefined ? (sign as '=' | '|' | ',' | ';') : 'unknown';
    found.push({ kind, text: match[0], offset: match.index, first });
    end = match.index + match[0].length;
    first = false;
  }
  found.push({ kind: 'end', text: '', offset: end, first });
  return found;
}
