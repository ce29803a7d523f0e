/** Ledgers that payments must work over, and what the world does to their answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ledger, open, TallystickError } from 'tallystick';
import { Payments, type PaymentsOptions } from '../src/index.ts';

export interface Place {
  readonly name: string;
  /** Chains over two shards only move amounts. */
  readonly isSharded: boolean;
  open(): Promise<Ledger>;
  end(): Promise<void>;
}

export function inFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tallystick-services-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const none = async (): Promise<void> => {};
export const embedded: Place = { name: 'embedded', isSharded: false, open: () => open(':memory:'), end: none };

export function twoShards(): Place {
  const { path, remove } = inFolder();
  return {
    name: 'two shards',
    isSharded: true,
    open: () => open(join(path, 'books'), { shards: 2, mode: 'inline' }),
    end: async () => remove(),
  };
}

/** Payments with the accounts of a small town in euros; alice has 1,000.00. */
export async function town(ledger: Ledger, options: PaymentsOptions = {}): Promise<Payments> {
  const payments = new Payments(ledger, options);
  await payments.openAccount({ name: 'bank', asset: 'EUR', kind: 'bank' });
  for (const name of ['alice', 'bob']) await payments.openAccount({ name, asset: 'EUR', kind: 'customer' });
  await payments.openAccount({ name: 'shop', asset: 'EUR', kind: 'merchant' });
  await payments.pay('opening', { from: 'bank', to: 'alice', asset: 'EUR', amount: '1000.00' });
  return payments;
}

/**
 * What happens to a create: it is done and answered, or it is lost on its way there, or its answer is on its way back.
 */
export type Fate = 'answered' | 'lost' | 'unanswered';

/** A ledger that answers as the world does. */
export function flaky(ledger: Ledger, fate: () => Fate): Ledger {
  const lost = (): TallystickError => new TallystickError('connection_lost');
  return new Proxy(ledger, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (name !== 'createTransfers') return method.bind(target);
      return async (...words: unknown[]) => {
        const what = fate();
        if (what === 'lost') throw lost();
        const answer: unknown = await method.apply(target, words);
        if (what === 'unanswered') throw lost();
        return answer;
      };
    },
  });
}

/** Asks until the outcome is known, as a client does. */
export async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TallystickError) || error.code !== 'connection_lost') throw error;
    }
  }
}
