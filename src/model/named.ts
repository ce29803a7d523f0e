/** Characters that begin a line, move a cursor, change its colours or turn the direction of writing. */
const ACTING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal or a log.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A stranger's text, such as the name of a field, for an error's message: its first `max` characters, and whatever a
 * terminal or a log would act upon as `\x1b`.
 */
export function named(text: string, max = 64): string {
  return text.slice(0, max).replace(ACTING, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
