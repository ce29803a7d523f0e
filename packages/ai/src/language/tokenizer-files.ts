/** `tokenizer.json` and `tokenizer_config.json`, parsed: what a tokenizer is made of. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: { readonly [key: string]: unknown };
}
