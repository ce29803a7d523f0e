/**
 * Two ledgers told the same: the reference model and another one must say the same, byte for byte, request by request.
 */
import { compareReply } from '../../src/conform/index.ts';
import { Operation, operationShapes, type ReplayPort } from '../../src/model/index.ts';
import { Model } from './model.ts';
import type { OpenPort } from './model-port.ts';
import { changeType, op } from './names.ts';
import type { RequestStep, Step } from './workload.ts';

/** The first request that the two answer differently. */
export interface Disagreement {
  /** Index of the step. */
  readonly step: number;
  /** What differs, to print. */
  readonly lines: readonly string[];
}

/** Takes `steps` one by one; undefined when the port never differs from the model. */
export async function versus(steps: readonly Step[], port: ReplayPort): Promise<Disagreement | undefined> {
  const model = new Model();
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'advance') {
      model.advance(step.nanoseconds);
      await port.advance(step.nanoseconds);
      continue;
    }
    const want = model.apply(step.operation, step.events, step.timestamp);
    const got = await port.request(step.operation, step.events, step.timestamp);
    const lines = differences(step, index, want, got);
    if (lines.length > 0) return { step: index, lines };
  }
  return undefined;
}

/**
 * A shorter stream on which the port still differs: cut after the disagreement, then thinned out step by step, with at
 * most `runs` tries.
 */
export async function shrink(steps: readonly Step[], open: OpenPort, runs: number): Promise<readonly Step[]> {
  let kept = steps;
  let left = runs;
  for (let size = Math.ceil(steps.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length - 1 && left > 0; left--) {
      const fewer = [...kept.slice(0, at), ...kept.slice(Math.min(at + size, kept.length - 1))];
      const port = await open();
      const found = await versus(fewer, port);
      await port.close();
      if (found === undefined) at += size;
      else kept = fewer.slice(0, found.step + 1);
    }
  }
  return kept;
}

/** Two answers to step number `index`, field by field where they differ; empty when they say the same. */
export function differences(step: RequestStep, index: number, wanted: Uint8Array, given: Uint8Array): string[] {
  const want = comparable(step.operation, wanted);
  const got = comparable(step.operation, given);
  if (Buffer.compare(want, got) === 0) return [];
  const operation = step.operation as Operation;
  const count = step.events.length / operationShapes[operation].eventSize;
  const request = { kind: 'request', line: index, operation, count, events: step.events, reply: want } as const;
  return [...compareReply({ ...request, timestamp: step.timestamp }, got, 'step')].slice(0, 5).flat();
}

/** A ledger may give an expiry any free timestamp of its own: that one field is not compared. */
function comparable(operation: number, reply: Uint8Array): Uint8Array {
  if (operation !== op.get_change_events) return reply;
  const masked = new Uint8Array(reply);
  const size = operationShapes[Operation.get_change_events].replySize;
  for (let at = 0; at + size <= masked.length; at += size) {
    if (masked[at + 88] === Number(changeType.two_phase_expired)) masked.fill(0, at + 352, at + 360);
  }
  return masked;
}
