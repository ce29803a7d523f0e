/**
 * Every promise of a `Ledger`, as one test each:
 *
 *   conformance({ name: 'my ledger', open: () => openMine() });
 *
 * A test that a ledger is excused from is named with the reason, and the runner prints it.
 */
import { describe, test } from 'node:test';
import { type Ledger, ObjectLedger, type ReplayPort, TallystickError } from '../../src/model/index.ts';
import { LedgerReplayPort } from '../ports/ledger-replay-port.ts';
import { ReplayRequestPort } from '../ports/replay-request-port.ts';
import { balanceStories } from './balances.ts';
import { callStories } from './calls.ts';
import { chainStories } from './chains.ts';
import { checkStories } from './checks.ts';
import { closingStories } from './closing.ts';
import { feedStories } from './feeds.ts';
import { importStories } from './imports.ts';
import { pendingStories } from './pending.ts';
import { queryStories } from './queries.ts';
import { refusalStories } from './refusals.ts';
import { Teller } from './scenario.ts';
import type { Story, Subject } from './story.ts';

/** Promises that a ledger does not keep, and why. */
export interface Excuse {
  /** Printed beside each. */
  readonly reason: string;
  /** Names of tests, as in {@link promises}. */
  readonly promises: readonly string[];
}

/** What the suite is handed. */
export interface Conformance {
  /** Of the group of tests. */
  readonly name: string;
  /**
   * A fresh, empty ledger, for one test; the suite closes it. A `Ledger` goes by its own clock: by one that the suite
   * turns if it has `advance`, and otherwise some tests wait for a few seconds. A `ReplayPort` is told each request's
   * time, so it keeps some promises more.
   */
  open(): Ledger | ReplayPort | Promise<Ledger | ReplayPort>;
  readonly skip?: readonly Excuse[];
  /** Tests at a time, each with a ledger of its own; 1 by default. With more, those that wait do so together. */
  readonly concurrency?: number;
}

const stories: readonly Story[] = [
  ...checkStories,
  ...balanceStories,
  ...chainStories,
  ...pendingStories,
  ...importStories,
  ...queryStories,
  ...callStories,
  ...refusalStories,
  ...feedStories,
  ...closingStories,
];

/** What every ledger promises, in the order of the tests. */
export const promises: readonly string[] = stories.map(({ promise }) => promise);

const NOT_TOLD = 'it tells each request its time, which a ReplayPort takes and a Ledger does not';

/**
 * Registers the tests with `node:test`. Throws `invalid_argument` for an excuse without a reason, and for one from a
 * promise that there is not.
 */
export function conformance({ name, open, skip = [], concurrency = 1 }: Conformance): void {
  const reasons = reasonsOf(skip);
  describe(name, { concurrency }, () => {
    for (const story of stories) {
      const reason = reasons.get(story.promise);
      test(story.promise, reason === undefined ? {} : { skip: reason }, async (context) => {
        const subject = subjectOf(await open());
        try {
          if (story.timed && !subject.timed) context.skip(NOT_TOLD);
          else await story.tell(subject);
        } finally {
          await subject.close();
        }
      });
    }
  });
}

/** Promises that are skipped, each with its reason. */
function reasonsOf(skip: readonly Excuse[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { reason, promises: excused } of skip) {
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new TallystickError('invalid_argument', `a promise is skipped for a reason: ${excused.join('; ')}`);
    }
    for (const promise of excused) {
      if (!promises.includes(promise)) {
        throw new TallystickError('invalid_argument', `no ledger promises that "${promise}": see \`promises\``);
      }
      reasons.set(promise, reason);
    }
  }
  return reasons;
}

function subjectOf(opened: Ledger | ReplayPort): Subject {
  const told = 'request' in opened && !('createTransfers' in opened);
  const ledger = told ? new ObjectLedger(new ReplayRequestPort(opened)) : (opened as Ledger);
  const teller = told ? new Teller(opened) : new Teller(new LedgerReplayPort(ledger), false);
  return { teller, ledger, timed: told, close: () => ledger.close() };
}
