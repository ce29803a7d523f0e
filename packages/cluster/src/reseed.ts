/**
 * What operators do when a folder, or the stream, is not what it was. Nothing is destroyed: what is given up lies in
 * the folder's `lost+found`.
 */
import { type Kept, LostFound, type Storage, TallystickError } from 'tallystick/internal';
import { baseBody } from './base.ts';
import type { Batch } from './batches.ts';
import type { Order } from './order.ts';
import { type Entry, entryBehind, HASH_SIZE, Kind, readEntry } from './record.ts';
import { acquit } from './verdict.ts';

const LOST_FOUND = 'lost+found';

/** Moves all of a folder's ledger away. The node starts with nothing there, and gets everything from the others. */
export function emptyFolder(storage: Storage, folder: string, token: bigint, why: string): readonly Kept[] {
  const lost = new LostFound(storage, folder, token);
  for (const name of storage.list(folder)) if (name !== LOST_FOUND) lost.move(name, why);
  return lost.kept;
}

/** A stream of any state, besides what nodes ask of it. */
export interface Damaged extends Pick<Order, 'name' | 'read' | 'append' | 'cut'> {
  /** The numbers of its first and its last message, whatever is missing between them. */
  span(): Promise<{ readonly first: number; readonly last: number }>;
}

export interface Reseeded {
  /** The file with everything that the stream had. */
  readonly kept: string | undefined;
  /** Messages in it. */
  readonly messages: number;
  /** The stream begins with that one now. */
  readonly sequence: number;
  readonly op: number;
}

/** The end of the folder that the stream is made from. */
export interface Source {
  readonly storage: Storage;
  readonly folder: string;
  readonly node: number;
  readonly ledgerId: bigint;
  readonly op: number;
  readonly last: Batch | undefined;
}

/**
 * Lets the stream begin anew behind the last batch of a folder; its messages are kept in the folder first. No node
 * runs meanwhile. Throws `cluster_damaged` when somebody else appends.
 */
export async function reseedStream(stream: Damaged, source: Source, token: bigint): Promise<Reseeded> {
  const { storage, folder, node, ledgerId, op, last } = source;
  const span = await stream.span();
  const found = await keepMessages(stream, span, storage, `${folder}/${LOST_FOUND}/${token}-${stream.name}`);
  const before = {
    ...{ sequence: span.last, op, hash: found.last?.hash ?? new Uint8Array(HASH_SIZE) },
    epoch: found.epoch,
    timestamp: last?.timestamp ?? 0n,
  };
  const base = entryBehind(before, { ledgerId, node }, { kind: Kind.base, body: baseBody(last) });
  if ((await stream.append(base.bytes, span.last)) !== 'stored') {
    throw new TallystickError(
      'cluster_damaged',
      `stream ${stream.name} takes no message ${base.sequence}: end all nodes`,
    );
  }
  await stream.cut(base.sequence);
  acquit(storage, folder);
  return { kept: found.path, messages: found.count, sequence: base.sequence, op };
}

interface Found {
  readonly path: string | undefined;
  readonly count: number;
  readonly last: Entry | undefined;
  /** The newest that a record has. */
  readonly epoch: number;
}

/** Copies every message that is there: its number, its size and its bytes, one behind the other. */
async function keepMessages(
  stream: Damaged,
  { first, last }: { readonly first: number; readonly last: number },
  storage: Storage,
  path: string,
): Promise<Found> {
  if (last < first) return { path: undefined, count: 0, last: undefined, epoch: 0 };
  storage.makeFolder(path.slice(0, path.lastIndexOf('/')));
  const file = storage.open(path, { mode: 'create' });
  let [at, count, epoch] = [0, 0, 0];
  let newest: Entry | undefined;
  try {
    for (let sequence = first; sequence <= last; sequence++) {
      const bytes = await stream.read(sequence);
      if (bytes === undefined) continue;
      const head = new DataView(new ArrayBuffer(12));
      head.setBigUint64(0, BigInt(sequence), true);
      head.setUint32(8, bytes.length, true);
      file.writev([new Uint8Array(head.buffer), bytes], at);
      at += 12 + bytes.length;
      count++;
      newest = recordIn(bytes) ?? newest;
      epoch = Math.max(epoch, newest?.epoch ?? 0);
    }
    file.sync();
  } finally {
    file.close();
  }
  return { path, count, last: newest, epoch };
}

function recordIn(bytes: Uint8Array): Entry | undefined {
  try {
    return readEntry(bytes);
  } catch {
    return undefined;
  }
}
