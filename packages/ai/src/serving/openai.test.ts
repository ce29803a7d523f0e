/** The OpenAI API over the tiny model: by hand, and by the client of PyPI. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { casesOf, skip, tiny } from '../../test/language.ts';
import { python, skipWithout } from '../../test/python.ts';
import { Engine } from '../language/engine.ts';
import { TextCodec } from '../language/tokenizer.ts';
import { AiServer } from './ai-server.ts';
import { Quotas } from './callers.ts';
import { ServingMetrics } from './metrics.ts';

const { p1, chat } = casesOf('tiny-qwen2');
let engine: Engine;
let server: AiServer;
const metrics = new ServingMetrics();

before(async () => {
  if (skip !== false) return;
  const model = tiny();
  engine = await Engine.open(model, { context: 512, slots: 4, watch: metrics.watch('tiny', () => engine) });
  const codec = new TextCodec(model.tokenizerFiles());
  server = await AiServer.listen({ languages: new Map([['tiny', { engine, codec }]]), metrics });
});
after(async () => {
  await server?.close();
  await engine?.close();
});

const post = (path: string, body: object | string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

interface Completion {
  readonly choices: readonly {
    readonly text: string;
    readonly finish_reason: string;
    readonly message: { readonly content: string };
  }[];
  readonly usage: object;
}

const completion = { model: 'tiny', prompt: p1!.text, max_tokens: 32, temperature: 0 };

/** The events of a stream. */
async function eventsOf(response: Response): Promise<string[]> {
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
}

test('a completion has the golden text, whole and as a stream', { skip }, async () => {
  const whole = (await (await post('/v1/completions', completion)).json()) as Completion;
  assert.equal(whole.choices[0]!.text, p1!.greedy_text);
  assert.equal(whole.choices[0]!.finish_reason, 'length');
  assert.deepEqual(whole.usage, { prompt_tokens: 8, completion_tokens: 32, total_tokens: 40 });
  const events = await eventsOf(
    await post('/v1/completions', { ...completion, stream: true, stream_options: { include_usage: true } }),
  );
  assert.equal(events.pop(), '[DONE]');
  const parts = events.map((event) => JSON.parse(event) as Completion);
  assert.deepEqual(parts.at(-1)!.usage, whole.usage);
  assert.equal(parts.map(({ choices }) => choices[0]?.text ?? '').join(''), p1!.greedy_text);
  const tokens = await post('/v1/completions', { ...completion, prompt: p1!.input_ids });
  assert.equal(((await tokens.json()) as Completion).choices[0]!.text, p1!.greedy_text);
});

test('a chat follows the template, and a stop word ends it', { skip }, async () => {
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'What is a pending transfer?' }] }];
  const asked = { model: 'tiny', messages, max_completion_tokens: 32, temperature: 0 };
  const whole = (await (await post('/v1/chat/completions', asked)).json()) as Completion;
  assert.equal(whole.choices[0]!.message.content, chat!.greedy_text);
  const stopped = (await (await post('/v1/chat/completions', { ...asked, stop: 'json' })).json()) as Completion;
  assert.equal(stopped.choices[0]!.message.content, chat!.greedy_text!.split('json')[0]);
  assert.equal(stopped.choices[0]!.finish_reason, 'stop');
});

test('what cannot be done is refused by the name of its parameter', { skip }, async () => {
  const bad: [object | string, string | null, number][] = [
    ['{', null, 400],
    [{ ...completion, model: 'gone' }, 'model', 404],
    [{ ...completion, n: 2 }, 'n', 400],
    [{ ...completion, temperature: 9 }, 'temperature', 400],
    [{ ...completion, max_tokens: 0 }, 'max_tokens', 400],
    [{ ...completion, prompt: [] }, 'prompt', 400],
    [{ ...completion, prompt: [5000] }, 'prompt', 400],
    [{ ...completion, stop: [1] }, 'stop', 400],
    [{ ...completion, prompt: new Array(512).fill(1) }, 'prompt', 400],
  ];
  for (const [body, param, status] of bad) {
    const response = await post('/v1/completions', body);
    const { error } = (await response.json()) as { error: { param: string | null; message: string } };
    assert.deepEqual([response.status, error.param], [status, param], error.message);
  }
  assert.equal((await post('/v1/completions', completion, { origin: 'http://example.com' })).status, 403);
});

