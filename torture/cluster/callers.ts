/**
 * Callers who remember what they were told. Each group of accounts has one caller at every door, and nothing crosses
 * groups, so that a checker can look at each for itself.
 */
import type { TransferInput } from '../../src/index.ts';
import type { Random } from '../../testing/model/random.ts';
import { DOORS, type DoorName } from './group.ts';
import type { Entry, History } from './history.ts';
import { NodesDoor } from './nodes-door.ts';

export const LEDGER = 840;
const ACCOUNTS = 4;
/** Debits must not exceed credits. */
const LIMITED = 2;
/** Ids of transfers that a group's callers may ask for. */
const RECENT = 16;

/** The ids of a group's accounts. */
export function accountIds(group: number): bigint[] {
  return Array.from({ length: ACCOUNTS }, (_, index) => BigInt(1000 + group * 10 + index));
}

interface GroupOfAccounts {
  readonly group: number;
  readonly ids: readonly bigint[];
  /** Transfers that were begun a moment ago. */
  readonly recent: string[];
}

export class Callers {
  /** Ids of transfers that were answered `created`, or `exists` when they were sent again. */
  readonly told: Set<bigint> = new Set();
  /** Ids that were refused: they are nowhere. */
  readonly refused: Set<bigint> = new Set();
  /** Ids without an answer. */
  readonly unknown: Set<bigint> = new Set();
  /** Answers that may not be. */
  readonly findings: string[] = [];
  /** Answers heard, by door. */
  readonly answers: Map<DoorName, number> = new Map();
  readonly #history: History;
  readonly #random: Random;
  readonly #doors: NodesDoor[] = [];
  readonly #running: Promise<void>[] = [];
  #ended = false;
  #next = 1_000_000n;

  constructor(history: History, random: Random) {
    this.#history = history;
    this.#random = random;
  }

  get heard(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  async start(doors: { readonly [door in DoorName]: readonly string[] }, groups: number): Promise<void> {
    for (let group = 0; group < groups; group++) {
      const accounts: GroupOfAccounts = { group, ids: accountIds(group), recent: [] };
      const all = DOORS.map((door) => NodesDoor.of(door, doors[door]));
      this.#doors.push(...all);
      await all[0]!.ask((door) =>
        door.createAccounts(
          accounts.ids.map((id, index) => ({ id, ledger: LEDGER, code: 1, flags: index === 0 ? 0 : LIMITED })),
        ),
      );
      for (const [index, door] of all.entries()) {
        this.#running.push(this.#call(door, accounts, group * all.length + index));
      }
    }
  }

  /** Resolves when so many more answers were heard. */
  async more(count: number): Promise<void> {
    const wanted = this.heard + count;
    while (this.heard < wanted && !this.#ended) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Calls no more; waits for what was asked. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#running);
    await Promise.all(this.#doors.map((door) => door.end()));
  }

  /** Asks no more, and waits for nobody. */
  async abandon(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#doors.map((door) => door.end()));
  }

  async #call(door: NodesDoor, accounts: GroupOfAccounts, client: number): Promise<void> {
    while (!this.#ended) {
      const choice = this.#random.between(0, 99);
      const call = this.#history.now();
      const entry =
        choice < 55
          ? await this.#transfer(door, accounts)
          : choice < 85
            ? await this.#balances(door, accounts)
            : await this.#find(door, accounts);
      const isAnswered = entry.answer !== null;
      const returned = isAnswered ? this.#history.now() : null;
      this.#history.add({ ...entry, group: accounts.group, client, call, return: returned });
      if (isAnswered) this.answers.set(door.name, (this.answers.get(door.name) ?? 0) + 1);
    }
  }

  async #transfer(door: NodesDoor, { ids, recent }: GroupOfAccounts): Promise<Entry> {
    const random = this.#random;
    const id = this.#next++;
    const debit = random.between(0, ACCOUNTS - 1);
    const credit = (debit + random.between(1, ACCOUNTS - 1)) % ACCOUNTS;
    const amount = random.between(1, 5);
    const [debit_account_id, credit_account_id] = [ids[debit]!, ids[credit]!];
    const input: TransferInput = {
      ...{ id, debit_account_id, credit_account_id, amount: BigInt(amount), ledger: LEDGER, code: 1 },
    };
    recent.push(String(id));
    if (recent.length > RECENT) recent.shift();
    const statuses = await door.ask((open) => open.createTransfers([input]));
    const answer = this.#judged(id, door.name, statuses);
    return { op: 'transfer', id: String(id), debit, credit, amount, answer };
  }

  /** A transfer that is sent again finds itself, or that it was refused. */
  #judged(id: bigint, door: DoorName, statuses: readonly string[] | undefined): 'created' | 'refused' | null {
    if (statuses === undefined) {
      this.unknown.add(id);
      return null;
    }
    const [status] = statuses;
    if (status === 'created' || status === 'exists') {
      this.told.add(id);
      return 'created';
    }
    if (status !== 'exceeds_credits' && status !== 'id_already_failed') {
      this.findings.push(`${door}: transfer ${id} was answered ${status}`);
    }
    this.refused.add(id);
    return 'refused';
  }

  async #balances(door: NodesDoor, { ids }: GroupOfAccounts): Promise<Entry> {
    const accounts = await door.ask((open) => open.lookupAccounts(ids));
    if (accounts === undefined) return { op: 'balances', answer: null };
    if (accounts.length !== ids.length)
      this.findings.push(`${door.name}: ${accounts.length} of ${ids.length} accounts`);
    const answer = accounts.map(({ debits_posted, credits_posted }) => [Number(debits_posted), Number(credits_posted)]);
    return { op: 'balances', answer: answer as [number, number][] };
  }

  async #find(door: NodesDoor, { recent }: GroupOfAccounts): Promise<Entry> {
    const id = recent.length === 0 ? '1' : recent[this.#random.between(0, recent.length - 1)]!;
    const found = await door.ask((open) => open.lookupTransfers([BigInt(id)]));
    return { op: 'find', id, answer: found === undefined ? null : found.length > 0 };
  }
}
