/**
 * Scores payments in the way of requests to a ledger: a `Before` in front of the sequencer (docs/adr/0022).
 *
 *   request ──copy──> rows ──features, margins──> words ──events with their decisions──> ledger ──> feed ──> features
 *
 * All of it happens before `request` returns, so requests keep their order. What comes back is the ledger's reply, in
 * which a denied event has the status {@link DENIED}.
 */
import {
  type Before,
  Cells,
  CreateTransferStatus,
  ObjectLedger,
  Operation,
  type Port,
  type Request,
  TallystickError,
  TRANSFER_SIZE,
  TransferFlags,
  TransferOffset,
} from 'tallystick/internal';
import { perhapsAgain, putStatus, sendAgain, statusAt } from './again.ts';
import { encodeSwitch, type ModelState, namesControl, type Switch } from './control.ts';
import { Action, actionIn, applyDecision, isPayment, REFUSED_FLAG } from './decision.ts';
import { Feed, wide } from './feed.ts';
import { Judge } from './judge.ts';
import { digestOf, type ModelStore } from './model-store.ts';
import { type LedgerPolicy, type Policy, policyOf } from './policy.ts';
import { Rows } from './rows.ts';
import { Underway } from './underway.ts';

/** Status of an event that its ledger's policy denied. It is no status of the machine's: the scorer answers it. */
export const DENIED = 0x0001_0001;

export interface ScorerOptions {
  /** By ledger. Transfers of other ledgers pass by. */
  readonly policies: { readonly [ledger: number]: LedgerPolicy };
  readonly models: ModelStore;
  /** Nanoseconds since the epoch; the machine's clock by default. */
  readonly now?: () => bigint;
  /** Hears of every request with payments, once it is answered: for an audit trail, and for training. */
  readonly decided?: (rows: Rows) => void;
}

export class Scorer {
  readonly feed: Feed;
  readonly judge: Judge;
  readonly #port: Port;
  readonly #policies: ReadonlyMap<number, Policy>;
  readonly #now: () => bigint;
  readonly #decided: ((rows: Rows) => void) | undefined;
  readonly #underway = new Underway();
  #isReady = false;

  /** `port`: the ledger, without scores. */
  constructor(port: Port, { policies, models, now, decided }: ScorerOptions) {
    this.#policies = new Map(
      Object.entries(policies).map(([ledger, policy]) => [Number(ledger), policyOf(Number(ledger), policy)]),
    );
    this.#port = port;
    this.#now = now ?? (() => BigInt(Date.now()) * 1_000_000n);
    this.#decided = decided;
    this.judge = new Judge(models, () => performance.now());
    this.feed = new Feed(port, this.#policies, () => this.#underway.pass(this.feed.newest));
  }

  /** The same in the form that composes with others: scores in front of the port that it is given. */
  static before(options: ScorerOptions, made: (scorer: Scorer) => void): Before {
    return (port) => {
      const scorer = new Scorer(port, options);
      made(scorer);
      return scorer.port;
    };
  }

  /** Takes requests in the ledger's place. */
  get port(): Port {
    const port = this.#port;
    return {
      get eventsMax() {
        return port.eventsMax;
      },
      request: (request) => this.#request(request),
      close: () => port.close(),
    };
  }

  /** Reads all of the feed. Until then, payments are decided by the fail mode. */
  async ready(): Promise<void> {
    await this.feed.pull();
    if (this.feed.failure !== undefined) throw this.feed.failure;
    this.#isReady = true;
  }

  /** Resolves once the features know of everything that was answered before. */
  async settled(): Promise<void> {
    await this.feed.pull();
  }

  /**
   * Switches a model by a control transfer of the ledger, whose id the caller chooses: a second attempt with it changes
   * nothing. The model must be in the store, unless it is retired.
   */
  async switchModel(
    ledger: number,
    id: bigint,
    change: { sha256: string; number: number; state: ModelState },
  ): Promise<void> {
    const policy = this.#policies.get(ledger);
    if (policy === undefined) throw new TallystickError('invalid_argument', `ledger ${ledger} has no policy`);
    const named: Switch = { digest: digestOf(change.sha256), state: change.state, number: change.number };
    this.judge.reload();
    if (this.judge.modelOf(named) === undefined) {
      const cause = this.judge.failures.get(named.digest);
      throw cause ?? new TallystickError('not_found', `model ${change.sha256} is not in the store`);
    }
    const [debit_account_id, credit_account_id] = policy.control;
    const transfer = {
      id,
      debit_account_id,
      credit_account_id,
      amount: 0n,
      ledger,
      code: policy.controlCode,
      user_data_128: named.digest,
      user_data_32: encodeSwitch(named),
    };
    const [result] = await this.#direct.createTransfers([transfer]);
    const { created, exists } = CreateTransferStatus;
    if (result!.status !== created && result!.status !== exists) {
      throw new TallystickError(
        'invalid_argument',
        `the ledger refused the switch: ${CreateTransferStatus[result!.status]}`,
      );
    }
    await this.feed.pull();
  }

  /** Posts a payment that was held for review, or voids it. `id`: of the transfer that does so. */
  async review(pendingId: bigint, id: bigint, verdict: 'post' | 'void'): Promise<CreateTransferStatus> {
    const flags = verdict === 'post' ? TransferFlags.post_pending_transfer : TransferFlags.void_pending_transfer;
    const amount = verdict === 'post' ? 2n ** 128n - 1n : 0n;
    const [result] = await this.#direct.createTransfers([{ id, pending_id: pendingId, amount, flags }]);
    await this.feed.pull();
    return result!.status;
  }

  get #direct(): ObjectLedger {
    return new ObjectLedger(this.#port);
  }

