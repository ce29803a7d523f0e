/** All of a ledger as lines of text, and a ledger made of them again. Takes any Ledger and touches no file. */
export { type ArchiveCounts, archive } from './archive.ts';
export { KINDS, type Kind, recordLines } from './records.ts';
export { type Restored, restore } from './restore.ts';
export type { Refused } from './sender.ts';
export type { ArchiveSource } from './source.ts';
