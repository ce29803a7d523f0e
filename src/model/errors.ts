/**
 * The world misbehaving: everything that can go wrong outside the domain's own statuses, in one table.
 * `docs/reference/errors.md` is printed from it.
 */

/** One way the world can fail us: what happened, whether the same call may succeed later, and what to do next. */
export interface ErrorEntry {
  readonly about: string;
  readonly retriable: boolean;
  readonly next: string;
}

/** Stable: programs may compare with it. */
export type ErrorCode =
  | 'closed'
  | 'locked'
  | 'fence_lost'
  | 'journal_corrupt'
  | 'snapshot_corrupt'
  | 'run_corrupt'
  | 'format_newer'
  | 'format_foreign'
  | 'disk_full'
  | 'disk_failed'
  | 'not_writable'
  | 'not_found'
  | 'too_much_data'
  | 'too_many_accounts'
  | 'too_many_pendings'
  | 'memory_full'
  | 'lane_full'
  | 'unreachable'
  | 'connection_lost'
  | 'timed_out'
  | 'wrong_cluster'
  | 'version_mismatch'
  | 'frame_invalid'
  | 'too_many_connections'
  | 'unauthenticated'
  | 'forbidden'
  | 'engine_failed'
  | 'invalid_argument'
  | 'book_invalid'
  | 'book_conflict'
  | 'configuration_invalid'
  | 'not_listening';

