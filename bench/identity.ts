/**
 * `npm run bench -- identity`: what it costs to know who asks. Credentials on their own, and the same load through a
 * door of two servers, of which one knows its callers by API keys and keeps an audit trail, as it does by default. The
 * two take turns of some hundred milliseconds, so that whatever else the machine does meets both; each turn is compared
 * with the other's next to it, and the median tells.
 *
 *   --json             one object with rows, commit, machine and load
 *   --turns 30         of each server
 *   --only msgpack     rows whose names begin so
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import {
  ApiKeyAuthenticator,
  type Authenticator,
  digestOfApiKey,
  EMPTY_IDENTITY_FILE,
  JwtAuthenticator,
  makeApiKey,
  Roster,
} from '../packages/server/src/identity/index.ts';
import { type DoorName, endServer, startServer } from './doors/serving.ts';
import { messagePackSide, nativeSide, type Side } from './doors/sides.ts';

interface IdentityRow {
  readonly row: string;
  readonly measured: number;
  readonly must: number;
  readonly aim: number;
  readonly unit: 'us' | '%';
  readonly met: boolean;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    turns: { type: 'string', default: '30' },
    only: { type: 'string', default: '' },
  },
});
const turns = Number(values.turns);
const PEPPER = 'the pepper of a measurement';
const BATCH = 8189;
const ROUNDS = 9;

const median = (found: readonly number[]): number => [...found].sort((a, b) => a - b)[found.length >> 1]!;

/** Microseconds for one: the least of nine rounds, which is the one that others disturbed least. */
async function eachUs(authenticator: Authenticator, tokens: readonly string[], times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const part = tokens.length === 1 ? tokens : tokens.slice(round * times, (round + 1) * times);
    const began = performance.now();
    for (let time = 0; time < times; time++) await authenticator.authenticate(part[time % part.length]);
    least = Math.min(least, ((performance.now() - began) * 1000) / times);
  }
  return least;
}

const key = makeApiKey();
const record = { id: key.id, digest: digestOfApiKey(PEPPER, key.text).toString('hex'), subject: 'till', role: 'write' };
const file = { ...EMPTY_IDENTITY_FILE, keys: [{ ...record, created: new Date().toISOString() }] };

async function tokensOf(signing: CryptoKey, count: number): Promise<string[]> {
  const made: string[] = [];
  for (let n = 0; n < count; n++) {
    const token = new SignJWT({ role: 'write' })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject(`till-${n}`);
    made.push(await token.setIssuer('bench').setAudience('tallystick').setExpirationTime('10m').sign(signing));
  }
  return made;
}

async function credentials(): Promise<readonly [row: string, measured: number][]> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] };
  const jwt = new JwtAuthenticator({ keys, issuer: 'bench', audience: 'tallystick' });
  const known = new ApiKeyAuthenticator(PEPPER, new Roster(file));
  const fresh = await tokensOf(privateKey, ROUNDS * 200);
  const found: [string, number][] = [
    ['a token that was seen before', await eachUs(jwt, fresh.slice(0, 1), 100_000)],
    ['an API key that was seen before', await eachUs(known, [key.text], 100_000)],
    ['a new token, ES256', await eachUs(jwt, fresh, 200)],
  ];
  jwt.close();
  return found;
}

/** By how much the door is slower when callers are known, percent. */
async function slower(
  door: DoorName,
  transfers: number,
  open: (address: string, token: string | undefined) => Promise<Side>,
): Promise<number> {
  const identities = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const path = join(identities, 'identity.json');
  writeFileSync(path, JSON.stringify(file));
  writeFileSync(`${path}.pepper`, PEPPER, { mode: 0o600 });
  const folders = [0, 1].map(() => mkdtempSync(join(process.cwd(), 'tallystick-bench-')));
  const served = await Promise.all([
    startServer(folders[0]!, door),
    startServer(folders[1]!, door, ['--identity-file', path]),
  ]);
  try {
    const sides = [await open(served[0].address, undefined), await open(served[1].address, key.text)] as const;
    const timed = async (side: Side): Promise<number> => {
      const began = performance.now();
      await side.send(transfers);
      return performance.now() - began;
    };
    const shares: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const [first, second] = turn % 2 === 0 ? [0, 1] : [1, 0];
      const ms: number[] = [];
      ms[first!] = await timed(sides[first as 0 | 1]);
      ms[second!] = await timed(sides[second as 0 | 1]);
      // The first quarter is the compiler's.
      if (turn >= turns / 4) shares.push((ms[1]! / ms[0]! - 1) * 100);
    }
    for (const side of sides) await side.close();
    return median(shares);
  } finally {
    for (const { child } of served) await endServer(child);
    for (const folder of [...folders, identities]) rmSync(folder, { recursive: true, force: true });
  }
}

const limits: Readonly<Record<string, Pick<IdentityRow, 'must' | 'aim' | 'unit'>>> = {
  'a token that was seen before': { must: 5, aim: 1, unit: 'us' },
  'an API key that was seen before': { must: 5, aim: 1, unit: 'us' },
  'a new token, ES256': { must: 300, aim: 200, unit: 'us' },
  'native/batch-8189, slower by': { must: 3, aim: 1, unit: '%' },
  'native/callers-64, slower by': { must: 15, aim: 10, unit: '%' },
  'msgpack/single, slower by': { must: 15, aim: 10, unit: '%' },
};

const [load] = loadavg();
const doors: Readonly<Record<string, () => Promise<number>>> = {
  'native/batch-8189, slower by': () =>
    slower('tcp', 20 * BATCH, (address, token) => nativeSide(address, token, BATCH, 3)),
  'native/callers-64, slower by': () => slower('tcp', 6000, (address, token) => nativeSide(address, token, 1, 64)),
  'msgpack/single, slower by': () => slower('msgpack', 8000, messagePackSide),
};
const found: (readonly [row: string, measured: number])[] = values.only === '' ? [...(await credentials())] : [];
for (const [row, measure] of Object.entries(doors)) {
  if (row.startsWith(values.only)) found.push([row, await measure()]);
}
const rows: IdentityRow[] = found.map(([row, exact]) => {
  const measured = Math.round(exact * 100) / 100;
  const { must, aim, unit } = limits[row]!;
  return { row, measured, must, aim, unit, met: measured <= must };
});
if (values.json === true) console.log(JSON.stringify({ rows, commit: commit(), machine: machine(), load }, null, 2));
else {
  const columns = [
    { title: 'identity', align: 'left' },
    { title: 'must', align: 'right' },
    { title: 'aim', align: 'right' },
    { title: 'measured', align: 'right' },
  ] as const;
  const lines = rows.map(({ row, must, aim, measured, unit }) => [
    row,
    `${must} ${unit}`,
    `${aim} ${unit}`,
    `${measured} ${unit}`,
  ]);
  console.log(table(columns, lines));
}
if (rows.some(({ met }) => !met)) process.exitCode = 1;
