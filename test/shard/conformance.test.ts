/** A ledger made of shards keeps the promises of one, but for those that are named here. */
import { open, sharded } from '../../src/index.ts';
import type { Ledger } from '../../src/index.ts';
import { conformance } from '../../testing/conformance/conformance.ts';

/** The accounts 1, 2, 3, … take turns, so that nearly every transfer of the suite crosses. */
async function shards(count: number): Promise<Ledger> {
  const ledgers = await Promise.all(Array.from({ length: count }, () => open(':memory:', { now: 1_700_000_000_000_000_000n })));
  const ledger = await sharded(ledgers, { shardOf: (account) => Number(account % BigInt(count)) });
  return Object.assign(ledger, {
    advance: async (nanoseconds: bigint): Promise<void> => {
      for (const one of ledgers) await one.advance(nanoseconds);
    },
  });
}

conformance({ name: 'a ledger of one shard', open: () => shards(1) });
conformance({ name: 'a ledger of two shards', open: () => shards(2) });
