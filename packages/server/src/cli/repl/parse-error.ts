/** Something at a place of the text that makes no sense. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  /** Of the place, in the text. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }

  /**
   * The message below the line that it is about, with a mark under the place. Lines count from 1 and columns from 0, as
   * TigerBeetle's do.
   *
   *     Fail near line 1, column 19:
   *
   *     create_accounts id=x
   *                        ^ Near here.
   *
   *     Invalid value "x"; expected u128 for key "id".
   */
  show(text: string): string {
    const before = text.slice(0, this.offset).split('\n');
    const column = before.at(-1)!.length;
    const line = text.split('\n')[before.length - 1]!;
    // Tabs stay tabs, so that the mark stands where the eye expects it.
    const indent = line.slice(0, column).replaceAll(/[^\t]/g, ' ');
    return [
      `Fail near line ${before.length}, column ${column}:`,
      '',
      line,
      `${indent}^ Near here.`,
      '',
      this.message,
    ].join('\n');
  }
}
