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
  | 'deadline_exceeded'
  | 'wrong_cluster'
  | 'ledger_changed'
  | 'ledger_behind'
  | 'version_mismatch'
  | 'frame_invalid'
  | 'too_many_connections'
  | 'unauthenticated'
  | 'forbidden'
  | 'engine_failed'
  | 'invalid_argument'
  | 'book_invalid'
  | 'book_conflict'
  | 'model_invalid'
  | 'model_busy'
  | 'stage_lost'
  | 'dataset_invalid'
  | 'configuration_invalid'
  | 'not_listening'
  | 'session_expired'
  | 'request_reused'
  | 'unsupported'
  | 'package_missing'
  | 'threads_missing'
  | 'not_leader'
  | 'cluster_invalid'
  | 'cluster_damaged'
  | 'shards_invalid'
  | 'shards_damaged';

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
    next:
      'Stop this process and use the newer writer; calls that were not answered are unknown, so ask again there ' +
      'with the same ids.',
  },
  journal_corrupt: {
    about: 'A batch that had been acknowledged is damaged or missing.',
    retriable: false,
    next:
      'Keep the folder as it is and restore a backup; the message names the file, the op and what knows of it. ' +
      'To go on without the missing batches, run `tallystick repair FOLDER --accept-loss` or open with ' +
      '`acceptLoss`: what is given up stays in lost+found.',
  },
  snapshot_corrupt: {
    about: 'A snapshot does not match its checksum.',
    retriable: false,
    next: 'Run `tallystick repair FOLDER`: it makes the snapshot again from an older one and the journal.',
  },
  run_corrupt: {
    about: 'A run, an index file of the transfers, does not match its checksum.',
    retriable: false,
    next: 'Run `tallystick repair FOLDER`: it makes runs again from the journal.',
  },
  format_newer: {
    about: 'The files were written by a newer version of Tallystick.',
    retriable: false,
    next: 'Upgrade Tallystick to at least the version that wrote them.',
  },
  format_foreign: {
    about: 'The files are not a Tallystick ledger, or belong to another ledger.',
    retriable: false,
    next: 'Check the path; a new ledger needs an empty folder, or one that does not exist yet.',
  },
  disk_full: {
    about: 'The disk has no room left, or less than is kept free, so the batch was not made durable.',
    retriable: true,
    next:
      'Free some space and send the same events again with the same ids. If the ledger still answers reads, it ' +
      'takes them by itself; otherwise open it again.',
  },
  disk_failed: {
    about: 'The disk refused a read, a write or a sync, or gave back other bytes than it took.',
    retriable: false,
    next:
      'Check the disk and open the ledger again; unanswered calls are unknown, so send them again with the same ' +
      'ids.',
  },
  not_writable: {
    about: 'The process may not write where the ledger lies.',
    retriable: false,
    next: 'Give the process the right to write in the folder, or choose another folder.',
  },
  not_found: {
    about: 'There is no file, ledger or record under that name.',
    retriable: false,
    next: 'Check the name; for a folder, check that its volume is mounted and that the ledger was created.',
  },
  too_much_data: {
    about: 'One request carries or asks for more than 8,189 events.',
    retriable: false,
    next:
      'Split it; a linked chain must stay within one request, and a query goes on from the last timestamp it ' +
      'returned.',
  },
  too_many_accounts: {
    about: 'The ledger holds as many accounts as it can.',
    retriable: false,
    next: 'Put new accounts into another ledger: accounts are never removed.',
  },
  too_many_pendings: {
    about: 'The ledger holds as many open pending transfers as it can.',
    retriable: true,
    next: 'Post or void some, or give them timeouts; then send the same events again.',
  },
  memory_full: {
    about:
      'There is no more memory: the system gives the process none, or a ledger in memory on threads holds as ' +
      'many transfers as it can.',
    retriable: false,
    next:
      'Give the process more memory and addresses (`ulimit -v`: an open ledger reserves some 100 GiB of ' +
      'addresses, of which it uses what it needs) and open the ledger again; calls that were not answered are ' +
      'unknown, so send them again with the same ids. A ledger in memory on threads that is full: open it in a ' +
      'folder, which has no such limit.',
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
    about: 'The other side did not answer in time.',
    retriable: true,
    next: 'Try again; what became of events that were sent is unknown, so keep their ids.',
  },
  deadline_exceeded: {
    about: 'The time that the caller gave was over before the answer was there; nothing was done.',
    retriable: true,
    next:
      'Ask again with more time, for less (a smaller limit, a shorter window of time, one more field), or when ' +
      'the ledger is less busy.',
  },
  wrong_cluster: {
    about: 'The server serves another cluster than the one that was asked for.',
    retriable: false,
    next: 'Check address and cluster id; cluster 0 means any.',
  },
  ledger_changed: {
    about: 'The server serves another ledger than the one that this client knows; nothing was sent to it.',
    retriable: false,
    next:
      'Check that the server has the right folder, and its volume is mounted: once the right ledger is back, ' +
      'calls go on. If the change was meant, connect a new client without the pin.',
  },
  ledger_behind: {
    about: 'The server serves an older state of the ledger than this client has heard of; nothing was sent to it.',
    retriable: false,
    next:
      'Check whether an older copy is being served: once the newer one is back, calls go on. After a deliberate ' +
      'restore connect a new client without the pin, and send again what the ledger has lost.',
  },
  version_mismatch: {
    about: 'Client and server speak different versions of the native protocol.',
    retriable: false,
    next: 'Upgrade the older of the two.',
  },
  frame_invalid: {
    about:
      'Bytes arrived that are not a frame of this protocol, or do not match their checksum; the connection was closed.',
    retriable: false,
    next:
      'Check that the port is that of the protocol; what became of unanswered events is unknown, so keep their ' +
      'ids.',
  },
  too_many_connections: {
    about: 'The server has as many connections as it may have.',
    retriable: true,
    next: 'Close connections that are not needed, raise the limit, or try again later.',
  },
  unauthenticated: {
    about: 'The caller has shown no valid token or certificate, or the token has expired; nothing was done.',
    retriable: false,
    next:
      'Connect again with a valid token, or with a certificate that the server knows. A connection ends with its ' +
      'token.',
  },
  forbidden: {
    about: 'The role of the caller, or its list of ledgers, does not allow this; nothing was done.',
    retriable: false,
    next: 'Use a token or a certificate with the role, or the ledgers, that the message names.',
  },
  engine_failed: {
    about: 'The engine stopped because it found a mistake of its own.',
    retriable: false,
    next:
      'Open the ledger again, which replays the journal, and report the cause; unanswered calls are unknown, so ' +
      'send them again with the same ids.',
  },
  invalid_argument: {
    about: 'An argument has the wrong type or is out of range; nothing was sent.',
    retriable: false,
    next: 'Correct what the message names, and send it again.',
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
  model_invalid: {
    about: 'The file of a model cannot be read, or does not score as its manifest says; it is not used.',
    retriable: false,
    next: 'Export the model again in a format that docs/guides/fraud.md lists, and stage it under its new digest.',
  },
  model_busy: {
    about: 'As many requests wait for the model already as may.',
    retriable: true,
    next: 'Ask again later; the error says after how many milliseconds, if that is known.',
  },
  stage_lost: {
    about:
      'A process with layers of the model has ended or does not answer, and the answer could not be taken up again.',
    retriable: true,
    next: 'Ask again: the model starts its stages anew. If it goes on, look at the memory that is left on the machine.',
  },
  dataset_invalid: {
    about: 'A record or a file of a dataset is malformed, or the dataset is not the one that a saved state belongs to.',
    retriable: false,
    next: 'Correct the record that the message names, or let the dataset skip or quarantine bad ones.',
  },
  configuration_invalid: {
    about: 'A setting is unknown, out of range, or does not go with another; nothing was started.',
    retriable: false,
    next:
      'Correct the keys that the message names; `tallystick config` prints what is in force and where it came ' +
      'from.',
  },
  not_listening: {
    about: 'The server cannot listen at this port or path.',
    retriable: true,
    next: 'Stop the process that listens there, or choose another port; ports below 1024 need a privilege.',
  },
  session_expired: {
    about: 'The reply of a request that was sent again is not kept any more: whether it was done is unknown.',
    retriable: false,
    next: 'Look the events up by their ids; send what is not there again, with the same ids, as a new request.',
  },
  request_reused: {
    about: 'This number of the session, or this Idempotency-Key, belongs to a request with other events.',
    retriable: false,
    next: 'Give every request a number or key of its own, and repeat one only with the very same events.',
  },
  unsupported: {
    about: 'The ledger behind this connection is another system, which has no such operation; nothing was done.',
    retriable: false,
    next: 'Do without it, or ask a ledger of Tallystick: docs/guides/tigerbeetle.md lists what TigerBeetle lacks.',
  },
  package_missing: {
    about: 'What was asked for is in a package that is not installed; nothing was done.',
    retriable: false,
    next: 'Install the package with the line that the message ends with, and try again.',
  },
  threads_missing: {
    about:
      "The files of a ledger's threads do not lie beside its program, which a bundler has moved; the ledger " +
      'was not opened.',
    retriable: false,
    next:
      'Leave the package tallystick out of the bundle (external, in the words of most bundlers), or open the ' +
      "ledger with mode: 'inline', which starts no thread. docs/guides/packages.md has the line for each bundler.",
  },
  not_leader: {
    about: 'This node of a cluster follows another one; nothing was done.',
    retriable: true,
    next:
      'Ask the node that the message names, or give the client the addresses of all nodes: it finds the leader ' +
      'by itself.',
  },
  cluster_invalid: {
    about: 'The stream or the servers of a cluster are not set up as a ledger needs them; nothing was served.',
    retriable: false,
    next: 'Correct what the message names (packages/cluster/README.md lists every setting), and start the node again.',
  },
  cluster_damaged: {
    about: 'What the nodes of a cluster agreed on is missing, or two of them have made something else of it.',
    retriable: false,
    next:
      'Keep the folders of all nodes and all servers as they are; the message names the node and the op. This ' +
      'node serves no more.',
  },
  shards_invalid: {
    about: 'The ledgers are not the shards of one map, or not in its order; nothing was sent to them.',
    retriable: false,
    next:
      'Give all shards of the map in their order; the message names the one that is wrong. A shard that is ' +
      'missing is restored from its own backup.',
  },
  shards_damaged: {
    about: 'A shard has lost a part of a settlement that it had acknowledged.',
    retriable: false,
    next:
      'Keep all shards as they are and check whether one of them was restored from an older backup; the message ' +
      'names the transfer and the shard.',
  },
};

export interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly index?: number;
  readonly field?: string | undefined;
  /** Says better what to do than the code's own `next`. */
  readonly next?: string | undefined;
}

/**
 * The world misbehaved. `code` is stable, `retriable` says if the same call may succeed later, `next` says what to do,
 * `retryAfterMs` when, if that is known.
 */
export class TallystickError extends Error {
  override readonly name = 'TallystickError';
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly next: string;
  /** Milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** For `invalid_argument`: the event of the call, from 0, and its field; undefined if the error concerns none. */
  declare readonly index?: number;
  declare readonly field?: string;

  constructor(code: ErrorCode, message: string = errorTable[code].about, options?: ErrorDetails) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
    if (options?.index !== undefined) this.index = options.index;
    if (options?.field !== undefined) this.field = options.field;
    this.retriable = errorTable[code].retriable;
    this.next = options?.next ?? errorTable[code].next;
  }
}
