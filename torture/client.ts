/**
 * The verifying client: it loads a ledger through doors, remembers what it heard, and asks for all of it when the
 * ledger is back.
 */
import type { Transfer } from '../src/index.ts';
import { transferFlag } from '../testing/model/names.ts';
import type { Door } from './doors.ts';
import { type ClientMemory, checkTransfer, type Sent, Wrong } from './memory.ts';
import type { Tally } from './tally.ts';

/** Ids of one lookup. */
const PAGE = 500;
const LINKED = Number(transferFlag.linked);
/** Unanswered requests of one door. */
const IN_FLIGHT = 4;

const isCode = (error: unknown): error is Error & { code: string } =>
  typeof (error as { code?: unknown }).code === 'string';

/**
 * Sends requests through every door until it rejects, and `next` wants no more. Resolves to the codes of the
 * rejections.
 */
export async function load(
  doors: readonly Door[],
  memory: ClientMemory,
  tally: Tally,
  wantsMore: () => boolean = () => true,
): Promise<Set<string>> {
  const codes = new Set<string>();
  const caller = async (door: Door): Promise<void> => {
    while (wantsMore()) {
      const sent = memory.next(door.name);
      let statuses: string[];
      try {
        statuses = await door.createTransfers(sent.inputs);
      } catch (error) {
        memory.lost(sent);
        codes.add(isCode(error) ? error.code : String(error));
        return;
      }
      checkStatuses(sent, statuses, created);
      memory.answered(sent);
      tally.acknowledged(door.name, sent.inputs.length);
    }
  };
  await Promise.all(doors.flatMap((door) => Array.from({ length: IN_FLIGHT }, () => caller(door))));
  return codes;
}

type Status = (sent: Sent, index: number) => string;

const created: Status = () => 'created';
/**
 * The statuses of events that are sent again after they were done. The first event of a chain exists, so the chain
 * fails, and its other events say so.
 */
const done: Status = ({ inputs }, index) =>
  index > 0 && (Number(inputs[index - 1]!.flags) & LINKED) !== 0 ? 'linked_event_failed' : 'exists';

function checkStatuses(sent: Sent, statuses: readonly string[], expected: Status): void {
  if (statuses.length !== sent.inputs.length) {
    throw new Wrong(`${sent.door}: ${statuses.length} results for ${sent.inputs.length} transfers`);
  }
  for (const [index, status] of statuses.entries()) {
    const should = expected(sent, index);
    if (status !== should) {
      throw new Wrong(`${sent.door}: transfer ${sent.expected[index]!.id} is ${status}, not ${should}`);
    }
  }
}

/**
 * Asks for everything that was acknowledged since the last time and for what nobody knows of: the first is there with
 * its amounts, of the second each request is there wholly or not at all, and balances are the sum. Then sends the
 * second again with the same ids, which answers created or exists.
 */
export async function verify(door: Door, memory: ClientMemory, tally: Tally): Promise<void> {
  const asked = [...memory.acknowledged, ...memory.unknown].flatMap(({ expected }) => expected.map(({ id }) => id));
  const found = await lookup(door, asked);
  for (const { expected } of memory.acknowledged.splice(0)) {
    for (const transfer of expected) {
      const stored = found.get(transfer.id);
      if (stored === undefined) tally.lose(`transfer ${transfer.id} was acknowledged and is not there`);
      else checkTransfer(stored, transfer);
    }
    tally.checked += expected.length;
  }
  const there: Sent[] = [];
  for (const sent of memory.unknown) {
    const stored = sent.expected.filter(({ id }) => found.has(id));
    if (stored.length > 0 && stored.length < sent.expected.length) {
      throw new Wrong(`${stored.length} of ${sent.expected.length} transfers of one request are there`);
    }
    for (const transfer of stored) checkTransfer(found.get(transfer.id)!, transfer);
    if (stored.length > 0) there.push(sent);
  }
  for (const sent of there) memory.found(sent);
  if ((await door.lookupAccounts(memory.accountIds)).length === 0) await door.createAccounts(memory.accountInputs);
  memory.checkAccounts(await door.lookupAccounts(memory.accountIds));
  for (const sent of there) {
    checkStatuses(sent, await door.createTransfers(sent.inputs), done);
    tally.resolvedThere += sent.inputs.length;
  }
  for (const sent of [...memory.unknown]) {
    checkStatuses(sent, await door.createTransfers(sent.inputs), created);
    tally.resolvedAgain += sent.inputs.length;
    memory.found(sent);
  }
  if (asked.length > 0) memory.checkAccounts(await door.lookupAccounts(memory.accountIds));
}

async function lookup(door: Door, ids: readonly bigint[]): Promise<Map<bigint, Transfer>> {
  const found = new Map<bigint, Transfer>();
  for (let from = 0; from < ids.length; from += PAGE) {
    for (const transfer of await door.lookupTransfers(ids.slice(from, from + PAGE))) found.set(transfer.id, transfer);
  }
  return found;
}

/** Reads every transfer of the ledger: each that is known is there once, and no other. */
export async function verifyAll(door: Door, memory: ClientMemory, tally: Tally): Promise<void> {
  const seen = new Set<bigint>();
  let last = 0n;
  for (;;) {
    const page = await door.transfersFrom(last + 1n);
    for (const transfer of page) {
      const expected = memory.known.get(transfer.id);
      if (expected === undefined) throw new Wrong(`transfer ${transfer.id} is there and was never sent`);
      checkTransfer(transfer, expected);
      if (seen.has(transfer.id)) tally.double(`transfer ${transfer.id} is there twice`);
      if (transfer.timestamp <= last) throw new Wrong(`transfer ${transfer.id} is not younger than the one before`);
      seen.add(transfer.id);
      last = transfer.timestamp;
    }
    if (page.length === 0) break;
  }
  for (const id of memory.known.keys()) if (!seen.has(id)) tally.lose(`transfer ${id} is not among all transfers`);
  memory.checkAccounts(await door.lookupAccounts(memory.accountIds));
}
