/** A little of everything that servers are asked, several times a second, for those who watch them. */

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ModelRepository, type ServedModels, serveModels } from '../../packages/ai/src/index.ts';
import { Graph } from '../../packages/ai/src/onnx/graph.ts';
import { type AccountInput, connect, type TransferInput } from '../../src/index.ts';
import { type Access, HttpPeer } from './door-clients.ts';

const PAUSE_MS = 200;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

export const accounts: readonly AccountInput[] = Array.from({ length: 8 }, (_, index) => ({
  id: BigInt(index + 1),
  ledger: 1,
  code: 1,
}));
let ids = 1_000_000n;
export const transfer = (debit: bigint, credit: bigint): TransferInput => ({
  id: ids++,
  debit_account_id: debit,
  credit_account_id: credit,
  amount: 1n,
  ledger: 1,
  code: 1,
});

/** Whether it goes on. */
export type Goes = () => boolean;

/** Transfers of a ledger, now and then with an account that does not exist. */
export async function moveMoney(address: string, goes: Goes): Promise<void> {
  await using ledger = await connect(address, { retry: true });
  await ledger.createAccounts(accounts);
  while (goes()) {
    const pairs = accounts.map((_, index) => transfer(BigInt(index + 1), BigInt(((index + 1) % 8) + 1)));
    await ledger.createTransfers([...pairs, transfer(1n, 99n)]);
    await ledger.lookupAccounts([1n]);
    await pause();
  }
}

/** Transfers that are refused, and callers without a token. */
export async function makeTrouble(address: string, token: string, goes: Goes): Promise<void> {
  await using ledger = await connect(address, { token });
  const wrong = { token: 'wrong', reconnectTimeoutMs: 1 };
  while (goes()) {
    await ledger.createTransfers(Array.from({ length: 100 }, () => transfer(98n, 99n)));
    await Promise.allSettled(Array.from({ length: 20 }, () => connect(address, wrong)));
    await pause();
  }
}

/** Somebody who is told of payments, and takes every second event. */
export async function halfDeaf(): Promise<{ readonly url: string; readonly server: Server }> {
  let heard = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(heard++ % 2 === 0 ? 503 : 200).end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

/** One list with one name. */
export function screeningFile(folder: string): string {
  const entity = { id: 'one', schema: 'Person', properties: { name: ['Ruslan Mirzoyev'] } };
  writeFileSync(join(folder, 'list.json'), `${JSON.stringify(entity)}\n`);
  const path = join(folder, 'screening.json');
  writeFileSync(path, JSON.stringify({ lists: [{ path: join(folder, 'list.json'), format: 'ftm' }] }));
  return path;
}

/**
 * Payments that are made, refused and sent to people, and somebody without the right to pay. `hooks`: who is told.
 */
export async function pay(url: string, writer: Access, reader: Access, hooks: string, goes: Goes): Promise<void> {
  const [payments, stranger] = [new HttpPeer(url, writer), new HttpPeer(url, reader)];
  const ask = (path: string, body: object, key?: string) => payments.ask(`/v1/payments${path}`, body, key);
  try {
    for (const [name, kind] of Object.entries({ bank: 'bank', alice: 'customer', shop: 'customer' })) {
      await ask('/accounts', { name, asset: 'EUR', kind });
    }
    await ask('/webhooks', { url: hooks, after: '0' }, 'hook');
    for (let round = 0; goes(); round++) {
      const one = { asset: 'EUR', amount: '1.00', from: 'bank', to: 'alice' };
      await ask('', one, `p-${round}`);
      await ask('', { ...one, from: 'alice', to: 'shop', amount: '9999.00' }, `much-${round}`);
      await ask('', { ...one, parties: ['Ruslan Mirzoev'] }, `named-${round}`);
      await ask('/bulk', { mode: 'independent', payments: [{ ...one, key: `b-${round}` }] });
      await stranger.ask('/v1/payments', one, 'never');
      await pause();
    }
  } finally {
    payments.close();
    stranger.close();
  }
}

/** A language model that ships with the package, and a tensor model in two versions, of which one is a shadow. */
export async function startModels(folder: string): Promise<ServedModels> {
  const models = new ModelRepository(join(folder, 'models'));
  models.set('linear', models.add('linear', linear(folder, 2), { queueMs: 1 }), 'active');
  models.set('linear', models.add('linear', linear(folder, 3), { queueMs: 1 }), 'shadow');
  return serveModels({
    languages: ['tiny-qwen2'],
    models: models.folder,
    listen: '127.0.0.1:0',
    version: '0',
    borders: [],
    context: 64,
  });
}

/** y = x * factor. */
function linear(folder: string, factor: number): string {
  const graph = new Graph('linear');
  graph.input('x', 'float32', ['rows', 1]);
  graph.constant('factor', 'float32', [1], Float32Array.of(factor));
  graph.operator('Mul', ['x', 'factor'], {}, { outputs: ['y'] });
  graph.output('y', 'float32', ['rows', 1]);
  const path = join(folder, `linear-${factor}.onnx`);
  writeFileSync(path, graph.bytes());
  return path;
}

export async function askModels(port: number, goes: Goes): Promise<void> {
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  while (goes()) {
    await (await post('/v1/completions', { model: 'tiny-qwen2', prompt: 'one', max_tokens: 4 })).text();
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }];
    await (await post('/v2/models/linear/infer', { inputs })).text();
    await pause();
  }
}
