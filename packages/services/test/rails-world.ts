/**
 * World *rails*: a bank that accepts, rejects, turns down late and returns, whose answers are lost, whose messages come
 * twice and late; a process that dies at any step; people who cancel, and ask again. At the end everything is brought
 * to rest, and bank and ledger must tell the same story. A bug can be planted between the rails and what they stand on.
 */
import { type AnyTransferInput, type Ledger, open, TransferBatch, TransferFlags } from 'tallystick';
import type { SimulatedBank } from '../src/bank/bank.ts';
import { Code } from '../src/base/codes.ts';
import { audit, type Bank, MemoryRecords, Payments, Rails } from '../src/index.ts';
import { EUR, payout, reached, sepa, simulated } from './banks.ts';
import { type Fate, flaky, town } from './ledgers.ts';
import { dice, type Found } from './worlds.ts';

export type RailsBug = 'paid again' | 'returned twice' | 'rejected and posted' | 'booked twice';

const STEPS = 80;
const PAYOUTS = 12;
const NAMES = ['Bob', 'Carol', 'Reject AC04', 'Turn down AC06', 'Return MD06', 'Return AC04 3'];
const NOSTRO = 100_000_00n;

export async function rails(seed: number, bug?: RailsBug): Promise<Found> {
  const world = new World(seed, bug);
  await world.begin();
  for (let step = 0; step < STEPS; step++) await world.step();
  await world.rest();
  const found = await world.judge();
  await world.end();
  return found;
}

class World {
  readonly #roll: (below: number) => number;
  readonly #bug: RailsBug | undefined;
  readonly #bank: SimulatedBank = simulated();
  readonly #given: string[] = [];
  readonly #ids = new Map<string, string>();
  #ledger!: Ledger;
  #records = new MemoryRecords();
  #payments!: Payments;
  #rails!: Rails;
  #dead = false;
  #calm = false;
  #received = 0n;

  constructor(seed: number, bug: RailsBug | undefined) {
    this.#roll = dice(seed);
    this.#bug = bug;
  }