test('a caller that leaves a stream ends its answer', { skip }, async () => {
  const leaving = new AbortController();
  const body = JSON.stringify({ ...completion, max_tokens: 400, stream: true });
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/completions`, {
    method: 'POST',
    body,
    signal: leaving.signal,
  });
  await response.body!.getReader().read();
  assert.equal(engine.counts.active, 1);
  leaving.abort();
  while (engine.counts.active > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const { text } = await metrics.print();
  const told = /tokens_total\{model="tiny",kind="answer"\} (\d+)/.exec(text);
  assert.ok(Number(told?.[1]) > 0);
});

test('callers are who they show to be, and a tenant has its share', { skip }, async () => {
  const identify = (authorization: string | undefined) =>
    authorization === undefined
      ? Promise.reject(Object.assign(new Error('no token'), { code: 'unauthenticated' }))
      : Promise.resolve({ subject: 's', tenant: authorization.split(' ')[1]! });
  const codec = new TextCodec(tiny().tokenizerFiles());
  const languages = new Map([['tiny', { engine, codec }]]);
  const quotas = new Quotas({ small: { perMinute: 2 }, '*': { atOnce: 8 } });
  const own = await AiServer.listen({ languages, metrics, identify, quotas });
  const ask = (tenant: string) =>
    fetch(`http://127.0.0.1:${own.port}/v1/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant}` },
      body: JSON.stringify({ ...completion, max_tokens: 1 }),
    });
  assert.deepEqual([(await ask('small')).status, (await ask('small')).status], [200, 200]);
  const third = await ask('small');
  assert.equal(third.status, 429);
  assert.ok(Number(third.headers.get('retry-after')) > 0);
  assert.equal((await ask('large')).status, 200);
  await own.close();
  await assert.rejects(AiServer.listen({ host: '0.0.0.0', metrics }), { code: 'configuration_invalid' });
});

const client = `
import json, sys
from openai import OpenAI, NotFoundError
o = OpenAI(base_url=sys.argv[1], api_key='none', max_retries=0)
d = dict(model='tiny', max_tokens=32, temperature=0)
q = dict(**d, messages=[{'role': 'user', 'content': 'What is a pending transfer?'}])
t = o.completions.create(**d, prompt='The ledger posts a transfer when')
s = list(o.chat.completions.create(**q, stream=True, stream_options={'include_usage': True}))
try: o.models.retrieve('gone'); missing = None
except NotFoundError as e: missing = e.code
c = o.chat.completions.create(**q, logprobs=True, top_logprobs=2)
print(json.dumps(dict(
  models=[m.id for m in o.models.list()], missing=missing,
  chat=c.choices[0].message.content, logprobs=[len(t.top_logprobs) for t in c.choices[0].logprobs.content],
  stream=''.join(p.choices[0].delta.content or '' for p in s if p.choices), usage=s[-1].usage.total_tokens,
  text=t.choices[0].text)))
`;

test('the client openai of PyPI lists models, chats, streams and completes', {
  skip: skip || skipWithout('openai'),
}, async () => {
  const found = await python(client, `http://127.0.0.1:${server.port}/v1`);
  assert.deepEqual(found, {
    models: ['tiny'],
    missing: 'not_found',
    chat: chat!.greedy_text,
    logprobs: new Array(32).fill(2),
    stream: chat!.greedy_text,
    usage: 41 + 32,
    text: p1!.greedy_text,
  });
});
