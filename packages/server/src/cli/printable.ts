/**
 * Text from books and servers, for a terminal: characters that would move the cursor, change its colours or turn the
 * direction of writing are shown as what they are, `\x1b` for an escape.
 */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** Line breaks and tabs stay. */
export const printable = (text: string): string => text.replace(CONTROL, escaped);

/** For one cell or one line. */
export const printableLine = (text: string): string => printable(text).replace(/[\n\t]/g, escaped);

/** JSON that says the same, without a character that a terminal would act upon. */
export const printableJson = (json: string): string =>
  json.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
