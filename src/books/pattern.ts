/**
 * Patterns that a book brings along: matched by an automaton (RE2), in time that grows with the text and not with what
 * a stranger nested into the pattern. Back-references and looking around are not to be had that way, and are refused.
 */
import { re2 } from './re2.ts';

const PATTERN_MAX = 1000;

export interface Pattern {
  /** Somewhere in the text, in any case. */
  finds(text: string): boolean;
  /** Every place replaced; `\1` in the replacement is what the first group found. */
  replace(text: string, replacement: string): string;
}

/** Undefined: the text is no such pattern. */
export function pattern(text: string): Pattern | undefined {
  if (text.length > PATTERN_MAX) return undefined;
  const engine = re2();
  let compiled: ReturnType<typeof engine.compile>;
  try {
    compiled = engine.compile(text, engine.CASE_INSENSITIVE);
  } catch {
    return undefined;
  }
  return {
    finds: (subject) => compiled.matcher(subject).find(),
    replace: (subject, replacement) => {
      const groups = compiled.groupCount();
      let result = '';
      let from = 0;
      const matcher = compiled.matcher(subject);
      while (matcher.find()) {
        result += subject.slice(from, matcher.start());
        result += replacement.replace(/\\(\d)/g, (_, digit: string) =>
          Number(digit) <= groups ? (matcher.group(Number(digit)) ?? '') : '',
        );
        from = matcher.end();
      }
      return result + subject.slice(from);
    },
  };
}
