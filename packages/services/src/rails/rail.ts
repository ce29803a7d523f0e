/**
 * The port to a bank, and what a rail is. A rail is a way on which money leaves us and comes to us, in one asset, over
 * one account of ours at one bank. Files go out and messages come in; nothing here knows how they travel.
 */
import type { Asset } from '../base/assets.ts';

/** What a bank speaks. */
export const RAIL_FORMATS = ['iso20022', 'nacha'] as const;
export type RailFormat = (typeof RAIL_FORMATS)[number];

/** The account of ours at the bank, as files name it. */
export interface OwnAccount {
  readonly name: string;
  readonly iban?: string;
  readonly bic?: string;
  /** On rails of NACHA: nine digits of the bank, and the ten digits by which it knows us. */
  readonly routing?: string;
  readonly company?: string;
  /** On rails of NACHA: the number of the account there. */
  readonly account?: string;
}

export interface Rail {
  readonly name: string;
  readonly asset: Asset;
  readonly format: RailFormat;
  /** Our account of the kind `bank` on which its entries are booked. */
  readonly nostro: string;
  readonly own: OwnAccount;
}

/** A file for a bank: the same name has the same bytes for ever. */
export interface BankFile {
  /** As the file itself says it. */
  readonly name: string;
  readonly format: RailFormat;
  readonly bytes: Uint8Array;
}

/** Something that a bank has said, as it came. */
export interface BankMessage {
  /** The bank's own; only to confirm it. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The other side of a rail. */
export interface Bank {
  /**
   * Hands a file over, under its name. `known`: the bank has a file of that name and does nothing again. When it
   * rejects, nobody knows whether the bank has the file; the same file is sent again, and no other in its place.
   */
  send(file: BankFile): Promise<'taken' | 'known'>;
  /** What it has said and was not confirmed yet, the oldest first. */
  messages(): Promise<readonly BankMessage[]>;
  /** They need not be told again. What was confirmed may come again all the same. */
  confirm(ids: readonly string[]): Promise<void>;
}

/** What a bank says of one payout. */
export interface StatusLine {
  readonly payout: bigint;
  readonly says: 'accepted' | 'rejected' | 'pending';
  /** Its code of four characters, such as AC04. */
  readonly reason: string | undefined;
}

/** What a bank says of a file. */
export interface StatusReport {
  /** The file's number among bases; undefined: it names none of ours. */
  readonly file: bigint | undefined;
  /** Of the whole file, where it says so. */
  readonly group: Omit<StatusLine, 'payout'> | undefined;
  readonly lines: readonly StatusLine[];
}

/** One movement on our account at a bank. */
export interface Entry {
  /** The bank's own reference: it is booked once under it. */
  readonly reference: string;
  readonly units: bigint;
  /** Money came in. */
  readonly isCredit: boolean;
  /** The payout that it names; undefined: none of ours. */
  readonly payout: bigint | undefined;
  /** It brings back what went out. */
  readonly isReturn: boolean;
  readonly reason: string | undefined;
  /** yyyymmdd. */
  readonly day: number;
  /** References that whoever paid has given, each as it came. */
  readonly remittance: readonly string[];
  /** Whoever is on the other side, as far as the bank says. */
  readonly party: string | undefined;
}

/** A statement or a notification, of one account. */
export interface Statement {
  readonly id: string;
  /** The account's number, as the bank writes it. */
  readonly account: string;
  /** Booked balances; a notification has none. */
  readonly opening: bigint | undefined;
  readonly closing: bigint | undefined;
  readonly entries: readonly Entry[];
}
