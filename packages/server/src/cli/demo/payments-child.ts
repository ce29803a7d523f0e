/** The process that the demo's second act kills: sells tea, 64 guests at a time, and tells how many have paid. */
import { loadServices } from '../services.ts';
import { openLedger } from '../target.ts';
import { SHOP_CONTROLS, SHOP_PAYMENTS, TEA } from './payments.ts';

const GUESTS = 64;
const { Payments } = await loadServices();
const payments = new Payments(await openLedger(process.argv[2]!), { controls: SHOP_CONTROLS });
/** Keys below it have all been told to their guests. */
let told = 0;
const done = new Set<number>();
let next = 0;
const guest = async (): Promise<void> => {
  while (next < SHOP_PAYMENTS) {
    const n = next++;
    const { outcome } = await payments.pay(`tea-${n}`, TEA);
    if (outcome !== 'done') throw new Error(`tea ${n} was ${outcome}`);
    done.add(n);
    while (done.delete(told)) told++;
    process.send!(told);
  }
};
await Promise.all(Array.from({ length: GUESTS }, guest));
