/**
 * Every id that settlement gives. Whoever knows a transfer knows the ids of all that belongs to it, and whoever finds
 * one of those knows the transfer: each is the other's exclusive or with a constant of 128 bits.
 *
 *   accounts    reserved: no caller may use them. 32 bits of prefix, 8 of kind, shard, peer (16 each), currency (32)
 *   transfers   of reserved accounts, so no caller's transfer is mistaken for one of them, whatever its id
 */
import { idOf } from '../helpers/index.ts';
import { invalid, type Transfer } from '../model/index.ts';

const PREFIX = 0xfffff5a1n;
const PREFIX_WORD = Number(PREFIX);
const PREFIX_SHIFT = 96n;
const KIND_SHIFT = 88n;
const SHARD_SHIFT = 72n;
const PEER_SHIFT = 56n;
const MASK_16 = 0xffffn;
const MASK_32 = 0xffff_ffffn;

/** Code of every reserved account, and of transfers between two of them. */
export const RESERVED_CODE = 65_535;

/** What a reserved account is. */
export const Kind = {
  /** Stands on its shard for another shard, in one currency. */
  bridge: 1n,
  /** The other side of transfers that only say something; they have the amount 0. */
  records: 2n,
  /** Says which shard this is, of which map. */
  map: 3n,
  /** Never created: a transfer that debits it fails, and its id is burnt. */
  nobody: 4n,
  /** The other side of what says that an account has moved away. */
  moves: 5n,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface Bridge {
  readonly shard: number;
  readonly peer: number;
  readonly ledger: number;
}

function reservedId(kind: Kind, shard: number, peer: number, ledger: number): bigint {
  const place = (kind << KIND_SHIFT) | (BigInt(shard) << SHARD_SHIFT) | (BigInt(peer) << PEER_SHIFT);
  return (PREFIX << PREFIX_SHIFT) | place | BigInt(ledger);
}

/** Ids of bridges that were asked for; each transfer between shards needs two of a few. */
const bridges = new Map<string, bigint>();
const BRIDGES_MAX = 100_000;

/** The account on `shard` that stands for `peer`. */
export function bridgeId(shard: number, peer: number, ledger: number): bigint {
  const name = `${shard}/${peer}/${ledger}`;
  let id = bridges.get(name);
  if (id === undefined) {
    id = reservedId(Kind.bridge, shard, peer, ledger);
    if (bridges.size >= BRIDGES_MAX) bridges.clear();
    bridges.set(name, id);
  }
  return id;
}

export function recordsId(shard: number, ledger: number): bigint {
  return reservedId(Kind.records, shard, 0, ledger);
}

export function mapId(shard: number, epoch: number): bigint {
  return reservedId(Kind.map, shard, 0, epoch);
}

/** Whether it is an account by which a shard knows its map. */
export function isOfMap(account: bigint): boolean {
  return isReserved(account) && ((account >> KIND_SHIFT) & 0xffn) === Kind.map;
}

export function movesId(shard: number, ledger: number): bigint {
  return reservedId(Kind.moves, shard, 0, ledger);
}

/** Transfers of this account say which accounts have moved away from its shard. */
export function isMovesAccount(account: bigint): boolean {
  return isReserved(account) && ((account >> KIND_SHIFT) & 0xffn) === Kind.moves;
}

export const NOBODY: bigint = reservedId(Kind.nobody, 0, 0, 0);

/** Only settlement may name such an account. */
export function isReserved(account: bigint): boolean {
  return account >> PREFIX_SHIFT === PREFIX;
}

/** The same, by the highest 32 bits of its id. */
export function isReservedPrefix(word: number): boolean {
  return word === PREFIX_WORD;
}

const STRIPED = 0xfffff5a2n;
const STRIPED_WORD = Number(STRIPED);

/**
 * The id of a striped account: one that lies on every shard, so that no transfer to it or from it crosses. Its balances
 * are the sums of all shards. Without shards it is an account like any other. `number`: up to 2^96 - 1.
 */
export function stripedId(number: bigint | number): bigint {
  const given = typeof number === 'bigint' || Number.isSafeInteger(number) ? BigInt(number) : -1n;
  if (given < 0n || given >> PREFIX_SHIFT !== 0n) throw invalid('stripedId wants a whole number from 0 to 2^96 - 1');
  return (STRIPED << PREFIX_SHIFT) | given;
}

/** It lies on every shard. */
export function isStriped(account: bigint): boolean {
  return account >> PREFIX_SHIFT === STRIPED;
}

/** The same, by the highest 32 bits of its id. */
export function isStripedPrefix(word: number): boolean {
  return word === STRIPED_WORD;
}

/** What the bridge's id says; undefined for any other account. */
export function bridgeOf(account: bigint): Bridge | undefined {
  if (!isReserved(account) || ((account >> KIND_SHIFT) & 0xffn) !== Kind.bridge) return undefined;
  const shard = Number((account >> SHARD_SHIFT) & MASK_16);
  const peer = Number((account >> PEER_SHIFT) & MASK_16);
  return { shard, peer, ledger: Number(account & MASK_32) };
}

const key = (...parts: readonly (string | number)[]): bigint => idOf('tallystick', 'shard', 1, ...parts);
const LEG = key('leg');
const ENDED = key('ended');
const CHAIN = key('chain');
const DECISION = key('decision');
const LAST = key('last');
const VOID = key('void');
const NOBODYS = key('nobodys');
const MOVED = key('moved');
const OUT = key('out');
const IN = key('in');
const GONE = key('gone');

/** The leg on the credit account's shard, of a transfer; and the transfer of such a leg. */
export const legOf = (transfer: bigint): bigint => transfer ^ LEG;
/** The record that says how a pending transfer of a caller ended, on its debit account's shard. */
export const endedOf = (pending: bigint): bigint => pending ^ ENDED;
/** The record beside a chain's leg that says where its chain was decided. */
export const chainOf = (leg: bigint): bigint => leg ^ CHAIN;
/** The record on a chain's home whose being there is the decision; made of the chain's first transfer. */
export const decisionOf = (first: bigint): bigint => first ^ DECISION;
/** The record that ends a chain on a shard, so that all of the caller's events there stay linked. */
export const lastOf = (first: bigint): bigint => first ^ LAST;
/** A pending transfer that there is not: the id is as good as random where `random` is. */
export const nobodysOf = (random: bigint): bigint => random ^ NOBODYS;
export const voidOf = (leg: bigint): bigint => leg ^ VOID;

/** For each attempt a key of its own. */
function attempts(name: string): (id: bigint, attempt: number) => bigint {
  const keys: bigint[] = [];
  return (id, attempt) => {
    while (keys.length <= attempt) keys.push(key(name, keys.length));
    return id ^ keys[attempt]!;
  };
}

/** The post of a leg. A post that met a closed account has burnt its id, so there is one for each attempt. */
export const postOf: (leg: bigint, attempt: number) => bigint = attempts('post');

/** The record on the shard that an account has left: it says where it has gone. */
export const movedOf = (account: bigint): bigint => account ^ MOVED;
/** What the account had in credits, to the new shard; its leg there is `legOf` this. */
export const outOf = (account: bigint): bigint => account ^ OUT;
/** What the account had in debits, from the new shard; its leg on the old one is `legOf` this. */
export const inOf = (account: bigint): bigint => account ^ IN;
/** What closes an account for ever on the shard that it has left. */
export const goneOf = (account: bigint): bigint => account ^ GONE;
/** What stops an account so that it can move, and what lets it go on. */
export const stopOf: (account: bigint, attempt: number) => bigint = attempts('stop');
export const goOnOf: (account: bigint, attempt: number) => bigint = attempts('go on');

/** It belongs to an account that moves, and to no transfer of a caller. */
export function isOfMove({ id, debit_account_id: debit, credit_account_id: credit }: Transfer): boolean {
  if (isMovesAccount(debit) || isMovesAccount(credit)) return true;
  const account = isReserved(debit) ? credit : debit;
  const [out, back] = [outOf(account), inOf(account)];
  return id === out || id === back || id === legOf(out) || id === legOf(back);
}

/** On which side of a transfer the caller's account is, where the other is a bridge. */
export type Side = 'debit' | 'credit';

/** Undefined for a transfer between two accounts of callers, and for one between two reserved ones. */
export function sideOf({ debit_account_id, credit_account_id }: Transfer): Side | undefined {
  const [debit, credit] = [isReserved(debit_account_id), isReserved(credit_account_id)];
  if (debit === credit) return undefined;
  return debit ? 'credit' : 'debit';
}

/** The bridge that the transfer touches. */
export function bridgeIn(transfer: Transfer): Bridge | undefined {
  return bridgeOf(transfer.debit_account_id) ?? bridgeOf(transfer.credit_account_id);
}
