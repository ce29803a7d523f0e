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
import { connect as connectSocket, type Socket } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decode, encode } from '@msgpack/msgpack';
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
import { Frames } from '../packages/server/src/server/frames.ts';
import { connect, type RemoteLedger, TransferBatch } from '../src/index.ts';
import { type DoorName, endServer, startServer } from './doors/serving.ts';

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
const ACCOUNTS = 10_000;
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

/** One of the two servers, with a load of its door. */
interface Side {
  /** Sends that many transfers, and resolves when all are created. */
  send(transfers: number): Promise<void>;
  close(): Promise<void>;
}

async function nativeSide(address: string, token: string | undefined, batch: number, inFlight: number): Promise<Side> {
  const ledger: RemoteLedger = await connect(address, token === undefined ? {} : { token });
  for (let first = 1; first <= ACCOUNTS; first += 5000) {
    await ledger.createAccounts(
      Array.from({ length: 5000 }, (_, index) => ({ id: BigInt(first + index), ledger: 1, code: 1 })),
    );
  }
  const batches = Array.from({ length: inFlight }, () => {
    const made = new TransferBatch(batch);
    const both = { debit_account_id: 1n, credit_account_id: 2n };
    for (let index = 0; index < batch; index++) made.add({ ...both, id: 1n, amount: 1n, ledger: 1, code: 1 });
    return made;
  });
  let next = 1;
  let left = 0;
  const caller = async (made: TransferBatch): Promise<void> => {
    const view = new DataView(made.bytes.buffer, made.bytes.byteOffset);
    while (left > 0) {
      left -= batch;
      for (let at = 0; at < batch * 128; at += 128) {
        const debit = 1 + (next % ACCOUNTS);
        view.setUint32(at, next++, true);
        view.setUint32(at + 16, debit, true);
        view.setUint32(at + 32, 1 + (debit % ACCOUNTS), true);
      }
      const failure = (await ledger.createTransfers(made)).firstFailure();
      if (failure !== -1) throw new Error(`transfer ${failure} of a batch was not created`);
    }
  };
  return {
    async send(transfers) {
      left = transfers;
      await Promise.all(batches.map(caller));
    },
    close: () => ledger.close(),
  };
}

/** One transfer a message, 256 of them unanswered. */
class MessagePackSide implements Side {
  readonly #socket: Socket;
  readonly #frames = new Frames(1 << 20);
  #next = 1;
  #left = 0;
  #unanswered = 0;
  #done = (): void => {};
  #failed: (error: Error) => void = () => {};

  constructor(address: string, token: string | undefined) {
    this.#socket = connectSocket({ port: Number(new URL(address).port), host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#failed(error));
    if (token !== undefined) this.#write({ id: 0, op: 'hello', token });
  }

  #write(message: unknown): void {
    const body = encode(message);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(body.length);
    this.#socket.write(head);
    this.#socket.write(body);
    this.#unanswered++;
  }

  #receive(chunk: Buffer): void {
    const frames = this.#frames;
    frames.push(chunk);
    while (frames.next()) {
      const reply = decode(frames.bytes.subarray(frames.start, frames.end));
      const [, error, results] = Array.isArray(reply) ? reply : [0, (reply as { error?: unknown }).error ?? null, []];
      const wrong = (results as { status?: string }[]).find(({ status }) => status !== 'created');
      if (error !== null || wrong !== undefined) this.#failed(new Error(JSON.stringify(reply)));
      this.#unanswered--;
    }
    this.#fill();
  }

  #fill(): void {
    this.#socket.cork();
    for (; this.#unanswered < 256 && this.#left > 0; this.#left--) {
      const id = this.#next++;
      const debit = 1 + (id % ACCOUNTS);
      const credit = 1 + (debit % ACCOUNTS);
      const transfer = { id, debit_account_id: debit, credit_account_id: credit, amount: 1, ledger: 1, code: 1 };
      this.#write([id, 'create_transfers', [transfer]]);
    }
    this.#socket.uncork();
    if (this.#unanswered === 0) this.#done();
  }

  async furnish(): Promise<void> {
    for (let first = 1; first <= ACCOUNTS; first += 5000) {
      const accounts = Array.from({ length: 5000 }, (_, index) => ({ id: first + index, ledger: 1, code: 1 }));
      this.#write([-first, 'create_accounts', accounts]);
    }
    await this.send(0);
  }

  send(transfers: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#left = transfers;
      this.#fill();
    });
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return Promise.resolve();
  }
}

async function messagePackSide(address: string, token: string | undefined): Promise<Side> {
  const side = new MessagePackSide(address, token);
  await side.furnish();
  return side;
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
