/**
 * Reading `create_transfers` from MessagePack (docs/adr/0011-messagepack-read-by-hand.md): by the library and our
 * checks, or by our own reader, which knows this one message. Both leave the same wire bytes.
 *
 *   node dist/bench/alternatives/msgpack.js [--rounds 5]      JSON, one object
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Encoder } from '@msgpack/msgpack';
import { commit, machine } from '../../packages/server/src/benchmark/index.ts';
import { decodeMessage, readTransfers } from '../../packages/server/src/msgpack/index.ts';
import { operationsByName, packEvents } from '../../src/wire/index.ts';

const MESSAGES = 1000;
const REPEATS = 400;
const operation = operationsByName.get('create_transfers')!;
const encoder = new Encoder({ useBigInt64: true });

/** `wide`: ids of 128 bits as text, user data and every field. */
function messages(events: number, wide: boolean): Buffer[] {
  return Array.from({ length: MESSAGES }, (_, message) => {
    const transfers = Array.from({ length: events }, (_, index) => {
      const id = 1_000_000 + message * events + index;
      const plain = {
        id,
        debit_account_id: 1 + (id % 10_000),
        credit_account_id: 1 + ((id * 7) % 10_000),
        amount: 1 + (id % 1000),
      };
      if (!wide) return { ...plain, ledger: 1, code: 1 };
      const far = String((1n << 120n) + BigInt(id));
      return {
        ...plain,
        id: far,
        user_data_128: far,
        user_data_64: BigInt(id) << 20n,
        user_data_32: id,
        ledger: 1,
        code: 1,
        flags: 0,
      };
    });
    return Buffer.from(encoder.encode({ id: message, op: operation.name, events: transfers }));
  });
}

const candidates: { readonly [name: string]: (body: Buffer) => Uint8Array } = {
  '@msgpack/msgpack, then our checks': (body) => packEvents(operation, decodeMessage(body).events).bytes,
  'our own reader': (body) => readTransfers(body, 0, body.length)!.bytes,
};

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const load_average = loadavg()[0]!;
const rows: Record<string, string | number>[] = [];
for (const [what, events, wide] of [
  ['one plain transfer', 1, false],
  ['one with wide ids and user data', 1, true],
  ['100 plain transfers', 100, false],
] as const) {
  const bodies = messages(events, wide);
  const [expected, found] = Object.values(candidates).map((read) => bodies.map((body) => Buffer.from(read(body))));
  if (!expected!.every((bytes, index) => bytes.equals(found![index]!))) throw new Error(`${what}: not the same bytes`);
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, read] of Object.entries(candidates)) {
      const began = performance.now();
      for (let repeat = 0; repeat < REPEATS / events; repeat++) for (const body of bodies) read(body);
      const nanoseconds = ((performance.now() - began) * 1e6) / ((REPEATS / events) * MESSAGES * events);
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, nanoseconds));
    }
  }
  for (const [name, nanoseconds] of best) {
    rows.push({ message: what, 'read by': name, 'ns a transfer, best round': Math.round(nanoseconds) });
  }
}
const command = `node dist/bench/alternatives/msgpack.js --rounds ${rounds}`;
const date = new Date().toISOString().slice(0, 10);
console.log(JSON.stringify({ date, command, commit: commit(), machine: machine(), load_average, rows }, null, 2));
