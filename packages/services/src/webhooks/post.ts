/** One attempt to deliver: a POST that follows nobody's directions, reads little, and ends in time. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Reach } from './reach.ts';

/** What became of an attempt. */
export interface Attempt {
  /** 0: there was no answer. */
  readonly status: number;
  /** Why it failed, in a few words; undefined: it is delivered. */
  readonly error?: string;
  /** The receiver wants it to be so many milliseconds later. */
  readonly retryMs?: number;
}

export interface PostOptions {
  readonly reach: Reach;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const ANSWER_SIZE_MAX = 65_536;
const RETRY_MS_MAX = 3_600_000;
const SECOND = 1000;

export class Poster {
  readonly #options: PostOptions;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(options: PostOptions) {
    this.#options = options;
    const agent = { keepAlive: true, maxSockets: 4, lookup: options.reach.lookup };
    this.#http = new HttpAgent(agent);
    this.#https = new HttpsAgent(agent);
  }

  /** Never rejects: what fails is an attempt that failed. */
  async post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Attempt> {
    const first = await this.#once(url, headers, body);
    // The receiver had closed a connection that was kept; it is asked again on a new one.
    return first === 'stale' ? this.#last(url, headers, body) : first;
  }

  async #last(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Attempt> {
    const second = await this.#once(url, headers, body);
    return second === 'stale' ? { status: 0, error: 'the receiver closed the connection' } : second;
  }

  #once(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Attempt | 'stale'> {
    const { timeoutMs, signal } = this.#options;
    const isTls = url.protocol === 'https:';
    const send = isTls ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const request = send(url, {
        method: 'POST',
        agent: isTls ? this.#https : this.#http,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Tallystick',
          ...headers,
        },
      });
      // The whole attempt, from the name to the last byte: a receiver that drips bytes gains no time.
      const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
      const end = (attempt: Attempt | 'stale'): void => {
        clearTimeout(timer);
        resolve(attempt);
      };
      request.once('response', (response) => void read(response).then(end));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        end(isStale ? 'stale' : { status: 0, error: error.message });
      });
      request.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

async function read(response: IncomingMessage): Promise<Attempt> {
  const status = response.statusCode ?? 0;
  let size = 0;
  try {
    // It says nothing that is wanted; read to its end, the connection can be used again.
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      if (size > ANSWER_SIZE_MAX) response.destroy();
    }
  } catch {
    // The status came, and that was the answer.
  }
  if (status >= 200 && status < 300) return { status };
  const wait = Number(response.headers['retry-after']);
  const retryMs = Number.isFinite(wait) && wait > 0 ? { retryMs: Math.min(wait * SECOND, RETRY_MS_MAX) } : {};
  return { status, error: `the receiver answered ${status}`, ...retryMs };
}
