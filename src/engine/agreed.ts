/** For those who have others agree on a batch first: what an engine would refuse is refused before anybody is asked. */
import { EVENTS_MAX, type Request, TallystickError, type Write } from '../model/index.ts';
import type { Engine } from './engine.ts';
import { isCreate, runsAreMissing, writeOf } from './room.ts';

const NEVER = -1n;

/**
 * Throws what the engine would refuse the request with now. Returns how its events are to be written, which may throw
 * as well. A request that was admitted and agreed on is then placed with `agreed` in its context.
 */
export function admit(engine: Engine, request: Pick<Request, 'operation' | 'count' | 'write'>): Write {
  if (engine.failure !== undefined) throw engine.failure;
  if (!engine.accepting) throw new TallystickError('closed');
  if (request.count > EVENTS_MAX) throw new TallystickError('too_much_data');
  if (engine.writesRefused !== undefined && isCreate(request.operation)) throw engine.writesRefused;
  return writeOf(request, request.write, engine.memory);
}

/** Whether a pending transfer has expired and may be ended now; for an engine that sends no pulses by itself. */
export function isPulseDue(engine: Engine): boolean {
  if (engine.memory.expiresNext === NEVER || engine.writesRefused !== undefined) return false;
  return !runsAreMissing(engine.memory) && engine.sequencer.isPulseDue();
}
