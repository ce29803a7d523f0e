/**
 * The kernel calls its host on rare paths: for the past that has left memory, as functions of the journal alone; and to
 * wait.
 */

/** Writes the stored 128-byte row of `entry` at `target`. */
@external("host", "rowOf")
export declare function rowOf(entry: u64, target: usize): void;

/** Looks an id up in the runs: 0 unknown, 1 a stored transfer (row at `target`), 2 burnt. */
@external("host", "findCold")
export declare function findCold(lo: u64, hi: u64, target: usize): u32;

/** How the pending transfer with this id ended: the kind of the entry that ended it (posted, voided, expired). */
@external("host", "resolutionOf")
export declare function resolutionOf(lo: u64, hi: u64): u32;

/** Whether a stored transfer has this timestamp. */
@external("host", "transferAt")
export declare function transferAt(timestamp: u64): bool;

/** The ring of before-images is full: returns when the builder may have taken some. */
@external("host", "waitForBuilder")
export declare function waitForBuilder(): void;
