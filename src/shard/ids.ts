/**
 * Every id that settlement gives. Whoever knows a transfer knows the ids of all that belongs to it, and whoever finds
 * one of those knows the transfer: each is the other's exclusive or with a constant of 128 bits.
 *
 *   accounts    reserved: no caller may use them. 32 bits of prefix, 8 of kind, shard, peer (16 each), currency (32)
 *   transfers   of reserved accounts, so no caller's transfer is mistaken for one of them, whatever its id
 */
import { idOf } from '../helpers/index.ts';
import type { Transfer } from '../model/index.ts';

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

export const NOBODY: bigint = reservedId(Kind.nobody, 0, 0, 0);

/** Only settlement may name such an account. */
export function isReserved(account: bigint): boolean {
  return account >> PREFIX_SHIFT === PREFIX;
}

/** The same, by the highest 32 bits of its id. */
export function isReservedPrefix(word: number): boolean {
  return word === PREFIX_WORD;
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
const posts: bigint[] = [];

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

/** The post of a leg. A post that met a closed account has burnt its id, so there is one for each attempt. */
export function postOf(leg: bigint, attempt: number): bigint {
  while (posts.length <= attempt) posts.push(key('post', posts.length));
  return leg ^ posts[attempt]!;
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
