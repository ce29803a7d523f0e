/**
 * Switching models is a transfer of the ledger itself: amount zero, between the policy's two control accounts. So it
 * has a place in the order, it is journalled and replicated, and every scorer that reads the feed switches there.
 *
 *   user_data_128   the first 128 bits of the model's SHA-256
 *   user_data_64    the ordinal of the command, so that the same state may be said again
 *   user_data_32    the state in the upper half, the model's number in the lower
 */
import { type Cells, TransferOffset } from 'tallystick/internal';
import { MODEL_NUMBER_MAX } from './decision.ts';
import type { Policy } from './policy.ts';

const state = { staged: 1, shadow: 2, active: 3, retired: 4 } as const;

/** `staged` models are known, `shadow` ones score and decide nothing, the one `active` decides. */
export const ModelState: typeof state = state;
export type ModelState = (typeof state)[keyof typeof state];

export interface Switch {
  readonly digest: bigint;
  readonly state: ModelState;
  readonly number: number;
}

export function encodeSwitch({ state: said, number }: Switch): number {
  return (said << 16) | number;
}

/** The switch that a control transfer carries; undefined for words that no switch has. */
export function decodeSwitch(digest: bigint, word: number): Switch | undefined {
  const said = word >>> 16;
  const number = word & 0xffff;
  if (said < state.staged || said > state.retired || number < 1 || number > MODEL_NUMBER_MAX) return undefined;
  return { digest, state: said as ModelState, number };
}

/** Which models a ledger has, as its control transfers said it. */
export class ModelStates {
  readonly #states = new Map<number, Switch>();
  #active: Switch | undefined;

  apply(change: Switch): void {
    if (change.state === state.active && this.#active !== undefined && this.#active.number !== change.number) {
      this.#states.set(this.#active.number, { ...this.#active, state: state.retired });
    }
    this.#states.set(change.number, change);
    if (change.state === state.active) this.#active = change;
    else if (this.#active?.number === change.number) this.#active = undefined;
  }

  get active(): Switch | undefined {
    return this.#active;
  }

  get shadows(): Switch[] {
    return [...this.#states.values()].filter((known) => known.state === state.shadow);
  }

  get all(): Switch[] {
    return [...this.#states.values()].sort((one, other) => one.number - other.number);
  }
}

/** Whether the event at byte `at` names a control account of the policy. Asked for every event, it makes no bigint. */
export function namesControl({ u32 }: Cells, at: number, { controlWords }: Policy): boolean {
  const debit = (at + TransferOffset.debit_account_id) >>> 2;
  const credit = (at + TransferOffset.credit_account_id) >>> 2;
  for (let control = 0; control < controlWords.length; control += WORDS) {
    if (isSame(u32, debit, controlWords, control) || isSame(u32, credit, controlWords, control)) return true;
  }
  return false;
}

/** Words of an id. */
const WORDS = 4;

function isSame(one: Uint32Array, at: number, other: Uint32Array, from: number): boolean {
  return (
    one[at] === other[from] &&
    one[at + 1] === other[from + 1] &&
    one[at + 2] === other[from + 2] &&
    one[at + 3] === other[from + 3]
  );
}
