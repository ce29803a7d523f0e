/**
 * The process that gets killed: opens the ledger, sends transfers, and says after every reply how many are
 * acknowledged.
 */
import { open } from 'tallystick';
import { createDemoAccounts, DEMO_TRANSFERS, demoLoad, sendDemoTransfers } from './load.ts';

const ledger = await open(process.argv[2]!);
const load = demoLoad();
await createDemoAccounts(ledger, load);
await sendDemoTransfers(ledger, load, { from: 0, to: DEMO_TRANSFERS }, undefined, (count) => process.send!(count));
await ledger.close();
