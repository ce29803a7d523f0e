/**
 * Statements and notifications of a bank: camt.053 and camt.054, version 2 and later. An entry that is one sum of many
 * payments has a part for each; the parts must add up to it.
 */
import { invalid } from 'tallystick/internal/model';
import { type Asset, unitsOf } from '../base/assets.ts';
import { baseNamed } from './names.ts';
import type { Entry, Statement } from './rail.ts';
import { all, at, type Element, mustText, textAt } from './xml.ts';

/** What is there when an entry's own reference does not name a payment: banks must write something. */
const NOTHING = 'NOTPROVIDED';
/** Families and sub-families of transactions that bring money back. */
const RETURNS: ReadonlySet<string> = new Set(['RRTN', 'RPCR', 'RIMB']);

/** Throws `invalid_argument` for what is neither, for another asset, and for sums that do not agree. */
export function readCamt(document: Element, asset: Asset): Statement[] {
  const statement = at(document, 'BkToCstmrStmt');
  const notification = at(document, 'BkToCstmrDbtCdtNtfctn');
  const found = [...all(statement, 'Stmt'), ...all(notification, 'Ntfctn')];
  if (found.length === 0) throw invalid('the document has neither a statement nor a notification');
  return found.map((one) => statementOf(one, asset));
}

/** The accounts that a document is about, without a look at the rest. */
export function accountsIn(document: Element): readonly string[] {
  const [statement, notification] = [at(document, 'BkToCstmrStmt'), at(document, 'BkToCstmrDbtCdtNtfctn')];
  return [...all(statement, 'Stmt'), ...all(notification, 'Ntfctn')].map(accountOf);
}

function accountOf(element: Element): string {
  const id = at(element, 'Acct', 'Id');
  return textAt(id, 'IBAN') ?? mustText(id, 'Othr', 'Id');
}

function statementOf(element: Element, asset: Asset): Statement {
  const currency = textAt(element, 'Acct', 'Ccy');
  if (currency !== undefined && currency !== asset.code) throw invalid(`the account is in ${currency}`);
  const entries = all(element, 'Ntry').flatMap((entry) => entriesOf(entry, asset));
  const [opening, closing] = [balanceOf(element, asset, ['OPBD', 'PRCD']), balanceOf(element, asset, ['CLBD'])];
  const statement: Statement = { id: mustText(element, 'Id'), account: accountOf(element), opening, closing, entries };
  if (opening !== undefined && closing !== undefined) {
    const moved = entries.reduce((sum, { units, isCredit }) => sum + (isCredit ? units : -units), 0n);
    if (opening + moved !== closing) {
      throw invalid(`the entries of statement ${statement.id} do not lead from its opening to its closing balance`);
    }
  }
  return statement;
}

function balanceOf(element: Element, asset: Asset, codes: readonly string[]): bigint | undefined {
  const found = all(element, 'Bal').find((one) => codes.includes(textAt(one, 'Tp', 'CdOrPrtry', 'Cd') ?? ''));
  if (found === undefined) return undefined;
  const text = mustText(found, 'Amt');
  const units = /^0+([.]0*)?$/.test(text) ? 0n : amountOf(found, asset);
  return textAt(found, 'CdtDbtInd') === 'DBIT' ? -units : units;
}

/** Entries that are booked; what a bank only announces is none yet. */
function entriesOf(element: Element, asset: Asset): Entry[] {
  if ((textAt(element, 'Sts', 'Cd') ?? textAt(element, 'Sts')) !== 'BOOK') return [];
  const whole = amountOf(element, asset);
  const details = all(element, 'NtryDtls').flatMap((one) => all(one, 'TxDtls'));
  const reference = textAt(element, 'AcctSvcrRef') ?? textAt(details[0], 'Refs', 'AcctSvcrRef');
  if (reference === undefined) throw invalid('an entry has no AcctSvcrRef, by which it would be booked once');
  if (details.length < 2) return [entryOf(element, details[0], reference, whole)];
  const parts = details.map((detail, index) => {
    return entryOf(element, detail, `${reference}/${index + 1}`, amountOf(detail, asset));
  });
  const sum = parts.reduce((total, { units }) => total + units, 0n);
  if (sum !== whole) throw invalid(`the parts of entry ${reference} do not add up to it`);
  return parts;
}

function amountOf(element: Element, asset: Asset): bigint {
  const amount = at(element, 'Amt');
  const currency = amount?.attributes.get('Ccy');
  if (currency !== undefined && currency !== asset.code) throw invalid(`an amount is in ${currency}`);
  return unitsOf(mustText(element, 'Amt'), asset, 'Amt');
}

function entryOf(entry: Element, detail: Element | undefined, reference: string, units: bigint): Entry {
  const side = textAt(entry, 'CdtDbtInd');
  if (side !== 'CRDT' && side !== 'DBIT') throw invalid(`entry ${reference} is neither a credit nor a debit`);
  const back = at(detail, 'RtrInf');
  const family = at(entry, 'BkTxCd', 'Domn', 'Fmly');
  return {
    reference,
    units,
    isCredit: side === 'CRDT',
    payout: baseNamed('pay', textAt(detail, 'Refs', 'EndToEndId') ?? textAt(detail, 'Refs', 'InstrId')),
    isReturn: back !== undefined || RETURNS.has(textAt(family, 'SubFmlyCd') ?? ''),
    reason: textAt(back, 'Rsn', 'Cd'),
    day: dayIn(textAt(entry, 'BookgDt', 'Dt') ?? textAt(entry, 'BookgDt', 'DtTm')),
    remittance: remittanceOf(detail),
    party: partyOf(detail, side),
  };
}

function remittanceOf(detail: Element | undefined): string[] {
  const info = at(detail, 'RmtInf');
  const structured = all(info, 'Strd').flatMap((one) => textAt(one, 'CdtrRefInf', 'Ref') ?? []);
  const plain = all(info, 'Ustrd').map(({ text }) => text);
  const named = textAt(detail, 'Refs', 'EndToEndId');
  return [...structured, ...plain, ...(named === undefined ? [] : [named])].filter(
    (text) => text !== '' && text !== NOTHING,
  );
}

function partyOf(detail: Element | undefined, side: 'CRDT' | 'DBIT'): string | undefined {
  const party = at(detail, 'RltdPties', side === 'CRDT' ? 'Dbtr' : 'Cdtr');
  return textAt(party, 'Pty', 'Nm') ?? textAt(party, 'Nm');
}

function dayIn(date: string | undefined): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(date ?? '') ?? [];
  if (year === undefined) throw invalid('an entry has no booking date');
  return Number(year) * 10_000 + Number(month) * 100 + Number(day);
}
