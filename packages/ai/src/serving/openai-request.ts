/** Requests of the OpenAI API, checked: what we do not do is refused by name, so no caller takes it for done. */
import { TallystickError } from 'tallystick/internal';
import type { SamplerOptions } from '../language/sampler.ts';
import type { Message } from '../language/tokenizer.ts';

export type Json = { readonly [key: string]: unknown };

/** What both kinds of requests have. */
export interface Wishes {
  readonly model: string;
  readonly tokensMax: number | undefined;
  readonly sampler: SamplerOptions;
  readonly stops: readonly string[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Likeliest tokens to report; undefined: no probabilities. */
  readonly topCount: number | undefined;
}

const STOPS_MAX = 4;
const TOP_MAX = 20;
/** Parameters that would change the answer and that we do not have, with the values that ask for nothing. */
const notDone: { readonly [parameter: string]: (value: unknown) => boolean } = {
  n: (value) => value === 1,
  best_of: (value) => value === 1,
  echo: (value) => value === false,
  suffix: (value) => value === '',
  logit_bias: (value) => isEmpty(value),
  tools: (value) => isEmpty(value),
  functions: (value) => isEmpty(value),
  audio: () => false,
  response_format: (value) => (value as Json | null)?.type === 'text',
};

export function refused(field: string, what: string): TallystickError {
  return new TallystickError('invalid_argument', what, { field });
}

/** Throws `invalid_argument` with the parameter as its field. */
export function readWishes(body: Json, kind: 'chat' | 'text'): Wishes {
  for (const [parameter, asksNothing] of Object.entries(notDone)) {
    const value = body[parameter];
    if (value !== undefined && value !== null && !asksNothing(value)) {
      throw refused(parameter, `${parameter} is not supported here`);
    }
  }
  if (typeof body.model !== 'string') throw refused('model', 'model is the name of a model');
  const options = (body.stream_options ?? {}) as Json;
  return {
    model: body.model,
    tokensMax: tokensMaxOf(body),
    sampler: samplerOf(body),
    stops: stopsOf(body.stop),
    stream: flag(body, 'stream'),
    includeUsage: options.include_usage === true,
    topCount: kind === 'chat' ? chatTop(body) : textTop(body),
  };
}

function tokensMaxOf(body: Json): number | undefined {
  const field = body.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw refused(field, `${field} is a whole number above 0`);
}

function samplerOf(body: Json): SamplerOptions {
  const number = (field: string): number | undefined => {
    const value = body[field];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number') return value;
    throw refused(field, `${field} is a number`);
  };
  const seed = number('seed');
  return {
    temperature: number('temperature'),
    topP: number('top_p'),
    topK: number('top_k'),
    repetitionPenalty: number('repetition_penalty'),
    presencePenalty: number('presence_penalty'),
    frequencyPenalty: number('frequency_penalty'),
    // Clients send numbers of 64 bits; those that are the same there are the same here.
    seed: seed === undefined ? undefined : Number(BigInt.asUintN(32, BigInt(Math.trunc(seed)))),
  };
}

function stopsOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const stops = Array.isArray(value) ? value : [value];
  if (stops.length <= STOPS_MAX && stops.every((stop) => typeof stop === 'string')) return stops as string[];
  throw refused('stop', `stop is a text, or up to ${STOPS_MAX} of them`);
}

function chatTop(body: Json): number | undefined {
  const top = body.top_logprobs ?? undefined;
  if (!flag(body, 'logprobs')) {
    if (top === undefined) return undefined;
    throw refused('top_logprobs', 'top_logprobs wants logprobs as well');
  }
  return topOf(top ?? 0, 'top_logprobs');
}

function textTop(body: Json): number | undefined {
  return body.logprobs === undefined || body.logprobs === null ? undefined : topOf(body.logprobs, 'logprobs');
}

function topOf(value: unknown, field: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= TOP_MAX) return value as number;
  throw refused(field, `${field} is a whole number from 0 to ${TOP_MAX}`);
}

function flag(body: Json, field: string): boolean {
  const value = body[field] ?? false;
  if (typeof value === 'boolean') return value;
  throw refused(field, `${field} is true or false`);
}

/** The conversation of a chat; contents may come in parts of text. */
export function readMessages(value: unknown): Message[] {
  if (!Array.isArray(value) || value.length === 0) throw refused('messages', 'messages is a list with a message');
  return (value as unknown[]).map((one) => {
    const { role, content } = (one ?? {}) as { role?: unknown; content?: unknown };
    if (typeof role !== 'string') throw refused('messages', 'each message has a role');
    return { role, content: contentOf(content) };
  });
}

function contentOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw refused('messages', 'each message has a text as its content');
  return (content as Json[])
    .map((part) => {
      if (part?.type === 'text' && typeof part.text === 'string') return part.text;
      throw refused('messages', 'the content of a message has parts of text alone');
    })
    .join('');
}

/** A text, or its tokens; a list may have one text. */
export function readPrompt(value: unknown): string | number[] {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || value.length === 0) throw refused('prompt', 'prompt is a text, or its tokens');
  if (value.every((token) => Number.isInteger(token))) return value as number[];
  if (value.length === 1) return readPrompt(value[0]);
  throw refused('prompt', 'one prompt is answered at a time');
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
