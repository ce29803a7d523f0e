/**
 * A bank behind HTTP, as the simulated bank of this package is: files are posted, messages fetched and confirmed.
 *
 *   POST /files                   the file               201: taken, 200: known
 *   GET  /messages                                       [{"id": "1", "body": "<?xml…"}]
 *   POST /messages/confirmation   {"ids": ["1"]}         200
 */
import { invalid, TallystickError } from 'tallystick/internal/model';
import type { Bank, BankFile, BankMessage } from './rail.ts';

const TIMEOUT_MS = 10_000;
const BYTES_MAX = 64 * 1024 * 1024;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

export class HttpBank implements Bank {
  readonly #url: string;

  /** Throws `invalid_argument` for what is no address, and for `http` that leaves this machine. */
  constructor(url: string) {
    let parsed: URL;
    try {
      parsed = new URL(url);
    } catch {
      throw invalid('the address of a bank is one such as https://bank.example');
    }
    const isHere = parsed.protocol === 'http:' && LOOPBACK.has(parsed.hostname);
    if (parsed.protocol !== 'https:' && !isHere)
      throw invalid('a bank beyond this machine is reached over https alone');
    this.#url = url.replace(/\/+$/, '');
  }

  async send({ format, bytes }: BankFile): Promise<'taken' | 'known'> {
    const type = format === 'nacha' ? 'text/plain' : 'application/xml';
    const { status } = await this.#ask('POST', '/files', type, bytes);
    return status === 201 ? 'taken' : 'known';
  }

  async messages(): Promise<readonly BankMessage[]> {
    const { text } = await this.#ask('GET', '/messages');
    const found: unknown = JSON.parse(text);
    if (!Array.isArray(found)) throw notUnderstood();
    return found.map((one: { readonly id?: unknown; readonly body?: unknown } | null) => {
      if (typeof one?.id !== 'string' || typeof one.body !== 'string') throw notUnderstood();
      return { id: one.id, bytes: new TextEncoder().encode(one.body) };
    });
  }

  async confirm(ids: readonly string[]): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify({ ids }));
    await this.#ask('POST', '/messages/confirmation', 'application/json', body);
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    type?: string,
    body?: Uint8Array,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const sent =
      body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': type! } };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(this.#url + path, { method, signal, redirect: 'error', ...sent });
    const text = await limited(response);
    if (response.status === 200 || response.status === 201) return { status: response.status, text };
    throw new TallystickError('connection_lost', `the bank answered ${response.status}: ${text.slice(0, 200)}`);
  }
}

async function limited(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > BYTES_MAX) throw notUnderstood();
  }
  return text + decoder.decode();
}

const notUnderstood = (): TallystickError =>
  new TallystickError('connection_lost', 'the bank answered what is no list of messages');
