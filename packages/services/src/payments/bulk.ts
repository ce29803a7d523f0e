/** Many payments in few requests of the ledger: each for itself, up to the first that is refused, or all or none. */
import { invalidField } from 'tallystick/internal/model';
import { baseOf, checkKey, fingerprintOf } from '../base/ids.ts';
import type { Asked, Flow } from './flow.ts';
import type { Intents } from './intents.ts';
import type { Receipt } from './receipts.ts';
import { type BulkRequest, checkShape, type PayRequest } from './shapes.ts';

/** It was not tried, because of another one; its key is free. */
export interface Skipped {
  readonly outcome: 'skipped';
  readonly about: string;
}

/** What became of one payment of many. */
export type BulkReceipt = { readonly key: string } & (Receipt | Skipped);

/** Payments whose chains go in one request. */
const TOGETHER_MAX = 256;

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
    const all = payments.map((payment, index) => this.#asked(payment, `payments[${index}]`));
    const keys = new Set<string>();
    const twice = all.findIndex(({ key }) => keys.size === keys.add(key).size);
    if (twice >= 0) throw invalidField(`payments[${twice}].key`, 'is the key of another payment of this request');
    await this.#intents?.keep(all.map(({ verb, key, request, base }) => ({ verb, key, request, base })));
    const receipts: (Receipt | undefined)[] = [];
    const step = mode === 'all' ? all.length : mode === 'stop' ? 1 : TOGETHER_MAX;
    for (let from = 0; from < all.length; from += step) {
      const part = all.slice(from, from + step);
      if (mode === 'stop' && receipts.at(-1)?.outcome === 'refused') break;
      receipts.push(...(await this.#flow.runAll(part, mode === 'all')));
    }
    return all.map(({ key }, index) => ({ key, ...(receipts[index] ?? SKIPPED) }));
  }

  #asked({ key, ...request }: BulkRequest['payments'][number], path: string): Asked {
    checkShape('pay', request);
    if (request.dry_run !== undefined) throw invalidField(`${path}.dry_run`, 'is for one payment at a time');
    return {
      verb: 'pay',
      key: checkKey(key),
      request: request as PayRequest,
      base: baseOf('request', this.#tenant, key),
      fingerprint: fingerprintOf('pay', request),
    };
  }
}

const SKIPPED: Skipped = {
  outcome: 'skipped',
  about: 'It was not done because another payment of the request was refused; its key is free.',
};
