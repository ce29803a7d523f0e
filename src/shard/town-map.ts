/**
 * Every shard knows which it is, of which town and how many: an account of its own says so. A ledger of another town,
 * in another place, or one that is missing where others are, is refused before anything is sent to it.
 *
 *   user_data_128   the town, chosen at random when it was made
 *   user_data_64    how many shards the map has
 *   user_data_32    this shard, from 1
 */
import { type Account, CreateAccountStatus, type Ledger, TallystickError } from '../model/index.ts';
import { mapId, RESERVED_CODE } from './ids.ts';
import type { Shard } from './shard.ts';

/** Currency of the accounts that say so; they never move money. */
const MAP_LEDGER = 1;
/** In a shard's place: the first shard's note that all have joined. */
const WHOLE = 0xffff;

/** Checks that the shards are those of one map, and makes the map where all of them are new. Resolves to the town. */
export async function joinMap(shards: readonly Shard[], epoch: number, town: bigint): Promise<bigint> {
  const later = await Promise.all(shards.map((shard) => shard.account(mapId(shard.index, epoch + 1))));
  if (later.some((account) => account !== undefined)) throw invalid(`the map has gone on to epoch ${epoch + 1}`);
  const strangers = await Promise.all(shards.map((shard) => strangerOn(shard)));
  for (const why of strangers) if (why !== undefined) throw invalid(why);
  const found = await Promise.all(shards.map((shard) => shard.account(mapId(shard.index, epoch))));
  const known = found[0]?.user_data_128 ?? town;
  const whole = (await shards[0]!.account(mapId(WHOLE, epoch))) !== undefined;
  for (const [index, account] of found.entries()) {
    if (account !== undefined) check(account, index, shards.length, known);
    else if (whole) throw invalid(`shard ${index} is empty, and the map knows it: restore its backup`);
    else await refuseUsed(shards[index]!);
  }
  // The first says which town it is, and at the end that all have joined; whoever dies in between, the next goes on.
  for (const shard of shards) await open(shard, shard.index, epoch, known, shards.length);
  await open(shards[0]!, WHOLE, epoch, known, shards.length);
  return known;
}

/** How many shards the map has that a ledger belongs to; undefined: it belongs to none. */
export async function mapSize(ledger: Ledger): Promise<number | undefined> {
  const page = await ledger.queryAccounts({ code: RESERVED_CODE, ledger: MAP_LEDGER, limit: 1 });
  const size = page[0]?.user_data_64;
  return size === undefined ? undefined : Number(size);
}

async function open(shard: Shard, index: number, epoch: number, town: bigint, count: number): Promise<void> {
  const { status } = await shard.open({
    id: mapId(index, epoch),
    ledger: MAP_LEDGER,
    code: RESERVED_CODE,
    user_data_128: town,
    user_data_64: BigInt(count),
    user_data_32: shard.index + 1,
  });
  if (status === CreateAccountStatus.created || status === CreateAccountStatus.exists) return;
  throw invalid(`shard ${shard.index} joined another town just now (${CreateAccountStatus[status]})`);
}

function check(account: Account, index: number, count: number, town: bigint): void {
  const { user_data_128, user_data_64 } = account;
  if (user_data_128 !== town) throw invalid(`shard ${index} belongs to another town than shard 0`);
  if (user_data_64 !== BigInt(count)) throw invalid(`the map has ${user_data_64} shards, and ${count} were given`);
}

/** Why the ledger is not the shard that it is taken for; undefined if it may be. */
async function strangerOn(shard: Shard): Promise<string | undefined> {
  const page = await shard.ask((ledger) =>
    ledger.queryAccounts({ code: RESERVED_CODE, ledger: MAP_LEDGER, limit: 10 }),
  );
  const other = page.find(({ user_data_32 }) => user_data_32 !== 0 && user_data_32 !== shard.index + 1);
  return other === undefined ? undefined : `the ledger at place ${shard.index} is shard ${other.user_data_32 - 1}`;
}

/** A shard that has accounts, and does not know its town, has lost something or comes from elsewhere. */
async function refuseUsed(shard: Shard): Promise<void> {
  const [account] = await shard.ask((ledger) => ledger.queryAccounts({ limit: 1 }));
  if (account !== undefined) throw invalid(`shard ${shard.index} has accounts, and does not know this town`);
}

function invalid(why: string): TallystickError {
  return new TallystickError('shards_invalid', why);
}
