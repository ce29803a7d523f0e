/**
 * What each nats-server says of its own copy of the stream. The stream's leader answers for the stream, and a
 * follower's damage is not in that answer. Only what stands before a base is ever removed from a ledger's stream, so a
 * copy with a hole is damaged, and so is one that begins behind the last base.
 */
import { TallystickError } from 'tallystick/internal';
import { type Extent, missingIn } from '../order.ts';

const TIMEOUT_MS = 2000;

/** A server's own copy. */
export interface Copy {
  readonly server: string;
  /** Whether the server syncs what it stores before it says so. */
  readonly syncs: boolean;
  /** Undefined while the server has no copy. */
  readonly messages: Extent | undefined;
  /** Whether it leads the stream. */
  readonly leads: boolean;
}

interface State {
  readonly messages: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly num_deleted?: number;
}

interface Jsz {
  readonly config?: { readonly store_dir?: string; readonly sync_always?: boolean };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly state: State;
      readonly cluster?: { readonly leader_since?: string };
    }[];
  }[];
}

/** Asks the monitoring port at `monitor`, such as `http://10.0.0.1:8222`. Rejects with `unreachable`. */
export async function copyAt(monitor: string, stream: string): Promise<Copy> {
  let said: Jsz;
  try {
    const url = new URL('/jsz?accounts=true&streams=true', monitor);
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    said = (await response.json()) as Jsz;
  } catch (cause) {
    throw new TallystickError('unreachable', `no nats-server answers at ${monitor}: ${cause}`, { cause });
  }
  const details = said.account_details?.flatMap(({ stream_detail }) => stream_detail ?? []) ?? [];
  const detail = details.find(({ name }) => name === stream);
  return {
    server: monitor,
    syncs: said.config?.sync_always === true,
    messages: detail && extentOf(detail.state),
    leads: detail?.cluster?.leader_since !== undefined,
  };
}

/** Throws `cluster_invalid` for a server that acknowledges before it syncs. */
export function checkSync({ server, syncs }: Copy): void {
  if (syncs) return;
  throw new TallystickError(
    'cluster_invalid',
    `the nats-server at ${server} acknowledges what is not on its disk: set jetstream { sync_interval: always }`,
  );
}

export function extentOf({
  messages: count,
  first_seq: first,
  last_seq: last,
  num_deleted: deleted = 0,
}: State): Extent {
  return { count, first, last, deleted };
}

/**
 * What is wrong with a copy; undefined: nothing. `begin`: the newest message that a stream may begin with, as far as
 * somebody knows.
 */
export function damageOf({ server, messages }: Copy, begin: number = Number.POSITIVE_INFINITY): string | undefined {
  if (messages === undefined) return undefined;
  const { first, last } = messages;
  const missing = missingIn(messages) + Math.max(0, Math.min(first, last + 1) - begin);
  if (missing === 0) return undefined;
  return (
    `the nats-server at ${server} lacks ${missing} of messages ${Math.min(first, begin)} to ${last}: stop it, remove ` +
    'its copy of the stream, and start it again; it gets all of it from the others'
  );
}
