/** Text to tokens and back, and conversations to text by the model's own template. */
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { TallystickError } from 'tallystick/internal';
import { invalidModel } from '../trees/tree-builder.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

export interface Message {
  readonly role: string;
  readonly content: string;
}

export class TextCodec {
  readonly #tokenizer: Tokenizer;
  readonly #template: Template | undefined;
  readonly #begin: string | undefined;
  readonly #end: string | undefined;
  readonly #beginId: number | undefined;

  /** Throws `model_invalid`. */
  constructor({ tokenizer, config }: TokenizerFiles) {
    try {
      this.#tokenizer = new Tokenizer(tokenizer, config);
      const template = templateOf(config.chat_template);
      this.#template = template === undefined ? undefined : new Template(template);
    } catch (cause) {
      throw invalidModel(`the tokenizer cannot be used: ${(cause as Error).message}`);
    }
    this.#begin = tokenOf(config.bos_token);
    this.#end = tokenOf(config.eos_token);
    if (config.add_bos_token === true && this.#begin !== undefined) {
      this.#beginId = this.#tokenizer.token_to_id(this.#begin);
    }
  }

  get hasTemplate(): boolean {
    return this.#template !== undefined;
  }

  /** Tokens of a text, with the one that begins texts where the model has it. */
  encode(text: string): number[] {
    const ids = text === '' ? [] : [...this.#tokenizer.encode(text, { add_special_tokens: false }).ids];
    const begins = this.#beginId !== undefined && ids[0] !== this.#beginId;
    return begins ? [this.#beginId!, ...ids] : ids;
  }

  /** Tokens that are no text, such as the end of a turn, are left out. */
  decode(ids: readonly number[], isWhole = false): string {
    // The library refuses an empty list.
    if (ids.length === 0) return '';
    return this.#tokenizer.decode([...ids], {
      skip_special_tokens: !isWhole,
      clean_up_tokenization_spaces: false,
    });
  }

  /** Throws `invalid_argument` if the model has no template, or its template refuses the conversation. */
  encodeChat(messages: readonly Message[]): number[] {
    return this.encode(this.chatText(messages));
  }

  chatText(messages: readonly Message[]): string {
    if (this.#template === undefined) {
      throw new TallystickError('invalid_argument', 'the model has no template for conversations', {
        field: 'messages',
      });
    }
    try {
      return this.#template.render({
        messages,
        add_generation_prompt: true,
        bos_token: this.#begin ?? '',
        eos_token: this.#end ?? '',
      });
    } catch (cause) {
      const what = `the model's template refuses the conversation: ${(cause as Error).message}`;
      throw new TallystickError('invalid_argument', what, { cause, field: 'messages' });
    }
  }
}

/** Some files have several templates, by name. */
function templateOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const found = named.find(({ name }) => name === 'default')?.template;
  return typeof found === 'string' ? found : undefined;
}

function tokenOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content : undefined;
}