  async #request<T>(request: Request<T>): Promise<T> {
    if (request.operation !== Operation.create_transfers) return this.#port.request(request);
    const events = Cells.of(request.count * TRANSFER_SIZE);
    request.write(events, 0);
    try {
      if (!this.#concerns(events)) return await this.#port.request(asWritten(request, events));
      const rows = new Rows(events, request.count);
      this.#look(rows);
      return await this.#send(request, rows, this.#decide(rows));
    } finally {
      void this.feed.pull();
    }
  }

  /** Whether some event is on a ledger with a policy, or ends a pending transfer. */
  #concerns({ view, bytes }: Cells): boolean {
    for (let at = 0; at < bytes.length; at += TRANSFER_SIZE) {
      if (this.#policies.has(view.getUint32(at + TransferOffset.ledger, true))) return true;
      if ((view.getUint16(at + TransferOffset.flags, true) & TransferFlags.post_pending_transfer) !== 0) return true;
    }
    return false;
  }

  /** Takes the payments among the events, and refuses posts of what is held for review. */
  #look(rows: Rows): void {
    const { view } = rows.events;
    const seconds = Math.max(Number(this.#now()) / 1e9, this.feed.seconds);
    for (let event = 0; event < rows.count; event++) {
      const at = event * TRANSFER_SIZE;
      const flags = rows.flags(event);
      const posts = (flags & TransferFlags.post_pending_transfer) !== 0;
      if (posts && this.#isHeld(wide(rows.events, at + TransferOffset.pending_id))) rows.refused[event] = 1;
      const ledger = view.getUint32(at + TransferOffset.ledger, true);
      const policy = this.#policies.get(ledger);
      if (policy === undefined) continue;
      const failed = this.#check(rows, event, policy);
      if (failed !== undefined) {
        this.#underway.letGo(rows);
        throw failed;
      }
      if (isPayment(flags)) rows.take(event, ledger, this.feed.accounts, this.#underway.way, seconds);
    }
  }

  #isHeld(id: bigint): boolean {
    return this.feed.held.has(id) || this.#underway.holds(id);
  }

  #check(rows: Rows, index: number, policy: Policy): TallystickError | undefined {
    const at = index * TRANSFER_SIZE;
    if (namesControl(rows.events, at, policy)) {
      return new TallystickError('forbidden', `event ${index} names a control account, which only the scorer may use`);
    }
    if (rows.events.view.getUint32(at + TransferOffset.user_data_32, true) === 0) return undefined;
    const what = `event ${index}: this ledger keeps decisions in user_data_32, so callers leave it zero`;
    return new TallystickError('invalid_argument', what, { index, field: 'user_data_32' });
  }

  /** The events with their decisions. */
  #decide(rows: Rows): Cells {
    this.judge.decide(rows, this.feed.ledgers, this.#isLate());
    const sent = Cells.copy(rows.events.bytes);
    for (let from = 0, to = 0; from < rows.count; from = to) {
      to = rows.chainEnd(from);
      for (let event = from; event < to; event++) this.#apply(rows, event, to - from > 1, sent);
    }
    return sent;
  }

  #isLate(): boolean {
    if (!this.#isReady || this.feed.failure !== undefined) return true;
    return [...this.#policies.values()].some(({ behindMax }) => this.#underway.behind > behindMax);
  }

  #apply(rows: Rows, event: number, isChained: boolean, sent: Cells): void {
    const at = event * TRANSFER_SIZE;
    const word = rows.words[event]!;
    const act = actionIn(word);
    // A chain that is denied fails as a whole, by the event that was denied.
    if (act === Action.deny && isChained) rows.refused[event] = 1;
    if (rows.refused[event] === 1) {
      sent.view.setUint16(at + TransferOffset.flags, rows.flags(event) | REFUSED_FLAG, true);
      return;
    }
    if (act === 0) return;
    const ledger = rows.events.view.getUint32(at + TransferOffset.ledger, true);
    applyDecision(sent, at, word, this.#policies.get(ledger)!.reviewSeconds);
    if (act === Action.review) this.#underway.hold(wide(rows.events, at));
  }

  async #send<T>(request: Request<T>, rows: Rows, sent: Cells): Promise<T> {
    let results = Cells.none;
    let op: number | undefined;
    try {
      await this.#port.request({
        ...request,
        write: (cells, at) => cells.bytes.set(sent.bytes, at),
        read: (cells, at, size, batch) => {
          results = Cells.copy(cells.bytes.subarray(at, at + size));
          op = batch;
          this.#underway.answer(rows, results, this.feed.newest);
        },
      });
      const again = perhapsAgain(rows, results);
      if (again.length > 0) await sendAgain(this.#port, rows, again, results);
    } catch (error) {
      // What became of the events is unknown, and the feed will tell.
      this.#underway.letGo(rows);
      throw error;
    }
    this.#putDenied(rows, results);
    if (rows.size > 0) this.#decided?.(rows);
    return request.read(results, 0, results.bytes.length, op);
  }

  #putDenied(rows: Rows, results: Cells): void {
    for (let event = 0; event < rows.count; event++) {
      const status = statusAt(results, event);
      const denied = actionIn(rows.words[event]!) === Action.deny;
      const stored = status === CreateTransferStatus.created || status === CreateTransferStatus.exists;
      const refused = rows.refused[event] === 1 && status === CreateTransferStatus.reserved_flag;
      if (refused || (denied && stored)) putStatus(results, event, DENIED);
    }
  }
}

function asWritten<T>(request: Request<T>, events: Cells): Request<T> {
  return { ...request, write: (cells, at) => cells.bytes.set(events.bytes, at) };
}
