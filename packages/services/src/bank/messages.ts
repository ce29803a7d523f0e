/** What the simulated bank says: reports, notifications and statements of ISO 20022. */
import { type Asset, textOf } from '../base/assets.ts';
import { type Written, writeXml } from '../rails/xml.ts';

const SPACE = 'urn:iso:std:iso:20022:tech:xsd:';

/** The account of ours that it has. */
export interface BankAccount {
  readonly iban: string;
  readonly asset: Asset;
}

export interface Header {
  readonly id: string;
  readonly at: string;
}

/** What is told of one transfer. */
export interface Told {
  readonly endToEndId: string;
  readonly status: 'ACCP' | 'RJCT';
  readonly reason: string | undefined;
}

export interface BookedEntry {
  readonly reference: string;
  readonly day: string;
  readonly units: bigint;
  readonly isCredit: boolean;
  /** Undefined: whoever paid gave none. */
  readonly endToEndId: string | undefined;
  readonly party: string;
  /** Why it came back; undefined: it is no return. */
  readonly returned: string | undefined;
  readonly remittance: string | undefined;
}

const reasonOf = (reason: string | undefined): Written | undefined =>
  reason === undefined ? undefined : ['StsRsnInf', ['Rsn', ['Cd', reason]]];

/** `group`: what is said of the file as a whole; undefined: nothing new. */
export function pain002(
  { id, at }: Header,
  file: string,
  group: { readonly status: string; readonly reason: string | undefined } | undefined,
  told: readonly Told[],
): Uint8Array {
  const original: Written = [
    'OrgnlGrpInfAndSts',
    ['OrgnlMsgId', file],
    ['OrgnlMsgNmId', 'pain.001.001.09'],
    group && ['GrpSts', group.status],
    group && reasonOf(group.reason),
  ];
  const lines = told.map(({ endToEndId, status, reason }): Written => {
    return ['TxInfAndSts', ['OrgnlEndToEndId', endToEndId], ['TxSts', status], reasonOf(reason)];
  });
  const batch: Written | undefined =
    lines.length === 0 ? undefined : ['OrgnlPmtInfAndSts', ['OrgnlPmtInfId', file], ...lines];
  return writeXml(`${SPACE}pain.002.001.12`, [
    'Document',
    ['CstmrPmtStsRpt', ['GrpHdr', ['MsgId', id], ['CreDtTm', at]], original, batch],
  ]);
}

export function camt054({ id, at }: Header, account: BankAccount, entry: BookedEntry): Uint8Array {
  return writeXml(`${SPACE}camt.054.001.08`, [
    'Document',
    [
      'BkToCstmrDbtCdtNtfctn',
      ['GrpHdr', ['MsgId', id], ['CreDtTm', at]],
      ['Ntfctn', ['Id', id], ['CreDtTm', at], accountOf(account), entryOf(account, entry)],
    ],
  ]);
}

export function camt053(
  { id, at }: Header,
  account: BankAccount,
  day: string,
  { opening, entries }: { readonly opening: bigint; readonly entries: readonly BookedEntry[] },
): Uint8Array {
  const moved = entries.reduce((sum, { units, isCredit }) => sum + (isCredit ? units : -units), 0n);
  const statement: Written = [
    'Stmt',
    ['Id', id],
    ['CreDtTm', at],
    accountOf(account),
    balanceOf(account, 'OPBD', opening, day),
    balanceOf(account, 'CLBD', opening + moved, day),
    ...entries.map((entry) => entryOf(account, entry)),
  ];
  return writeXml(`${SPACE}camt.053.001.08`, [
    'Document',
    ['BkToCstmrStmt', ['GrpHdr', ['MsgId', id], ['CreDtTm', at]], statement],
  ]);
}

function accountOf({ iban, asset }: BankAccount): Written {
  return ['Acct', ['Id', ['IBAN', iban]], ['Ccy', asset.code]];
}

function amountOf({ asset }: BankAccount, units: bigint): Written {
  return ['Amt', { Ccy: asset.code }, textOf(units < 0n ? -units : units, asset)];
}

function balanceOf(account: BankAccount, code: string, units: bigint, day: string): Written {
  const side = units < 0n ? 'DBIT' : 'CRDT';
  const kind: Written = ['Tp', ['CdOrPrtry', ['Cd', code]]];
  return ['Bal', kind, amountOf(account, units), ['CdtDbtInd', side], ['Dt', ['Dt', day]]];
}

function entryOf(account: BankAccount, entry: BookedEntry): Written {
  const { reference, day, units, isCredit, endToEndId, party, returned, remittance } = entry;
  const family = isCredit ? 'RCDT' : 'ICDT';
  // Whoever was paid is still the creditor when the money comes back.
  const isPayer = isCredit && returned === undefined;
  const details: Written = [
    'TxDtls',
    ['Refs', ['EndToEndId', endToEndId ?? 'NOTPROVIDED']],
    amountOf(account, units),
    ['CdtDbtInd', isCredit ? 'CRDT' : 'DBIT'],
    ['RltdPties', [isPayer ? 'Dbtr' : 'Cdtr', ['Pty', ['Nm', party]]]],
    remittance === undefined ? undefined : ['RmtInf', ['Ustrd', remittance]],
    returned === undefined ? undefined : ['RtrInf', ['Rsn', ['Cd', returned]]],
  ];
  return [
    'Ntry',
    amountOf(account, units),
    ['CdtDbtInd', isCredit ? 'CRDT' : 'DBIT'],
    ['Sts', ['Cd', 'BOOK']],
    ['BookgDt', ['Dt', day]],
    ['AcctSvcrRef', reference],
    ['BkTxCd', ['Domn', ['Cd', 'PMNT'], ['Fmly', ['Cd', family], ['SubFmlyCd', returned ? 'RRTN' : 'ESCT']]]],
    ['NtryDtls', details],
  ];
}
