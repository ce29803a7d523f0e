/** Bugs in the settlement between shards. */
import type { Bug } from './bug.ts';

export const shardBugs: readonly Bug[] = [
  {
    name: 'resolver-assumes',
    what: 'a resolver assumes that a transfer which is not there will never be, and does not burn its id',
    file: 'src/shard/resolve-all.js',
    good: 'const statuses = await create(home, events);',
    bad: 'const statuses = events.map(() => 21);',
    world: 'shards',
    seeds: 60,
  },
  {
    name: 'credit-before-debit',
    what: 'the credit side is posted before the debit side has decided',
    file: 'src/shard/settle.js',
    good: 'return this.afterHome(crossing, amount, await a.create(',
    bad:
      'if ((event.flags & pending) === 0) await postLeg(b, leg, amount);\n        return ' +
      'this.afterHome(crossing, amount, await a.create(',
    world: 'shards',
    seeds: 20,
  },
  {
    name: 'credit-of-the-refused',
    what: 'of transfers that are settled side by side, those that the debit side refused are credited with the others',
    file: 'src/shard/side-by-side.js',
    good: 'if (isThere(answer.status))\n                    return (event.flags & pending) === 0;',
    bad: 'if ((event.flags & pending) === 0) return true;\n                if (isThere(answer.status)) return false;',
    world: 'shards',
    seeds: 60,
  },
  {
    name: 'ended-on-one-side',
    what:
      'an ending whose pending transfer is not there yet goes to every shard as it is, and ends it on one side ' +
      'alone',
    file: 'src/shard/transfers.js',
    good: 'const sent = this.#unable(event);',
    bad: 'const sent = event;',
    world: 'shards',
    seeds: 400,
  },
  {
    name: 'bridge-without-currency',
    what: 'the id of a bridge does not say its currency',
    file: 'src/shard/ids.js',
    good: 'id = reservedId(Kind.bridge, shard, peer, ledger);',
    bad: 'id = reservedId(Kind.bridge, shard, peer, 0);',
    world: 'shards',
    seeds: 20,
  },
  {
    name: 'partial-amount-lost',
    what: 'a partial post takes all of the leg on the other shard',
    file: 'src/shard/resolver.js',
    good: 'return postLeg(shard, leg, end.amount, data);',
    bad: 'return postLeg(shard, leg, leg.amount, data);',
    world: 'shards',
    seeds: 20,
  },
  {
    name: 'chain-decided-per-event',
    what: 'each leg of a chain is decided for itself',
    file: 'src/shard/resolver.js',
    good: 'const decision = decisionOf(record.user_data_128);',
    bad: 'const decision = decisionOf(leg.id);',
    world: 'shards',
    seeds: 60,
  },
];
