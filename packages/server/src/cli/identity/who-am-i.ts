/** `tallystick identity who-am-i`: asks a server at its HTTP door. */
import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { describe } from 'tallystick/internal/client';
import { TallystickError } from 'tallystick/internal/model';
import { printable } from '../printable.ts';

const TIMEOUT_MS = 10_000;
const SIZE_MAX = 65_536;

/** Exit code 1 if the server does not know the caller. */
export async function whoAmI(address: string, options: { credential?: string; json?: boolean }): Promise<number> {
  if (!/^https?:\/\//.test(address)) {
    throw new TallystickError('invalid_argument', `${printable(address)} is no address of an HTTP door (http, https)`);
  }
  const described = describe([address]);
  const token =
    options.credential === undefined
      ? await (typeof described.token === 'function' ? described.token() : described.token)
      : readFileSync(options.credential, 'utf8').trim();
  const { status, text } = await ask(new URL('/v1/identity', described.addresses[0]), token, described.tls?.() ?? {});
  if (status === 401) {
    console.log(options.json === true ? JSON.stringify({ taken: false }) : 'the server does not know this caller');
    return 1;
  }
  if (status !== 200) throw new TallystickError('unreachable', `the server answered with status ${status}`);
  if (options.json === true) console.log(JSON.stringify({ taken: true, ...JSON.parse(text) }));
  else
    for (const [name, value] of Object.entries(JSON.parse(text))) console.log(`${name}: ${printable(String(value))}`);
  return 0;
}

function ask(url: URL, token: string | undefined, tls: object): Promise<{ status: number; text: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const lost = (cause: Error): void =>
      reject(new TallystickError('unreachable', `${url.origin}: ${cause.message}`, { cause }));
    const make = url.protocol === 'https:' ? tlsRequest : plainRequest;
    const asked = make(url, { ...tls, headers, timeout: TIMEOUT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > SIZE_MAX) response.destroy(new Error('the answer does not end'));
      });
      response.on('error', lost).on('end', () => resolve({ status: response.statusCode!, text }));
    });
    asked.on('timeout', () => asked.destroy(new Error('there was no answer in time')));
    asked.on('error', lost).end();
  });
}
