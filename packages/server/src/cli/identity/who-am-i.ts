/** `tallystick identity who-am-i`: asks a server at its HTTP door. */
import { readFileSync } from 'node:fs';
import { describe, getText } from 'tallystick/internal/client';
import { TallystickError } from 'tallystick/internal/model';
import { printable } from '../printable.ts';

const TIMEOUT_MS = 10_000;

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
  const { href } = new URL('/v1/identity', described.addresses[0]);
  const { status, text } = await getText(href, { token, tls: described.tls?.(), timeoutMs: TIMEOUT_MS });
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
