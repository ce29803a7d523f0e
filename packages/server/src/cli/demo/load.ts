/**
 * The demo's load: a million transfers between a thousand accounts, made from a seed, so that who remembers only how
 * many were acknowledged can make each of them again and ask the ledger for it. Sent first by a process that is about
 * to be killed, later by the demo itself.
 */

import {
  AccountBatch,
  CreateTransferStatus,
  decodeTransfer,
  type Ledger,
  TRANSFER_SIZE,
  TransferBatch,
} from 'tallystick/internal/model';
import { type Latencies, Load, runSenders } from '../../benchmark/index.ts';

export const DEMO_TRANSFERS = 1_000_000;
/** Small enough that a kill finds many of them under way. */
export const DEMO_BATCH = 4000;
/** Far from the numbers that a book's commodities get. */
export const DEMO_LEDGER = 1_000_000;
const OUTSTANDING = 4;

export function demoLoad(): Load {
  return new Load({
    ledger: DEMO_LEDGER,
    seed: 1,
    accountCount: 1000,
    accountCountHot: 0,
    transferHotPercent: 0,
    accountDistribution: 'zipfian',
    idOrder: 'random',
    history: false,
    imported: false,
    pendingPercent: 0,
  });
}

/** Those that are there already stay as they are. */
export async function createDemoAccounts(ledger: Ledger, load: Load): Promise<void> {
  const batch = new AccountBatch();
  for (let index = 0; index < load.options.accountCount; index++) batch.add(load.account(index));
  await ledger.createAccounts(batch);
}

export interface Sent {
  readonly milliseconds: number;
  readonly created: number;
  /** Done before the crash, though nobody had heard of it. */
  readonly existed: number;
}

/** Sends the transfers `from` to `to - 1` in batches; `acknowledged` hears how many, counted from 0, are durable. */
export async function sendDemoTransfers(
  ledger: Ledger,
  load: Load,
  range: { readonly from: number; readonly to: number },
  latencies: Latencies | undefined,
  acknowledged: (count: number) => void,
): Promise<Sent> {
  let created = 0;
  let existed = 0;
  const milliseconds = await runSenders(
    Math.ceil((range.to - range.from) / DEMO_BATCH),
    { senders: OUTSTANDING, delay: 0, interval: undefined },
    async (index) => {
      const from = range.from + index * DEMO_BATCH;
      const results = await ledger.createTransfers(batchOf(load, from, Math.min(DEMO_BATCH, range.to - from)));
      for (let event = 0; event < results.count; event++) {
        const status = results.status(event);
        if (status === CreateTransferStatus.created) created++;
        else if (status === CreateTransferStatus.exists) existed++;
        else throw new Error(`transfer ${from + event} of the demo ended with ${CreateTransferStatus[status]}`);
      }
    },
    (index, latency) => {
      latencies?.add(latency);
      // Replies come in the order of the requests, so all before this one are acknowledged as well.
      acknowledged(Math.min(range.to, range.from + (index + 1) * DEMO_BATCH));
    },
  );
  return { milliseconds, created, existed };
}

/** A few of them, for people who watch. */
export async function sendDemoSlice(ledger: Ledger, load: Load, from: number, count: number): Promise<void> {
  await ledger.createTransfers(batchOf(load, from, count));
}

function batchOf(load: Load, from: number, count: number): TransferBatch {
  const batch = new TransferBatch(count);
  while (batch.count < count) batch.add();
  batch.bytes.set(load.transfers(from, count));
  return batch;
}

/** How many of the transfers 0 to count - 1 are in the ledger exactly as they were sent. */
export async function countIntact(ledger: Ledger, load: Load, count: number): Promise<number> {
  let intact = 0;
  for (let from = 0; from < count; from += DEMO_BATCH) {
    const length = Math.min(DEMO_BATCH, count - from);
    const at = load.transfers(from, length).byteOffset;
    const sent = Array.from({ length }, (_, index) => decodeTransfer(load.cells, at + index * TRANSFER_SIZE));
    const found = await ledger.lookupTransfers(sent.map(({ id }) => id));
    // Those found come in the order in which they were asked for.
    let next = 0;
    for (const transfer of sent) {
      const stored = found[next];
      if (stored?.id !== transfer.id) continue;
      next++;
      const same =
        stored.debit_account_id === transfer.debit_account_id &&
        stored.credit_account_id === transfer.credit_account_id &&
        stored.amount === transfer.amount &&
        stored.user_data_128 === transfer.user_data_128 &&
        stored.user_data_64 === transfer.user_data_64 &&
        stored.user_data_32 === transfer.user_data_32 &&
        stored.ledger === transfer.ledger &&
        stored.code === transfer.code &&
        stored.flags === transfer.flags;
      if (same) intact++;
    }
  }
  return intact;
}
