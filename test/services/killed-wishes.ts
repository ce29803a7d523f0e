/** What is asked under each key: it follows from the key, and so do the ids of the payments that it is about. */
import { baseOf, formatBase } from '../../packages/services/src/base/ids.ts';
import type { Verb } from '../../packages/services/src/index.ts';

/** Keys in a round: payments, holds, and what becomes of them. */
export const ROUND = 8;

export function wishOf(key: number): { readonly verb: Verb; readonly request: object } {
  const round = Math.floor(key / ROUND) * ROUND;
  const about = (place: number): { readonly payment: string } => {
    return { payment: formatBase('pay', baseOf('request', 0, `key-${round + place}`)) };
  };
  const money = { asset: 'EUR', from: 'alice', to: 'shop' };
  const wishes: readonly { readonly verb: Verb; readonly request: object }[] = [
    { verb: 'pay', request: { asset: 'EUR', from: 'bank', to: 'alice', amount: '50.00' } },
    { verb: 'pay', request: { ...money, amount: '20.00', fee: '0.50', description: `order ${key}` } },
    // Every fifth waits for people, and so does nothing that is about it.
    { verb: 'hold', request: { ...money, amount: round % (5 * ROUND) === 0 ? '30.00' : '25.00' } },
    { verb: 'capture', request: { ...about(2), amount: '10.00', more: true } },
    { verb: 'capture', request: { ...about(2), amount: '20.00', allow_over: true } },
    { verb: 'refund', request: { ...about(1), amount: '15.00' } },
    { verb: 'refund', request: { ...about(1), amount: '6.00' } },
    { verb: 'release', request: about(2) },
  ];
  return wishes[key % ROUND]!;
}
