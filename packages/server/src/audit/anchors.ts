/**
 * Anchors: how far the audit trail goes, kept in the ledger itself, whose journal nobody changes unseen. An anchor is a
 * transfer of nothing between two accounts of ledger 4005, a control book of the operator's:
 *
 *   user_data_128   the first 16 bytes of the block's seal
 *   user_data_64    the block's number
 *   user_data_32    the node that keeps the trail, where several have one ledger
 *   id              of seal and number
 *
 * Whoever cuts the trail, or writes it anew with a stolen key, would have to write the journal anew, too.
 */
import { createHash } from 'node:crypto';
import { AccountFilterFlags, type Ledger, TallystickError, type Transfer } from 'tallystick/internal/model';
import type { Head } from './trail.ts';
import type { Anchor } from './verify.ts';

export const ANCHOR_LEDGER = 4005;
const CODE = 1;
const MAC_DIGITS = 32;
const PAGE = 1000;

const idOf = (text: string): bigint =>
  BigInt(`0x${createHash('sha256').update(`tallystick/audit/${text}`).digest('hex').slice(0, 32)}`);
const [DEBIT, CREDIT] = [idOf('anchors/debit'), idOf('anchors/credit')];

/** Keeps the head in the ledger; the id of its transfer. Rejects as the ledger does, and with `engine_failed`. */
export async function anchorIn(ledger: Ledger, { block, mac }: Head, node = 0): Promise<bigint> {
  await ledger.createAccounts([DEBIT, CREDIT].map((id) => ({ id, ledger: ANCHOR_LEDGER, code: CODE })));
  const id = idOf(`anchor/${block}/${mac}`);
  const [result] = await ledger.createTransfers([
    {
      id,
      debit_account_id: DEBIT,
      credit_account_id: CREDIT,
      amount: 0n,
      user_data_128: BigInt(`0x${mac.slice(0, MAC_DIGITS)}`),
      user_data_64: BigInt(block),
      user_data_32: node,
      ledger: ANCHOR_LEDGER,
      code: CODE,
    },
  ]);
  const [found] = await ledger.lookupTransfers([id]);
  if (found !== undefined) return id;
  throw new TallystickError(
    'invalid_argument',
    `an anchor of the audit trail was refused with status ${result!.status}`,
  );
}

/** All that a ledger has of a node's trail, oldest first. */
export async function anchorsOf(ledger: Pick<Ledger, 'getAccountTransfers'>, node = 0): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for (let timestamp_min = 0n; ; ) {
    const page: readonly Transfer[] = await ledger.getAccountTransfers({
      account_id: DEBIT,
      limit: PAGE,
      flags: AccountFilterFlags.debits | AccountFilterFlags.credits,
      timestamp_min,
    });
    for (const { user_data_128: mac, user_data_64: block, user_data_32: whose } of page) {
      if (whose !== node) continue;
      anchors.push({ block: Number(block), mac: mac.toString(16).padStart(MAC_DIGITS, '0'), by: 'the ledger' });
    }
    if (page.length < PAGE) return anchors;
    timestamp_min = page.at(-1)!.timestamp + 1n;
  }
}
