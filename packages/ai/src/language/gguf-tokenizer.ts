/** The tokenizer that a GGUF file has inside, in the form of `tokenizer.json` and `tokenizer_config.json`. */
import { invalidModel } from '../trees/tree-builder.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** A value in the head of a GGUF file. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];
export type GgufKeys = ReadonlyMap<string, GgufValue>;

/** Kinds of tokens; all but the first stand for themselves wherever they occur. */
const NORMAL = 1;
const CONTROL = 3;
const DEFINED = 4;

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
const split = (pattern: string): object => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});
const WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}DIGITS| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" +
  '|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** How text is cut before pairs are merged, by the name that the file gives. */
const cuts: { readonly [name: string]: readonly object[] } = {
  qwen2: [split(WORDS.replace('DIGITS', '')), byteLevel],
  'llama-bpe': [split(WORDS.replace('DIGITS', '{1,3}')), byteLevel],
  smollm: [
    { type: 'Digits', individual_digits: true },
    { ...byteLevel, use_regex: true },
  ],
};

/** Throws `model_invalid` for tokenizers that are not byte-level BPE. */
export function tokenizerOf(keys: GgufKeys): TokenizerFiles {
  const key = (name: string): GgufValue | undefined => keys.get(`tokenizer.ggml.${name}`);
  const cut = cuts[String(key('pre'))];
  if (key('model') !== 'gpt2' || cut === undefined) {
    throw invalidModel(`tokenizers of type ${String(key('model'))}, cut by ${String(key('pre'))}, are not read`);
  }
  const tokens = key('tokens') as readonly string[];
  const kinds = (key('token_type') ?? tokens.map(() => NORMAL)) as readonly number[];
  const merges = (key('merges') ?? []) as readonly string[];
  const added = tokens.flatMap((content, id) =>
    kinds[id] === CONTROL || kinds[id] === DEFINED
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kinds[id] === CONTROL,
          },
        ]
      : [],
  );
  const tokenAt = (name: string): string | undefined => tokens[Number(key(name) ?? -1)];
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: key('pre') === 'qwen2' ? { type: 'NFC' } : null,
      pre_tokenizer: { type: 'Sequence', pretokenizers: cut },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: key('pre') === 'llama-bpe',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: merges.map((pair) => pair.split(' ', 2)),
      },
    },
    config: {
      chat_template: keys.get('tokenizer.chat_template'),
      bos_token: tokenAt('bos_token_id'),
      eos_token: tokenAt('eos_token_id'),
      add_bos_token: key('add_bos_token') === true,
    },
  };
}