export const errorTable: { readonly [code in ErrorCode]: ErrorEntry } = {
  closed: {
    about: 'The ledger was closed before this call finished.',
    retriable: false,
    next: 'Open the ledger again and send the same events with the same ids: what was already done answers `exists`.',
  },
  locked: {
    about: 'Another process has this ledger open.',
    retriable: true,
    next: 'Close the other process, or talk to the ledger through it; one process owns a ledger at a time.',
  },
  fence_lost: {
    about: 'A newer writer has taken over this ledger, so this one may write no more.',
    retriable: false,
    next: 'Stop this process and use the newer writer; calls that were not answered are unknown, so ask again there with the same ids.',
  },
  journal_corrupt: {
    about: 'The journal holds bytes that are not what was written, in a batch that had been acknowledged.',
    retriable: false,
    next: 'Keep the folder as it is and restore a backup; the message names the file, the offset and the op.',
  },
  snapshot_corrupt: {
    about: 'A snapshot does not match its checksum.',
    retriable: false,
    next: 'Move the named snapshot aside and open again: an older snapshot and the journal rebuild it.',
  },
  run_corrupt: {
    about: 'A run, an index file of the transfers, does not match its checksum.',
    retriable: false,
    next: 'Move the named run aside and open again: runs are rebuilt from the journal.',
  },
  format_newer: {
    about: 'The files were written by a newer version of Tallystick.',
    retriable: false,
    next: 'Upgrade Tallystick to at least the version that wrote them.',
  },
  format_foreign: {
    about: 'The files are not a Tallystick ledger, or belong to another ledger.',
    retriable: false,
    next: 'Check the path; a new ledger wants an empty folder or one that does not exist yet.',
  },
  disk_full: {
    about: 'The disk has no room left, so the batch was not made durable.',
    retriable: false,
    next: 'Free some space and open the ledger again; unanswered calls are unknown, so send them again with the same ids.',
  },
  disk_failed: {
    about: 'The disk refused a read, a write or a sync.',
    retriable: false,
    next: 'Check the disk and open the ledger again; unanswered calls are unknown, so send them again with the same ids.',
  },
  not_writable: {
    about: 'The process may not write where the ledger lies.',
    retriable: false,
    next: 'Give the process the right to write in the folder, or choose another folder.',
  },
  not_found: {
    about: 'What was asked for is not there.',
    retriable: false,
    next: 'Check the path, and that the ledger was created.',
  },
  too_much_data: {
    about: 'One request carries or asks for more than 8,189 events.',
    retriable: false,
    next: 'Split it; a linked chain must stay within one request, and a query goes on from the last timestamp it returned.',
  },
  too_many_accounts: {
    about: 'The ledger holds as many accounts as it was opened for.',
    retriable: false,
    next: 'Open the ledger again with a larger limit of accounts.',
  },
  too_many_pendings: {
    about: 'The ledger holds as many open pending transfers as it was opened for.',
    retriable: true,
    next: 'Post or void some, give them timeouts, or open the ledger again with a larger limit of pending transfers.',
  },
  memory_full: {
    about: 'A ledger in memory on threads holds as many transfers as it can.',
    retriable: false,
    next: 'Open the ledger in a folder, which has no such limit, or in memory without threads.',
  },
  lane_full: {
    about: 'As many requests wait in this lane as it may hold; nothing was sent.',
    retriable: true,
    next: 'Send it again a little later, with the same ids.',
  },
  unreachable: {
    about: 'No server answers at the address; nothing was sent.',
    retriable: true,
    next: 'Check the address, and that `tallystick serve` runs there; then try again.',
  },
  connection_lost: {
    about: 'The connection ended before the answer came: what became of the events is unknown.',
    retriable: true,
    next: 'Send the same events again with the same ids: what was done answers `exists`.',
  },
  timed_out: {
    about: 'The other side did not do its part in time.',
    retriable: true,
    next: 'Try again; what became of events that were sent is unknown, so keep their ids.',
  },
  wrong_cluster: {
    about: 'The server serves another cluster than the one that was asked for.',
    retriable: false,
    next: 'Check address and cluster id; cluster 0 means any.',
  },
  version_mismatch: {
    about: 'Client and server speak different versions of the native protocol.',
    retriable: false,
    next: 'Upgrade the older of the two.',
  },
  frame_invalid: {
    about:
      'Bytes arrived that are no frame of the protocol, or do not match their checksum; the connection was closed.',
    retriable: false,
    next: 'Check that both sides speak the same protocol; what became of unanswered events is unknown, so keep their ids.',
  },
  too_many_connections: {
    about: 'The server has as many connections as it may have.',
    retriable: true,
    next: 'Close connections that are not needed, raise the limit, or try again later.',
  },
  unauthenticated: {
    about: 'Who asks has not shown who they are, or the token that showed it has expired; nothing was done.',
    retriable: false,
    next: 'Connect again with a valid token, which is good for one connection until it expires, or with a certificate that the server knows.',
  },
  forbidden: {
    about: 'Who asks may not do this.',
    retriable: false,
    next: 'Ask for the role that the message names.',
  },
  engine_failed: {
    about: 'The engine stopped because it found a mistake of its own.',
    retriable: false,
    next: 'Open the ledger again, which replays the journal, and report the cause; unanswered calls are unknown, so send them again with the same ids.',
  },
  invalid_argument: {
    about: 'An argument has the wrong type or is out of range; nothing was sent.',
    retriable: false,
    next: 'Correct the field that the message names.',
  },
  book_invalid: {
    about: 'A book cannot be imported as it stands; nothing of it was sent.',
    retriable: false,
    next: 'Correct the lines that the message names and import the book again.',
  },
  book_conflict: {
    about: 'The ledger already holds something else under an id of the book that is being imported.',
    retriable: false,
    next: 'Import the book into a new folder; what was imported before the conflict stays and is found again.',
  },
  configuration_invalid: {
    about: 'A setting is unknown, out of range, or does not go with another; nothing was started.',
    retriable: false,
    next: 'Correct the keys that the message names; `tallystick config` prints what is in force and where it came from.',
  },
  not_listening: {
    about: 'A port cannot be opened.',
    retriable: true,
    next: 'Stop what else listens there, or choose another port; below 1024 the process needs the right to.',
  },
};

/** The world misbehaved. `code` is stable, `retriable` says if the same call may succeed later, `next` says what to do, `retryAfterMs` when, if that is known. */
export class TallystickError extends Error {
  override readonly name = 'TallystickError';
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly next: string;
  /** Milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string = errorTable[code].about,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
    this.retriable = errorTable[code].retriable;
    this.next = errorTable[code].next;
  }
}
