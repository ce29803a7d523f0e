/**
 * Every shard knows which it is, of which town and how many: an account of its own says so, for each epoch of the map.
 * A ledger of another town, in another place, or one that is missing where others are, is refused before anything is
 * sent to it.
 *
 *   user_data_128   the town, chosen at random when it was made
 *   user_data_64    how many shards the map has
 *   user_data_32    this shard, from 1
 *
 * A later epoch has one shard more. It counts once the first shard says that all have joined; whoever dies before, the
 * next one goes on, with the same new ledger.
 */
import { type Account, CreateAccountStatus, type Ledger, TallystickError } from '../model/index.ts';
import { isOfMap, mapId, RESERVED_CODE } from './ids.ts';
import { SHARDS_MAX } from './map.ts';
import type { Shard } from './shard.ts';

/** Currency of the accounts that say so; they never move money. */
const MAP_LEDGER = 1;
/** In a shard's place: the first shard's note that all have joined. */
const WHOLE = 0xffff;
/** In a shard's place: which ledger is the new one of an epoch, by a number of its own. */
const NEWCOMER = 0xfffe;

/** The map as the shards have it. */
export interface TownMap {
  readonly town: bigint;
  /** Shards of each epoch, the first one first. */
  readonly counts: readonly number[];
}

/** Checks that the shards are those of one map, and makes the map where all of them are new. */
export async function joinMap(shards: readonly Shard[], town: bigint): Promise<TownMap> {
  const counts = await epochsOn((act) => shards[0]!.ask(act));
  const epoch = Math.max(counts.length, 1);
  const last = counts.at(-1);
  if (last !== undefined && last !== shards.length) throw otherCount(counts, shards.length);
  const strangers = await Promise.all(shards.map((shard) => strangerOn(shard)));
  for (const why of strangers) if (why !== undefined) throw invalid(why);
  const found = await Promise.all(shards.map((shard) => shard.account(mapId(shard.index, epoch))));
  const known = found[0]?.user_data_128 ?? town;
  for (const [index, account] of found.entries()) {
    if (account !== undefined) check(account, index, shards.length, known);
    else if (last !== undefined) throw invalid(`shard ${index} is empty, and the map knows it: restore its backup`);
    else await refuseUsed(shards[index]!);
  }
  // The first says which town it is, and at the end that all have joined; whoever dies in between, the next goes on.
  for (const shard of shards) await open(shard, shard.index, epoch, known, shards.length);
  await open(shards[0]!, WHOLE, epoch, known, shards.length);
  return { town: known, counts: last === undefined ? [shards.length] : counts };
}

/** Adds a shard to the map, which has this town and these epochs. `random` tells the new ledger from any other. */
export async function addToMap(
  shards: readonly Shard[],
  added: Shard,
  { town, counts }: TownMap,
  random: bigint,
): Promise<TownMap> {
  const epoch = counts.length + 1;
  const stranger = await strangerOn(added);
  if (stranger !== undefined) throw invalid(stranger);
  const newcomer = mapId(NEWCOMER, epoch);
  const before = await added.account(newcomer);
  if (before === undefined) await refuseUsed(added);
  await open(added, NEWCOMER, epoch, before?.user_data_128 ?? random, shards.length + 1);
  const named = (await added.account(newcomer))!.user_data_128;
  // The first shard takes one newcomer an epoch.
  await open(shards[0]!, NEWCOMER, epoch, named, shards.length + 1);
  for (const shard of [...shards, added]) await open(shard, shard.index, epoch, town, shards.length + 1);
  await open(shards[0]!, WHOLE, epoch, town, shards.length + 1);
  return { town, counts: await epochsOn((act) => shards[0]!.ask(act)) };
}

/** Why a router of this map may do nothing any more; undefined: nothing has come after it. */
export async function laterThan({ counts }: Pick<TownMap, 'counts'>, first: Shard): Promise<string | undefined> {
  const next = await first.account(mapId(WHOLE, counts.length + 1));
  return next === undefined
    ? undefined
    : `the map has gone on to epoch ${counts.length + 1}, ${next.user_data_64} shards`;
}

/** Shards of each epoch that is whole. */
async function epochsOn(ask: (act: (first: Ledger) => Promise<Account[]>) => Promise<Account[]>): Promise<number[]> {
  const ids = Array.from({ length: SHARDS_MAX }, (_, epoch) => mapId(WHOLE, epoch + 1));
  const found = await ask((first) => first.lookupAccounts(ids));
  const byId = new Map(found.map((account) => [account.id, account]));
  const counts: number[] = [];
  for (const id of ids) {
    const account = byId.get(id);
    if (account === undefined) break;
    counts.push(Number(account.user_data_64));
  }
  return counts;
}

/** How many shards the map has whose first shard a ledger is; undefined: it is no first shard. */
export async function mapSize(ledger: Ledger): Promise<number | undefined> {
  return (await epochsOn((act) => act(ledger))).at(-1);
}

async function open(shard: Shard, place: number, epoch: number, town: bigint, count: number): Promise<void> {
  const { status } = await shard.open({
    id: mapId(place, epoch),
    ledger: MAP_LEDGER,
    code: RESERVED_CODE,
    user_data_128: town,
    user_data_64: BigInt(count),
    user_data_32: shard.index + 1,
  });
  if (status === CreateAccountStatus.created || status === CreateAccountStatus.exists) return;
  const why = place === NEWCOMER ? 'gives its next place to another ledger' : 'joined another town just now';
  throw invalid(`shard ${shard.index} ${why} (${CreateAccountStatus[status]})`);
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
  const other = page.find(({ id, user_data_32 }) => isOfMap(id) && user_data_32 !== shard.index + 1);
  return other === undefined ? undefined : `the ledger at place ${shard.index} is shard ${other.user_data_32 - 1}`;
}

/** A shard that has accounts, and does not know its town, has lost something or comes from elsewhere. */
async function refuseUsed(shard: Shard): Promise<void> {
  const [account] = await shard.ask((ledger) => ledger.queryAccounts({ limit: 1 }));
  if (account !== undefined) throw invalid(`shard ${shard.index} has accounts, and does not know this town`);
}

function otherCount(counts: readonly number[], given: number): TallystickError {
  const last = counts.at(-1)!;
  const epoch = counts.length === 1 ? '' : `, since epoch ${counts.length}`;
  return invalid(`the map has ${last} shards${epoch}, and ${given} were given`);
}

function invalid(why: string): TallystickError {
  return new TallystickError('shards_invalid', why);
}
