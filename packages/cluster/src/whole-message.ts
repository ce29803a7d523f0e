/**
 * A message that must be there. The server that leads the stream may have lost it from its own copy and say so without
 * a word of damage, or may have been replaced without knowing: then another server is asked to lead. Only what no
 * server has is lost.
 */
import type { Order } from './order.ts';
import { pause } from './pause.ts';

const AGAIN_MS = 100;
/** Servers elect for up to 9 s; one that was replaced answers for up to 10 s. */
const PATIENCE_MS = 60_000;
/** Between two changes of the leader. */
const ELSEWHERE_MS = 5000;

/** Undefined: it is lost, or nobody wants it any more. `cut`: the stream begins behind it. */
export async function wholeMessage(
  order: Order,
  sequence: number,
  isOver: () => boolean,
): Promise<Uint8Array | 'cut' | undefined> {
  const began = performance.now();
  let movedAt = began;
  while (!isOver()) {
    let bytes: Uint8Array | undefined;
    let answered = true;
    try {
      bytes = await order.read(sequence);
      if (bytes === undefined && (await order.first()) > sequence) return 'cut';
    } catch {
      answered = false;
    }
    if (bytes !== undefined) return bytes;
    const now = performance.now();
    if (answered && now - began > PATIENCE_MS) return undefined;
    if (answered && now - movedAt > ELSEWHERE_MS) {
      movedAt = now;
      await order.leadElsewhere().catch(() => undefined);
    }
    await pause(AGAIN_MS);
  }
  return undefined;
}
