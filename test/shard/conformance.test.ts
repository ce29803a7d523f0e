/** A ledger made of shards keeps the promises of one, but for those that are named here. */
import { type Ledger, open, sharded } from '../../src/index.ts';
import { conformance, type Excuse } from '../../testing/conformance/conformance.ts';

const NOW = 1_700_000_000_000_000_000n;

/** The accounts 1, 2, 3, … take turns, so that nearly every transfer of the suite crosses. */
async function shards(count: number): Promise<Ledger> {
  const ledgers = await Promise.all(Array.from({ length: count }, () => open(':memory:', { now: NOW })));
  const ledger = await sharded(ledgers, { shardOf: (account) => Number(account % BigInt(count)) });
  return Object.assign(ledger, {
    advance: async (nanoseconds: bigint): Promise<void> => {
      for (const one of ledgers) await one.advance(nanoseconds);
      await ledger.settle();
    },
  });
}

const imports: Excuse = {
  reason: "a shard's first entry is its place in the map, and imports come before everything else",
  promises: [
    'the first event says whether a request imports, and all others must agree',
    'accounts and transfers each go forward in time, and never share a moment',
    'an imported transfer is later than both its accounts; then its timeout, then closed accounts',
    'imports come before ordinary traffic: nothing older follows it',
    'importing again with another time finds what is there, with its first time',
    'imported transfers can be posted and voided in the past, too',
    'an imported post may end a pending transfer that has a timeout, and it does not expire then',
    'imported objects are found in the order of their own times',
  ],
};
const clocks: Excuse = {
  reason: 'events get their times from the clocks of several shards, which may give the same one',
  promises: [
    'each event has a moment of its own, failed ones too',
    'the transfers of an account: either side, each predicate, both orders, a limit',
    'a window of time includes both ends, and paging finds everything once',
    'accounts and transfers are found by every field of a filter together',
    'balances are those after each transfer, with its time; none without `history`',
    'pages of accounts, transfers and changes are all that there is, once, by timestamp',
  ],
};
const feed: Excuse = {
  reason: 'a change event shows the account on the other shard as it is when the feed is read',
  promises: [
    'expiries happen in the order in which they are due, then in that of creation',
    'the change feed tells all five kinds, with both accounts as they were right after',
  ],
};
const chains: Excuse = {
  reason: 'a chain over several shards only moves amounts, under different ids, and holds no accounts',
  promises: [
    '`exists` breaks a chain, and names the time of an object that never came to be',
    'a chain without an end fails, even when it had failed already',
    'undoing a chain opens again what was posted, voided or closed in it',
    'a pending transfer undone with its chain never expires',
    'a closed account fails the rest of the chain that closed it',
    'accounts of a chain that failed are not there, and their ids are free',
  ],
};
const sums: Excuse = {
  reason: "a bridge's sums run over where those of a caller's account would have, under the bridge's name",
  promises: ['no sum runs over, and each overflow has its own name'],
};
/** Of three shards, two know nothing of what the third has burnt. */
const apart: Excuse = {
  reason: 'an id is known to the shard of its debit account, and the time to none but its own',
  promises: [
    'only the event that broke the chain has its id burnt, and it stays burnt',
    'timestamps rise from event to event, across accounts, transfers and calls',
    'a feed that is read while the ledger moves goes on where it ended, and misses nothing',
  ],
};

conformance({ name: 'a ledger of one shard', open: () => shards(1), skip: [imports] });
const skip = [imports, clocks, feed, chains, sums];
conformance({ name: 'a ledger of two shards', open: () => shards(2), skip });
conformance({ name: 'a ledger of three shards', open: () => shards(3), skip: [...skip, apart] });
