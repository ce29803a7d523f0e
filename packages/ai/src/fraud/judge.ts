/** Decides on rows: the active model of each ledger, its shadows, and the fail mode where there is no score. */
import { marginUnits } from '../trees/tree-model.ts';
import type { Switch } from './control.ts';
import { Action, encodeDecision, Why } from './decision.ts';
import { FEATURES } from './features.ts';
import type { Followed } from './feed.ts';
import type { CheckedModel, Manifest, ModelStore } from './model-store.ts';
import { failAction } from './policy.ts';
import type { Rows } from './rows.ts';
import { Drift, Shadow, Tally } from './watch.ts';

/** Rows that are scored between two looks at the clock. */
const ROWS_A_LOOK = 512;

/** A model that a control transfer named; undefined: it is missing, or it failed its check. */
type Found = { readonly model: CheckedModel; readonly drift: Drift } | undefined;

export class Judge {
  readonly #models: ModelStore;
  readonly #clock: () => number;
  readonly #found = new Map<bigint, Found>();
  readonly tallies: Map<number, Tally> = new Map();
  readonly shadows: Map<string, Shadow> = new Map();
  /** Why a model could not be used, by its digest. */
  readonly failures: Map<bigint, unknown> = new Map();
  readonly #margins = new Float64Array(ROWS_A_LOOK);
  readonly #shadowMargins = new Float64Array(ROWS_A_LOOK);

  /** `clock`: milliseconds since some moment. */
  constructor(models: ModelStore, clock: () => number) {
    this.#models = models;
    this.#clock = clock;
  }

  /** Looks for models that were missing once more. */
  reload(): void {
    for (const [digest, found] of this.#found) if (found === undefined) this.#found.delete(digest);
    this.failures.clear();
  }

  /** PSI of a model's scores since it was first used; undefined: it was not. */
  drift(digest: bigint): number | undefined {
    return this.#found.get(digest)?.drift.index;
  }

  modelOf(named: Switch | undefined): CheckedModel | undefined {
    return named === undefined ? undefined : this.#find(named.digest)?.model;
  }

  /** Fills the words of a request's payments. `late`: the features are not those of now. */
  decide(rows: Rows, ledgers: ReadonlyMap<number, Followed>, late: boolean): void {
    for (let from = 0; from < rows.size; ) {
      const ledger = rows.ledgers[from]!;
      let to = from;
      while (to < rows.size && rows.ledgers[to] === ledger) to++;
      this.#decideOf(rows, from, to, ledger, ledgers.get(ledger)!, late);
      from = to;
    }
  }

  #decideOf(rows: Rows, from: number, to: number, ledger: number, followed: Followed, late: boolean): void {
    const { policy, models } = followed;
    const active = models.active;
    const found = active === undefined ? undefined : this.#find(active.digest);
    const tally = this.#tallyOf(ledger);
    const until = this.#clock() + policy.budgetMs;
    for (let at = from; at < to; at += ROWS_A_LOOK) {
      const end = Math.min(at + ROWS_A_LOOK, to);
      const why = this.#score(rows, at, end, found, late || this.#clock() > until);
      for (let row = at; row < end; row++) {
        const units = why === Why.scored ? marginUnits(this.#margins[row - at]!) : 0;
        const act = why === Why.scored ? actionOf(found!.model.manifest, units) : failAction(policy.fail);
        if (why === Why.scored) found!.drift.add(units);
        rows.words[rows.payments[row]!] = encodeDecision(act, why, active?.number ?? 0, units);
        tally.add(act, why);
      }
      if (why === Why.scored) this.#shade(rows, at, end, ledger, followed, found!.model.manifest);
    }
  }

  #score(rows: Rows, from: number, to: number, found: Found, late: boolean): Why {
    if (found === undefined) return Why.missing;
    if (late) return Why.late;
    try {
      found.model.model.margins(rows.features.subarray(from * FEATURES.length), to - from, this.#margins);
      return Why.scored;
    } catch (error) {
      this.failures.set(BigInt(`0x${found.model.sha256.slice(0, 32)}`), error);
      return Why.failed;
    }
  }

  #shade(rows: Rows, from: number, to: number, ledger: number, { models }: Followed, active: Manifest): void {
    for (const shadow of models.shadows) {
      const found = this.#find(shadow.digest);
      if (found === undefined) continue;
      found.model.model.margins(rows.features.subarray(from * FEATURES.length), to - from, this.#shadowMargins);
      const key = `${ledger} ${shadow.number}`;
      const counts = this.shadows.get(key) ?? new Shadow();
      this.shadows.set(key, counts);
      for (let row = 0; row < to - from; row++) {
        const units = marginUnits(this.#shadowMargins[row]!);
        found.drift.add(units);
        counts.add(actionOf(found.model.manifest, units), actionOf(active, marginUnits(this.#margins[row]!)));
      }
    }
  }

  #find(digest: bigint): Found {
    if (this.#found.has(digest)) return this.#found.get(digest);
    let found: Found;
    try {
      const model = this.#models.find(digest);
      if (model !== undefined) found = { model, drift: new Drift(model.manifest) };
    } catch (error) {
      this.failures.set(digest, error);
    }
    this.#found.set(digest, found);
    return found;
  }

  #tallyOf(ledger: number): Tally {
    const known = this.tallies.get(ledger) ?? new Tally();
    this.tallies.set(ledger, known);
    return known;
  }
}

/** Integers are compared, so every machine decides alike. */
export function actionOf({ reviewFrom, denyFrom }: Manifest, units: number): Action {
  if (units >= denyFrom) return Action.deny;
  return units >= reviewFrom ? Action.review : Action.allow;
}
