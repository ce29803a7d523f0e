/**
 * `tallystick shards`: the map of a ledger made of shards, one shard more, and an account that moves. The shards are a
 * folder that no process has open, or servers by their addresses, in the order of the map.
 */
import {
  connect,
  type Ledger,
  type Moved,
  open,
  type ShardedLedger,
  type ShardMap,
  sharded,
  TallystickError,
} from 'tallystick';
import { growTown } from 'tallystick/internal';
import { parseId } from './id.ts';
import { plural } from './print.ts';
import { foldersOf, isAddress } from './target.ts';

export interface ShardsOptions {
  readonly json?: boolean;
}

/** What each outcome of a move means to an operator. */
const OUTCOMES: { readonly [outcome in Moved]: string } = {
  moved: 'moved',
  is_there: 'lives there already',
  was_there: 'lived there once, and an account never comes back to a shard',
  not_found: 'does not exist',
  striped: 'is striped: it lives on every shard',
  closed: 'is closed: void the transfer that closed it, first',
  has_pending: 'has pending transfers: move it when they have ended',
};

/** Prints the map. */
export async function list(targets: readonly string[], { json }: ShardsOptions): Promise<number> {
  await using ledger = await openShards(targets);
  show(ledger.map, json);
  return 0;
}

/** Adds a shard: the next folder, or the server at `added`. */
export async function add(
  targets: readonly string[],
  added: string | undefined,
  { json }: ShardsOptions,
): Promise<number> {
  if (!isAddress(targets[0]!)) {
    if (added !== undefined)
      throw invalid('--server goes with the addresses of shards; a folder gets its next one itself');
    show(await growTown(onlyOne(targets), {}), json);
    return 0;
  }
  if (added === undefined) throw invalid('--server is missing: the address of the new shard');
  await using ledger = await openShards(targets);
  const newcomer = await connect(added);
  try {
    show(await ledger.addShard(newcomer), json);
    return 0;
  } catch (error) {
    await newcomer.close();
    throw error;
  }
}

/** Moves an account; exit code 1 if it did not. */
export async function move(
  targets: readonly string[],
  text: string,
  shard: number,
  { json }: ShardsOptions,
): Promise<number> {
  const account = parseId(text);
  await using ledger = await openShards(targets);
  const outcome = await ledger.moveAccount(account, shard);
  const place = await ledger.shardOf(account);
  if (json === true) console.log(JSON.stringify({ account: String(account), outcome, shard: place ?? null }));
  else console.log(`account ${account} ${OUTCOMES[outcome]}${outcome === 'moved' ? ` to shard ${shard}` : ''}`);
  return outcome === 'moved' || outcome === 'is_there' ? 0 : 1;
}

async function openShards(targets: readonly string[]): Promise<ShardedLedger> {
  if (!isAddress(targets[0]!)) {
    const folders = foldersOf(onlyOne(targets));
    if (folders.length < 2) throw new TallystickError('not_found', `${targets[0]} is no folder of shards`);
    return open(targets[0]!, { create: false, shards: folders.length });
  }
  const connected: Ledger[] = [];
  try {
    for (const address of targets) connected.push(await connect(address));
    return await sharded(connected);
  } catch (error) {
    await Promise.allSettled(connected.map((ledger) => ledger.close()));
    throw error;
  }
}

function onlyOne(targets: readonly string[]): string {
  if (targets.length > 1)
    throw invalid('a folder of shards is one folder; several shards are given by their addresses');
  return targets[0]!;
}

function show({ counts, moved }: ShardMap, json: boolean | undefined): void {
  const shards = counts.at(-1)!;
  if (json === true) console.log(JSON.stringify({ shards, epoch: counts.length, counts, moved }));
  else {
    const began = counts.length === 1 ? '' : `, ${counts[0]} at first`;
    console.log(`${plural(shards, 'shard')}, epoch ${counts.length}${began}, ${plural(moved, 'moved account')}`);
  }
}

function invalid(why: string): TallystickError {
  return new TallystickError('invalid_argument', why);
}
