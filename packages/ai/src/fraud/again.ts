/**
 * A second attempt. An event that was sent before is scored otherwise now, so the ledger answers that it `exists` with
 * something different. What was stored carries its decision: made into the same event as then, and sent once more, it
 * is answered as it would be without scores: `exists`, or what the caller really changed.
 */
import {
  Cells,
  CREATE_TRANSFER_RESULT_SIZE,
  CreateTransferResultOffset,
  NO_CONTEXT,
  Operation,
  type Port,
  CreateTransferStatus as Status,
  TRANSFER_SIZE,
  TransferOffset,
} from 'tallystick/internal';
import { applyDecision, isPayment } from './decision.ts';
import { wide } from './feed.ts';
import type { Rows } from './rows.ts';

/** Statuses that another decision on the same event causes. */
const OTHERWISE: ReadonlySet<number> = new Set([
  Status.exists_with_different_flags,
  Status.exists_with_different_amount,
  Status.exists_with_different_timeout,
  Status.exists_with_different_user_data_32,
]);

export function statusAt(results: Cells, event: number): number {
  return results.view.getUint32(event * CREATE_TRANSFER_RESULT_SIZE + CreateTransferResultOffset.status, true);
}

export function putStatus(results: Cells, event: number, status: number): void {
  results.view.setUint32(event * CREATE_TRANSFER_RESULT_SIZE + CreateTransferResultOffset.status, status, true);
}

/** Chains and single events that were perhaps sent before. */
export function perhapsAgain(rows: Rows, results: Cells): [number, number][] {
  const found: [number, number][] = [];
  for (let from = 0, to = 0; from < rows.count; from = to) {
    to = rows.chainEnd(from);
    for (let event = from; event < to; event++) {
      if (rows.words[event] === 0) continue;
      const status = statusAt(results, event);
      const refused = rows.refused[event] === 1 && status === Status.reserved_flag;
      if (!OTHERWISE.has(status) && !refused) continue;
      found.push([from, to]);
      break;
    }
  }
  return found;
}

/** What is stored under the events' ids: the decision's word and the timeout. */
type Stored = ReadonlyMap<bigint, { readonly word: number; readonly timeout: number }>;

/** Sends the chains as they were decided before, and puts the answers and the words into `results` and `rows`. */
export async function sendAgain(port: Port, rows: Rows, chains: [number, number][], results: Cells): Promise<void> {
  const events = chains.flatMap(eventsOf);
  const stored = await lookUp(port, rows, events);
  const idOf = (event: number): bigint => wide(rows.events, event * TRANSFER_SIZE);
  // A chain is stored as a whole or not at all.
  const known = chains.filter(([from]) => stored.has(idOf(from))).flatMap(eventsOf);
  if (known.length === 0) return;
  const sent = Cells.of(known.length * TRANSFER_SIZE);
  for (const [index, event] of known.entries()) {
    const at = event * TRANSFER_SIZE;
    sent.bytes.set(rows.events.bytes.subarray(at, at + TRANSFER_SIZE), index * TRANSFER_SIZE);
    const { word, timeout } = stored.get(idOf(event)) ?? { word: 0, timeout: 0 };
    rows.words[event] = word;
    rows.refused[event] = 0;
    if (isPayment(rows.flags(event))) applyDecision(sent, index * TRANSFER_SIZE, word, timeout);
  }
  await port.request({
    operation: Operation.create_transfers,
    count: known.length,
    write: (cells, at) => cells.bytes.set(sent.bytes, at),
    read: (cells, at) => {
      for (const [index, event] of known.entries()) {
        const from = at + index * CREATE_TRANSFER_RESULT_SIZE;
        const result = cells.bytes.subarray(from, from + CREATE_TRANSFER_RESULT_SIZE);
        results.bytes.set(result, event * CREATE_TRANSFER_RESULT_SIZE);
      }
    },
    context: NO_CONTEXT,
  });
}

const eventsOf = ([from, to]: [number, number]): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

function lookUp(port: Port, rows: Rows, events: readonly number[]): Promise<Stored> {
  return port.request({
    operation: Operation.lookup_transfers,
    count: events.length,
    write: (cells, at) => {
      for (const [index, event] of events.entries()) {
        const id = rows.events.bytes.subarray(event * TRANSFER_SIZE, event * TRANSFER_SIZE + 16);
        cells.bytes.set(id, at + index * 16);
      }
    },
    read: (cells, at, size) => {
      const stored = new Map<bigint, { word: number; timeout: number }>();
      for (let from = at; from < at + size; from += TRANSFER_SIZE) {
        const word = cells.view.getUint32(from + TransferOffset.user_data_32, true);
        const timeout = cells.view.getUint32(from + TransferOffset.timeout, true);
        stored.set(wide(cells, from), { word, timeout });
      }
      return stored;
    },
    context: NO_CONTEXT,
  });
}
