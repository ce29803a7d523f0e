/** One request of an authority, within a time and a size: what it says is believed no further than ACME needs. */
import { type IncomingHttpHeaders, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { TallystickError } from 'tallystick/internal/model';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** JSON of a JWS. */
  readonly body?: string;
  /** PEM of the authority behind https; left out: those that Node.js knows. */
  readonly ca?: string | undefined;
}

const TIMEOUT_MS = 10_000;
const SIZE_MAX = 256 * 1024;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Rejects with `unreachable`. Addresses come from the authority: they are https, or on this machine. */
export function ask(address: string, { method, body, ca }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      const { code, message } = cause as NodeJS.ErrnoException;
      reject(new TallystickError('unreachable', `the authority at ${address}: ${code ?? message}`, { cause }));
    };
    if (!isSafe(address)) {
      fail(new Error('its address is neither https nor on this machine'));
      return;
    }
    const answered = (response: IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > SIZE_MAX) response.destroy(new Error(`its answer has more than ${SIZE_MAX} characters`));
      });
      response.once('error', fail);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    };
    const headers = {
      'user-agent': 'tallystick',
      ...(body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': body.length }),
    };
    const options = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const request = address.startsWith('https:')
      ? secure(address, { ...options, ca }, answered)
      : plain(address, options, answered);
    request.once('error', fail).end(body);
  });
}

function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}
