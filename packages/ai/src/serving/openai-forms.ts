/** How answers of the OpenAI API are written: chats and completions have the same facts under other names. */
import { randomUUID } from 'node:crypto';
import type { Chosen } from '../language/sampler.ts';
import type { TextCodec } from '../language/tokenizer.ts';

export interface Form {
  /** Events before the first token. `usage`: the caller wants to know at the end how many tokens there were. */
  opening(usage: boolean): object[];
  part(text: string, finish: string | null, probabilities: object | null, usage: boolean): object;
  /** The last event of a stream whose caller wants it. */
  usage(usage: object): object;
  whole(text: string, finish: string, probabilities: object | null, usage: object): object;
  probabilities(tokens: readonly Chosen[]): object;
}

const MS_A_SECOND = 1000;

function headOf(prefix: string, model: string): (object: string) => object {
  const id = `${prefix}-${randomUUID()}`;
  const created = Math.floor(Date.now() / MS_A_SECOND);
  return (object) => ({ id, object, created, model });
}

export function chatForm(model: string, codec: TextCodec): Form {
  const head = headOf('chatcmpl', model);
  const event = (delta: object, finish: string | null, logprobs: object | null, usage: boolean): object => ({
    ...head('chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs, finish_reason: finish }],
    ...(usage && { usage: null }),
  });
  const one = ({ token, logprob }: { token: number; logprob: number }): object => {
    const text = codec.decode([token], true);
    return { token: text, logprob, bytes: [...new TextEncoder().encode(text)] };
  };
  return {
    opening: (usage) => [event({ role: 'assistant', content: '' }, null, null, usage)],
    part: (text, finish, probabilities, usage) =>
      event(text === '' ? {} : { content: text }, finish, probabilities, usage),
    usage: (usage) => ({ ...head('chat.completion.chunk'), choices: [], usage }),
    whole: (content, finish, logprobs, usage) => {
      const message = { role: 'assistant', content, refusal: null };
      return { ...head('chat.completion'), choices: [{ index: 0, message, logprobs, finish_reason: finish }], usage };
    },
    probabilities: (tokens) => ({
      content: tokens.map((chosen) => ({ ...one(chosen), top_logprobs: chosen.top.map(one) })),
      refusal: null,
    }),
  };
}

export function textForm(model: string, codec: TextCodec): Form {
  const head = headOf('cmpl', model);
  const choice = (text: string, finish: string | null, logprobs: object | null): object => ({
    ...head('text_completion'),
    choices: [{ index: 0, text, logprobs, finish_reason: finish }],
  });
  const textOf = (token: number): string => codec.decode([token], true);
  return {
    opening: () => [],
    part: (text, finish, probabilities, usage) => ({
      ...choice(text, finish, probabilities),
      ...(usage && { usage: null }),
    }),
    usage: (usage) => ({ ...head('text_completion'), choices: [], usage }),
    whole: (text, finish, probabilities, usage) => ({ ...choice(text, finish, probabilities), usage }),
    probabilities: (tokens) => ({
      tokens: tokens.map(({ token }) => textOf(token)),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: tokens.map(({ top }) =>
        Object.fromEntries(top.map(({ token, logprob }) => [textOf(token), logprob])),
      ),
    }),
  };
}
