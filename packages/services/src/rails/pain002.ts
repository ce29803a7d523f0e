/** What a bank says of a file and of each payout in it: pain.002, in the versions that banks send. */
import { invalid } from 'tallystick/internal/model';
import { baseNamed } from './names.ts';
import type { StatusLine, StatusReport } from './rail.ts';
import { all, at, type Element, textAt } from './xml.ts';

/** The bank has it, and will pay. Codes of technical checks, and of what it has only received, say nothing yet. */
const ACCEPTED: ReadonlySet<string> = new Set(['ACCP', 'ACSP', 'ACSC', 'ACWC', 'ACCC']);
const REJECTED: ReadonlySet<string> = new Set(['RJCT', 'CANC']);

/** Throws `invalid_argument` for what is no such report. */
export function readPain002(document: Element): StatusReport {
  const report = at(document, 'CstmrPmtStsRpt');
  if (report === undefined) throw invalid('the document has no CstmrPmtStsRpt');
  const original = at(report, 'OrgnlGrpInfAndSts');
  const batches = all(report, 'OrgnlPmtInfAndSts');
  const lines = batches.flatMap((batch) => all(batch, 'TxInfAndSts').flatMap(lineOf));
  return {
    file: baseNamed('fil', textAt(original, 'OrgnlMsgId')),
    // A file of ours is one batch: what is said of the batch is said of the file.
    group: said(original, 'GrpSts') ?? said(batches[0], 'PmtInfSts'),
    lines,
  };
}

function lineOf(element: Element): StatusLine[] {
  const name = textAt(element, 'OrgnlEndToEndId') ?? textAt(element, 'OrgnlInstrId');
  const payout = baseNamed('pay', name);
  const line = said(element, 'TxSts');
  return payout === undefined || line === undefined ? [] : [{ payout, ...line }];
}

function said(element: Element | undefined, field: string): Omit<StatusLine, 'payout'> | undefined {
  const status = textAt(element, field);
  if (status === undefined) return undefined;
  const says = ACCEPTED.has(status) ? 'accepted' : REJECTED.has(status) ? 'rejected' : 'pending';
  return { says, reason: textAt(element, 'StsRsnInf', 'Rsn', 'Cd') ?? textAt(element, 'StsRsnInf', 'Rsn', 'Prtry') };
}
