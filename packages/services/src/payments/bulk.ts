/** Many payments in few requests of the ledger: each for itself, up to the first that is refused, or all or none. */
import { invalidField } from 'tallystick/internal/model';
import { baseOf, checkKey, fingerprintOf } from '../base/ids.ts';
import type { Asked } from './asked.ts';
import type { Ready } from './compile.ts';
import type { Compiling, Flow } from './flow.ts';
import type { Intents } from './intents.ts';
import type { Receipt } from './receipts.ts';
import type { BulkRequest } from './shapes.ts';

/** It was not tried, because of another one; its key is free. */
export interface Skipped {
  readonly outcome: 'skipped';
  readonly about: string;
}

/** What became of one payment of many. */
export type BulkReceipt = { readonly key: string } & (Receipt | Skipped);

/** Payments whose chains go in one request of the ledger: each has a dozen legs at most. */
const TOGETHER_MAX = 512;

export class Bulk {
  readonly #flow: Flow;
  readonly #tenant: number;
  readonly #intents: Intents | undefined;

  constructor(flow: Flow, tenant: number, intents: Intents | undefined) {
    this.#flow = flow;
    this.#tenant = tenant;
    this.#intents = intents;
  }

  async run({ mode, payments }: BulkRequest): Promise<BulkReceipt[]> {
    const all = payments.map((payment, index) => this.#compiled(payment, index));
    const keys = new Set<string>();
    const twice = all.findIndex(({ asked }) => keys.size === keys.add(asked.key).size);
    if (twice >= 0) throw invalidField(`payments[${twice}].key`, 'is the key of another payment of this request');
    const receipts: (Receipt | undefined)[] = [];
    const step = mode === 'all' ? all.length : mode === 'stop' ? 1 : TOGETHER_MAX;
    const running = (async () => {
      for (let from = 0; from < all.length; from += step) {
        if (mode === 'stop' && receipts.at(-1)?.outcome === 'refused') break;
        const part = step >= all.length ? all : all.slice(from, from + step);
        receipts.push(...(await this.#flow.runAll(part, mode === 'all')));
      }
    })();
    // Beside the money: one alone is enough to find the other, because both have their ids from the key.
    const [ran, kept] = await Promise.allSettled([running, this.#intents?.keep(all.map(({ asked }) => asked))]);
    if (kept.status === 'rejected') throw kept.reason;
    if (ran.status === 'rejected') throw ran.reason;
    if (kept.value !== undefined && kept.value.size > 0) {
      const made = new Set(all.flatMap(({ asked }, index) => (isMade(receipts[index]) ? [asked.base] : [])));
      await this.#intents!.confirm(kept.value, (base) => made.has(base));
    }
    return all.map(({ asked: { key } }, index) => Object.assign({ key }, receipts[index] ?? SKIPPED));
  }

  /** Its shape was checked with that of the bulk. */
  #compiled(request: BulkRequest['payments'][number], index: number): Compiling {
    if (request.dry_run !== undefined) {
      throw invalidField(`payments[${index}].dry_run`, 'is for one payment at a time');
    }
    const key = checkKey(request.key);
    const base = baseOf('request', this.#tenant, key);
    // As it would have been asked for alone: without its key.
    const asked: Asked = { verb: 'pay', key, request, base, fingerprint: fingerprintOf('pay', request, 'key') };
    return { asked, ready: this.#flow.compile(asked) as Ready };
  }
}

const isMade = (receipt: Receipt | undefined): boolean => receipt !== undefined && receipt.outcome !== 'refused';

const SKIPPED: Skipped = {
  outcome: 'skipped',
  about: 'It was not done because another payment of the request was refused; its key is free.',
};
