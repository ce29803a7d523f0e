/**
 * The audit trail: what callers did, what they were refused, and what was changed of keys, roles and policies. Sealed
 * block by block with a secret, anchored in the log and in the ledger.
 */
export { anchorIn, anchorsOf } from './anchors.ts';
export type { AuditRecord, Block } from './block.ts';
export { linesOf } from './lines.ts';
export { Signers, signedText } from './signatures.ts';
export { AuditTrail, auditKey, type Head, KEY_SIZE_MIN } from './trail.ts';
export { type Anchor, type Finding, type Verified, Verifier } from './verify.ts';
