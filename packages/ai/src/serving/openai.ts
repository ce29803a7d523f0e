/**
 * The OpenAI API over engines: models, chats and completions, whole or as a stream of events. A caller that leaves ends
 * its answer; what the engine held for it is free before the next step.
 */
import { TallystickError } from 'tallystick/internal';
import type { Answer } from '../language/answer.ts';
import type { Engine } from '../language/engine.ts';
import type { Chosen } from '../language/sampler.ts';
import { TextStream } from '../language/text-stream.ts';
import type { TextCodec } from '../language/tokenizer.ts';
import { type Exchange, nameIn, retryHeaders, statusOf, wordsOf } from './exchange.ts';
import { chatForm, type Form, textForm } from './openai-forms.ts';
import { readMessages, readPrompt, readWishes, refused, type Wishes } from './openai-request.ts';

/** A language model that is served, by the name that callers give. */
export interface ServedLanguage {
  readonly engine: Engine;
  readonly codec: TextCodec;
}

/** Tokens of a completion whose caller does not say. */
const COMPLETION_TOKENS = 16;
const types: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

export class OpenAiApi {
  readonly #models: ReadonlyMap<string, ServedLanguage>;
  readonly #timeoutMs: number;
  readonly #createdS: number = Math.floor(Date.now() / 1000);

  /** `timeoutMs`: of an answer. */
  constructor(models: ReadonlyMap<string, ServedLanguage>, timeoutMs: number) {
    this.#models = models;
    this.#timeoutMs = timeoutMs;
  }

  /** Answers requests below `/v1`. Rejects with what {@link sendError} shows. */
  async handle(exchange: Exchange, method: string, path: string): Promise<void> {
    if (method === 'GET' && path === '/v1/models') {
      exchange.send(200, { object: 'list', data: [...this.#models.keys()].map((id) => this.#described(id)) });
    } else if (method === 'GET' && path.startsWith('/v1/models/')) {
      const id = nameIn(path.slice('/v1/models/'.length));
      this.#find(id);
      exchange.send(200, this.#described(id));
    } else if (method === 'POST' && path === '/v1/chat/completions') await this.#chat(exchange);
    else if (method === 'POST' && path === '/v1/completions') await this.#complete(exchange);
    else throw new TallystickError('not_found', `there is no ${method} ${path}`);
  }

  #described(id: string): object {
    return { id, object: 'model', created: this.#createdS, owned_by: 'tallystick' };
  }

  #find(name: string): ServedLanguage {
    const found = this.#models.get(name);
    if (found !== undefined) return found;
    throw new TallystickError('not_found', `there is no model ${name}`, { field: 'model' });
  }

  async #chat(exchange: Exchange): Promise<void> {
    const body = await exchange.json();
    const wishes = readWishes(body, 'chat');
    const served = this.#find(wishes.model);
    const prompt = served.codec.encodeChat(readMessages(body.messages));
    await this.#answer(exchange, chatForm(wishes.model, served.codec), served, prompt, wishes);
  }

  async #complete(exchange: Exchange): Promise<void> {
    const body = await exchange.json();
    const wishes = readWishes(body, 'text');
    const served = this.#find(wishes.model);
    const given = readPrompt(body.prompt);
    const prompt = typeof given === 'string' ? served.codec.encode(given) : given;
    const form = textForm(wishes.model, served.codec);
    await this.#answer(exchange, form, served, prompt, { ...wishes, tokensMax: wishes.tokensMax ?? COMPLETION_TOKENS });
  }

  async #answer(
    exchange: Exchange,
    form: Form,
    { engine, codec }: ServedLanguage,
    prompt: readonly number[],
    wishes: Wishes,
  ): Promise<void> {
    const { tokensMax = engine.context - prompt.length, sampler, topCount, stops } = wishes;
    if (tokensMax < 1) throw refused('messages', `the conversation has ${prompt.length} tokens, and no room is left`);
    const said = Object.fromEntries(Object.entries(sampler).filter(([, value]) => value !== undefined));
    const answer = engine.ask({
      prompt,
      tokensMax,
      ...engine.model.defaults,
      ...said,
      topCount,
      timeoutMs: this.#timeoutMs,
      signal: exchange.gone,
    });
    const text = new TextStream(codec, stops);
    if (wishes.stream) await this.#stream(exchange, form, answer, text, wishes.includeUsage);
    else await this.#whole(exchange, form, answer, text);
  }

  async #whole(exchange: Exchange, form: Form, answer: Answer, text: TextStream): Promise<void> {
    const parts: string[] = [];
    const tokens: Chosen[] = [];
    for await (const chosen of answer) {
      tokens.push(chosen);
      parts.push(text.push(chosen.token));
      if (text.stopped) break;
    }
    parts.push(text.end());
    const probabilities = answer.options.topCount === undefined ? null : form.probabilities(tokens);
    exchange.send(200, form.whole(parts.join(''), finishOf(answer, text), probabilities, usageOf(answer)));
  }

  async #stream(exchange: Exchange, form: Form, answer: Answer, text: TextStream, usage: boolean): Promise<void> {
    const { response } = exchange;
    const tell = (event: object): void => {
      if (!response.headersSent) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      }
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    };
    const part = (shown: string, finish: string | null, tokens: readonly Chosen[]): void => {
      const probabilities = answer.options.topCount === undefined ? null : form.probabilities(tokens);
      tell(form.part(shown, finish, probabilities, usage));
    };
    try {
      let waiting: Chosen[] = [];
      for await (const chosen of answer) {
        if (!response.headersSent) for (const event of form.opening(usage)) tell(event);
        waiting.push(chosen);
        const shown = text.push(chosen.token);
        if (shown !== '') {
          part(shown, null, waiting);
          waiting = [];
          if (response.writableNeedDrain) await drained(exchange);
        }
        if (text.stopped) break;
      }
      part(text.end(), finishOf(answer, text), waiting);
      if (usage) tell(form.usage(usageOf(answer)));
      response.end('data: [DONE]\n\n');
    } catch (error) {
      if (!response.headersSent) throw error;
      tell(errorBody(error));
      response.end();
    }
  }
}

/** Sends an error as the API shows them. */
export function sendError(exchange: Exchange, error: unknown): void {
  exchange.send(statusOf(error), errorBody(error), retryHeaders(error));
}

function errorBody(error: unknown): object {
  const status = statusOf(error);
  const field = error instanceof TallystickError ? error.field : undefined;
  const code = error instanceof TallystickError ? error.code : 'engine_failed';
  const type = types[status] ?? 'server_error';
  return { error: { message: wordsOf(error), type, param: field ?? null, code } };
}

function finishOf(answer: Answer, text: TextStream): string {
  return text.stopped ? 'stop' : (answer.finish ?? 'stop');
}

function usageOf({ promptSize, size }: Answer): object {
  return { prompt_tokens: promptSize, completion_tokens: size, total_tokens: promptSize + size };
}

function drained({ response, gone }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}
