/** A ledger's files, looked at, verified and copied. Takes no lock, and does not mind a writer at work. */
export { type Backup, backup, type Visit } from './copy.ts';
export type { Damage } from './damage.ts';
export { ifThere, type LedgerFile, type LedgerFiles, ledgerFiles } from './files.ts';
export {
  type BatchContent,
  batchContent,
  batchReports,
  journalReport,
  plainEvents,
  type Report,
  runReports,
  snapshotReports,
  superblockReport,
  witnessReport,
} from './report.ts';
export type { Until } from './until.ts';
export { type Verification, verify } from './verify.ts';
