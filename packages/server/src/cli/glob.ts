/**
 * Patterns of files: `*` and `?` stay within a folder, `[ab]` and `[!a-z]` are one character, a `**` that stands alone
 * is any number of folders. Matched without ever going back further than to the last star: the time grows with the
 * product of pattern and name, whatever a stranger writes.
 */
export interface PathPattern {
  readonly segments: readonly string[];
  test(path: string): boolean;
}

export const isPattern = (text: string): boolean => /[*?[]/.test(text);

/** Separators are slashes; a trailing `**` is any file below. */
export function patternOf(text: string): PathPattern {
  const segments = text.split('/').flatMap((segment) => (segment === '**' ? ['**'] : [segment]));
  if (segments.at(-1) === '**') segments.push('*');
  return { segments, test: (path) => matchPath(segments, path.split('/')) };
}

/** Which places in the pattern a path may have reached, from those that its folder may have reached. */
export function advance(segments: readonly string[], places: ReadonlySet<number>, name: string): Set<number> {
  const next = new Set<number>();
  for (const place of closure(segments, places)) {
    const segment = segments[place];
    if (segment === '**') {
      if (!name.startsWith('.')) next.add(place);
    } else if (segment !== undefined && matchName(segment, name)) next.add(place + 1);
  }
  return next;
}

/** `**` may also be no folder at all. */
function closure(segments: readonly string[], places: ReadonlySet<number>): Set<number> {
  const all = new Set(places);
  for (const place of all) if (segments[place] === '**') all.add(place + 1);
  return all;
}

function matchPath(segments: readonly string[], names: readonly string[]): boolean {
  let places: Set<number> = new Set([0]);
  for (const name of names) places = advance(segments, places, name);
  return places.has(segments.length);
}

/** Greedy, with one way back: to the last star. */
function matchName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const characters = [...name];
  const parts = partsOf(pattern);
  let at = 0;
  let part = 0;
  let star = -1;
  let since = 0;
  while (at < characters.length) {
    if (parts[part] === '*') {
      star = part;
      since = at;
      part += 1;
    } else if (parts[part] !== undefined && matchOne(parts[part]!, characters[at]!)) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      since += 1;
      at = since;
      part = star + 1;
    } else return false;
  }
  while (parts[part] === '*') part += 1;
  return part === parts.length;
}

/** `a[bc]*` as `a`, `[bc]`, `*`. */
const partsOf = (pattern: string): string[] => pattern.match(/\*+|\[[!^]?\]?[^\]]*\]|[\s\S]/gu)?.map(single) ?? [];
const single = (part: string): string => (part.startsWith('*') ? '*' : part);

function matchOne(part: string, character: string): boolean {
  if (part === '?') return true;
  if (part.length < 3 || !part.startsWith('[')) return part === character;
  const negated = /^\[[!^]/.test(part);
  const inside = [...part.slice(negated ? 2 : 1, -1)];
  let found = false;
  for (let at = 0; at < inside.length; at++) {
    if (inside[at + 1] === '-' && inside[at + 2] !== undefined) {
      found ||= inside[at]! <= character && character <= inside[at + 2]!;
      at += 2;
    } else found ||= inside[at] === character;
  }
  return found !== negated;
}
