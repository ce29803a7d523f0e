/**
 * A ledger with one of every kind: accounts of every flag, transfers of every flag and fate, numbers at their edges.
 * Times are its own.
 */
import type { ReplayPort } from '../../src/model/index.ts';
import { accountFlag, op, SECOND, transferFlag, U64_MAX, U128_MAX } from './names.ts';
import { type Account, accountLayout, encode, type Transfer, transferLayout } from './records.ts';

const START = 1_700_000_000n * SECOND;
/** Behind everything else. */
const LAST = START + 1000n * SECOND;

const account = (id: bigint, flags = 0n, more: Partial<Account> = {}): Partial<Account> => ({
  id,
  ledger: 1n,
  code: 1n,
  flags,
  ...more,
});

/** 1 to 2 unless it says otherwise. */
const transfer = (id: bigint, amount: bigint, flags = 0n, more: Partial<Transfer> = {}): Partial<Transfer> => ({
  id,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount,
  ledger: 1n,
  code: 1n,
  flags,
  ...more,
});

const accounts: readonly Partial<Account>[] = [
  account(1n),
  account(2n, 0n, { user_data_128: U128_MAX, user_data_64: U64_MAX, user_data_32: 7n }),
  account(3n, accountFlag.debits_must_not_exceed_credits),
  account(4n, accountFlag.credits_must_not_exceed_debits),
  account(5n, accountFlag.history),
  account(6n, accountFlag.history | accountFlag.debits_must_not_exceed_credits, { code: 65_535n }),
  account(7n, accountFlag.closed),
  account(8n, accountFlag.linked),
  account(9n),
  account(10n),
  account(11n),
  account(U128_MAX - 1n, 0n, { ledger: 2n ** 32n - 1n }),
  account(2n ** 64n, 0n, { ledger: 2n ** 32n - 1n }),
];

const ended = (id: bigint, pending_id: bigint, amount: bigint, flags: bigint): Partial<Transfer> => ({
  id,
  pending_id,
  amount,
  flags,
});

/** A request each; the second number is the seconds behind {@link START} at which it comes. */
const requests: readonly (readonly [seconds: bigint, transfers: readonly Partial<Transfer>[]])[] = [
  [
    10n,
    [
      transfer(100n, 1n),
      transfer(101n, 0n),
      transfer(102n, U64_MAX),
      transfer(103n, U64_MAX + 1n),
      transfer(104n, 2n ** 126n),
    ],
  ],
  [11n, [transfer(110n, 5n, transferFlag.linked), transfer(111n, 6n, transferFlag.linked), transfer(112n, 7n)]],
  // A chain of which nothing is there.
  [12n, [transfer(120n, 5n, transferFlag.linked), transfer(121n, 6n, 0n, { ledger: 9n })]],
  [
    13n,
    [
      transfer(130n, 100n, 0n, { debit_account_id: 2n, credit_account_id: 3n }),
      transfer(131n, 40n, 0n, { debit_account_id: 3n, credit_account_id: 5n }),
    ],
  ],
  // Its id is burnt.
  [14n, [transfer(140n, 1000n, 0n, { debit_account_id: 3n })]],
  [
    15n,
    [
      transfer(150n, 10n, transferFlag.pending, { debit_account_id: 5n, credit_account_id: 1n }),
      transfer(151n, 11n, transferFlag.pending),
      transfer(152n, 12n, transferFlag.pending),
      transfer(153n, 13n, transferFlag.pending, { timeout: 4n }),
      transfer(154n, 14n, transferFlag.pending, { timeout: 900n }),
      transfer(155n, 15n, transferFlag.pending, { timeout: 3n, debit_account_id: 5n }),
    ],
  ],
  [
    16n,
    [
      ended(160n, 150n, U128_MAX, transferFlag.post_pending_transfer),
      ended(161n, 151n, 4n, transferFlag.post_pending_transfer),
      ended(162n, 152n, 0n, transferFlag.void_pending_transfer),
    ],
  ],
  // By now 153 and 155 have expired.
  [30n, [ended(170n, 153n, U128_MAX, transferFlag.post_pending_transfer)]],
  [
    31n,
    [
      transfer(180n, 1_000_000n, transferFlag.balancing_debit, { debit_account_id: 3n }),
      transfer(181n, U128_MAX, transferFlag.balancing_credit, { debit_account_id: 1n, credit_account_id: 6n }),
      transfer(182n, 3n, transferFlag.balancing_debit | transferFlag.balancing_credit | transferFlag.pending, {
        debit_account_id: 5n,
        credit_account_id: 2n,
      }),
    ],
  ],
  [
    32n,
    [
      transfer(190n, 0n, transferFlag.closing_debit | transferFlag.pending, { debit_account_id: 10n }),
      transfer(191n, 0n, transferFlag.closing_credit | transferFlag.pending, { credit_account_id: 11n }),
    ],
  ],
  // 11 is open again, 10 stays closed.
  [
    33n,
    [
      ended(192n, 191n, 0n, transferFlag.void_pending_transfer),
      transfer(193n, 1n, 0n, { debit_account_id: 10n }),
      transfer(194n, 1n, 0n, { credit_account_id: 11n }),
    ],
  ],
  [
    34n,
    [
      transfer(200n, 77n, 0n, {
        debit_account_id: U128_MAX - 1n,
        credit_account_id: 2n ** 64n,
        ledger: 2n ** 32n - 1n,
        code: 65_535n,
        user_data_128: U128_MAX,
        user_data_64: U64_MAX,
        user_data_32: 2n ** 32n - 1n,
      }),
    ],
  ],
];

const imported: readonly Partial<Account>[] = [20n, 21n].map((id, index) =>
  account(id, accountFlag.imported | accountFlag.history, { timestamp: START - 100n * SECOND + BigInt(index) }),
);
const importedTransfers: readonly Partial<Transfer>[] = [300n, 301n].map((id, index) =>
  transfer(id, 9n, transferFlag.imported | (index === 1 ? transferFlag.pending : 0n), {
    debit_account_id: 20n,
    credit_account_id: 21n,
    timestamp: START - 90n * SECOND + BigInt(index),
  }),
);

/** Makes it. */
export async function everyKind(port: ReplayPort): Promise<void> {
  await port.request(op.create_accounts, encode(accountLayout, imported), START);
  await port.request(op.create_transfers, encode(transferLayout, importedTransfers), START + SECOND);
  await port.request(op.create_accounts, encode(accountLayout, accounts), START + 2n * SECOND);
  for (const [seconds, transfers] of requests) {
    if (seconds === 30n) await port.advance(13n * SECOND);
    await port.request(op.create_transfers, encode(transferLayout, transfers), START + seconds * SECOND);
  }
}

/** Everything again with the same ids, long after: what was done exists, an id that was burnt stays so. */
export const again: { readonly operation: number; readonly events: Uint8Array; readonly timestamp: bigint } = {
  operation: op.create_transfers,
  events: encode(
    transferLayout,
    [...requests.flatMap(([, transfers]) => transfers)].map((one) => ({
      ...one,
      flags: (one.flags ?? 0n) & ~transferFlag.linked,
    })),
  ),
  timestamp: LAST,
};
