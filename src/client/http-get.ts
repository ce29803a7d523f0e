/** A text from an HTTP port, such as that of the metrics, over the described TLS. */
import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ConnectionOptions } from 'node:tls';
import { TallystickError } from '../model/index.ts';
import { adviceOf } from './tls-advice.ts';

export interface GetOptions {
  readonly token: string | undefined;
  /** For https. */
  readonly tls: ConnectionOptions | undefined;
  readonly timeoutMs: number;
}

/** Rejects with `unreachable`. */
export function getText(
  url: string,
  { token, tls, timeoutMs }: GetOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const message = `nothing answers at ${url} (${cause.code ?? cause.message})`;
      reject(new TallystickError('unreachable', message, { cause, next: adviceOf(cause) }));
    };
    const answered = (response: IncomingMessage): void => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), fail);
    };
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { headers, signal: AbortSignal.timeout(timeoutMs) };
    const request = url.startsWith('https:')
      ? secure(url, { ...options, ca: tls?.ca, cert: tls?.cert, key: tls?.key }, answered)
      : plain(url, options, answered);
    request.on('error', fail).end();
  });
}
