/**
 * Accounts by how their ids begin: the first hexadecimal digits of the 32 that a 128-bit id has. `"7f3a"` stands for
 * all ids whose upper 16 bits are 0x7f3a.
 */
const PREFIXES_MAX = 64;
const DIGITS = 32;
/** Bytes of an id. */
const ID = 16;

export class AccountPrefixes {
  readonly texts: readonly string[];
  /** One number from 0 to 15 for each digit. */
  readonly #digits: readonly (readonly number[])[];

  private constructor(texts: readonly string[]) {
    this.texts = texts;
    this.#digits = texts.map((text) => [...text].map((digit) => Number.parseInt(digit, 16)));
  }

  /** Undefined if it is not a list of prefixes, which allows nothing. */
  static of(prefixes: unknown): AccountPrefixes | undefined {
    if (!Array.isArray(prefixes) || prefixes.length === 0 || prefixes.length > PREFIXES_MAX) return undefined;
    const isPrefix = (one: unknown): boolean => typeof one === 'string' && /^[0-9a-f]+$/.test(one);
    if (!prefixes.every((one) => isPrefix(one) && one.length <= DIGITS)) return undefined;
    return new AccountPrefixes(prefixes as string[]);
  }

  /** Whether the id at `at`, as the wire has it (its lowest byte first), begins with one of them. */
  has(bytes: Uint8Array, at: number): boolean {
    return this.#digits.some((digits) =>
      digits.every((digit, index) => {
        const byte = bytes[at + ID - 1 - (index >> 1)]!;
        return (index % 2 === 0 ? byte >> 4 : byte & 15) === digit;
      }),
    );
  }
}