  async begin(): Promise<void> {
    this.#ledger = await open(':memory:', { mode: 'inline' });
    await town(this.#ledger, { records: this.#records });
    this.#open();
  }

  /** A process, with nothing but the ledger and the records. */
  #open(): void {
    this.#dead = false;
    const ledger = planted(
      flaky(this.#ledger, () => this.#fate()),
      this.#bug,
    );
    this.#payments = new Payments(ledger, { records: this.#records, rails: [sepa] });
    this.#rails = new Rails(ledger, this.#payments, { banks: { sepa: this.#road() }, askAgainMs: 0 });
  }

  #fate(): Fate {
    if (this.#calm) return 'answered';
    if (this.#dead) return 'lost';
    const n = this.#roll(40);
    if (n === 0) this.#dead = true;
    return n < 2 ? 'unanswered' : n < 3 ? 'lost' : 'answered';
  }

  /** The bank as this process reaches it: old messages come again, and orders are not kept. */
  #road(): Bank {
    const bank = reached(this.#bank, () => {
      const n = this.#calm ? 9 : this.#roll(10);
      return n < 2 ? 'unanswered' : n < 3 ? 'lost' : 'answered';
    });
    let name = 0;
    return {
      send: async (file) => {
        // Whoever sends again under another name is paid for by the bank's customer.
        const again = this.#bug === 'paid again' && this.#given.includes(file.name);
        this.#given.push(file.name);
        if (!again) return bank.send(file);
        const text = new TextDecoder().decode(file.bytes).replace(/<MsgId>[^<]*/, `<MsgId>again${++name}`);
        return bank.send({ ...file, bytes: new TextEncoder().encode(text) });
      },
      messages: async () => {
        const mail = [...(await bank.messages())];
        for (const one of mail) if (!this.#seen.some(({ id }) => id === one.id)) this.#seen.push(one);
        const old = this.#calm || this.#seen.length === 0 ? [] : [this.#seen[this.#roll(this.#seen.length)]!];
        const all = this.#roll(2) === 0 && !this.#calm ? [...old, ...mail.toReversed()] : [...mail, ...old];
        return all.map(({ id, bytes }, index) => ({ id, bytes: this.#changed(bytes, index) }));
      },
      confirm: bank.confirm,
    };
  }
  readonly #seen: { readonly id: string; readonly bytes: Uint8Array }[] = [];

  /** An entry is known by the bank's reference; whoever takes the message for it books it once a message. */
  #changed(bytes: Uint8Array, index: number): Uint8Array {
    const isWrong = this.#bug === 'booked twice' || this.#bug === 'returned twice';
    if (!isWrong) return bytes;
    const text = new TextDecoder().decode(bytes);
    const isReturn = text.includes('<RtrInf>');
    if (this.#bug === 'returned twice' && !isReturn) return bytes;
    const kind = `${text.includes('camt.053') ? 'statement' : 'notice'}${index}`;
    return new TextEncoder().encode(text.replaceAll(/<AcctSvcrRef>/g, `<AcctSvcrRef>${kind}-`));
  }

  async step(): Promise<void> {
    const n = this.#roll(20);
    if (n < 6) await this.#ask(this.#roll(PAYOUTS));
    else if (n < 14) await this.#rails.turn('sepa').catch(() => undefined);
    else if (n < 16) this.#bank.advance(1);
    else if (n < 17) this.#credit();
    else if (n < 18) await this.#cancel();
    else if (n < 19) this.#dead = true;
    if (!this.#dead) return;
    this.#records = this.#records.crash(this.#roll(3));
    this.#open();
    await this.#payments.resolve().catch(() => undefined);
  }

  async #ask(n: number): Promise<void> {
    const wish = payout(NAMES[n % NAMES.length]!, `${n + 1}.00`);
    const told = await this.#payments.payout(`key-${n}`, wish).catch(() => undefined);
    if (told !== undefined && 'id' in told) this.#ids.set(told.id, wish.amount);
  }

  async #cancel(): Promise<void> {
    const [id] = [...this.#ids.keys()].slice(this.#roll(this.#ids.size + 1));
    if (id !== undefined) await this.#payments.payouts.cancel(id).catch(() => undefined);
  }

  #credit(): void {
    const units = BigInt(this.#roll(5) + 1);
    this.#received += units * 100n;
    this.#bank.credit(`${units}.00`, this.#roll(2) === 0 ? 'bob' : 'somebody', 'Dave');
  }

  /** Nothing fails any more; what was begun is finished, and the bank ends its days. */
  async rest(): Promise<void> {
    this.#calm = true;
    this.#open();
    await this.#payments.resolve();
    for (let n = 0; n < PAYOUTS; n++) await this.#ask(n);
    for (let day = 0; day < 6; day++) {
      for (let turn = 0; turn < 3; turn++) await this.#rails.turn('sepa');
      this.#bank.advance(1);
    }
    for (let turn = 0; turn < 3; turn++) await this.#rails.turn('sepa');
  }

  async judge(): Promise<Found> {
    const found: string[] = [];
    const given = new Map<string, string[]>();
    for (const { endToEndId, state } of this.#bank.transfers) {
      given.set(endToEndId, [...(given.get(endToEndId) ?? []), state]);
    }
    let away = 0n;
    for (const [id, amount] of this.#ids) {
      const { status } = await this.#payments.payouts.view(id);
      const states = given.get(`pay${id.slice('out_'.length)}`) ?? [];
      if (states.length > 1) found.push(`bank: ${id} was given to the bank ${states.length} times`);
      const must = STATES[states[0] ?? 'none']!;
      if (!must.includes(status))
        found.push(`status: the bank says ${states[0] ?? 'nothing'} of ${id}, we say ${status}`);
      if (states[0] === 'booked') away += BigInt(amount.replace('.', ''));
    }
    const [alice, bank] = [await this.#units('alice'), await this.#units('bank')];
    if (alice !== 1000_00n - away) found.push(`payer: alice has ${alice}, and ${away} of 100000 is away`);
    if (bank - 1000_00n !== this.#bank.balance - NOSTRO) {
      found.push(
        `nostro: it moved by ${bank - 1000_00n}, and the account at the bank by ${this.#bank.balance - NOSTRO}`,
      );
    }
    for (const problem of (await audit(this.#ledger)).problems) found.push(`audit: ${problem}`);
    return found;
  }

  async #units(name: string): Promise<bigint> {
    return BigInt((await this.#payments.account(name, EUR.code)).balance.replace('.', ''));
  }

  async end(): Promise<void> {
    await this.#ledger.close();
  }
}

/** What we may say of a payout, by what the bank says. */
const STATES: { readonly [state: string]: readonly string[] } = {
  none: ['cancelled'],
  accepted: ['accepted'],
  booked: ['settled'],
  rejected: ['rejected', 'returned'],
  returned: ['returned'],
};

/** A ledger as somebody sees it who has forgotten a rule. */
function planted(ledger: Ledger, bug: RailsBug | undefined): Ledger {
  if (bug !== 'returned twice' && bug !== 'rejected and posted') return ledger;
  const change = bug === 'returned twice' ? otherSlots() : postInstead;
  return new Proxy(ledger, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (name !== 'createTransfers') return method.bind(target);
      return async (transfers: TransferBatch | readonly AnyTransferInput[]) => {
        const changed = copyOf(transfers);
        for (let index = 0; index < changed.count; index++) change(changed, index);
        const results = await ledger.createTransfers(changed);
        return transfers instanceof TransferBatch ? results : results.toArray();
      };
    },
  });
}

function copyOf(transfers: TransferBatch | readonly AnyTransferInput[]): TransferBatch {
  const isBatch = transfers instanceof TransferBatch;
  const copy = new TransferBatch(Math.max(1, isBatch ? transfers.count : transfers.length));
  if (isBatch) copy.append(transfers.bytes);
  else for (const transfer of transfers) copy.add(transfer);
  return copy;
}

/** The slot that says that a payout has gone back is another one each time. */
function otherSlots(): (batch: TransferBatch, index: number) => void {
  let slots = 0n;
  return (batch, index) => {
    const { id, code } = batch.get(index);
    if (code === Code.payoutBack) batch.setId(index, id ^ (++slots << 64n));
  };
}

/** A rejection posts what it should void. */
function postInstead(batch: TransferBatch, index: number): void {
  const { flags, user_data_64 } = batch.get(index);
  if (flags !== TransferFlags.void_pending_transfer || user_data_64 === 0n) return;
  batch.setAmount(index, 2n ** 128n - 1n);
  batch.setFlags(index, TransferFlags.post_pending_transfer);
}
