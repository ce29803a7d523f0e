/** search_transfers and sum_transfers: the same search, into rows or into one record of sums. */
import { Operation, TRANSFER_SUM_SIZE } from '../model/index.ts';
import type { PendingEnds } from './pending-ends.ts';
import { RowSink, StateSink, SumSink } from './sinks.ts';
import type { FoundFilter } from './transfer-filter.ts';
import { type Course, type Source, searchTransfers } from './transfer-search.ts';

/** Undefined: it finds nothing. Sums of nothing are an answer of their own. */
export function found(
  source: Source,
  ends: PendingEnds,
  operation: number,
  filter: FoundFilter | undefined,
  course: Course,
): Generator<void, void> | undefined {
  if (filter === undefined) {
    if (operation !== Operation.sum_transfers) return undefined;
    course.answer.add(TRANSFER_SUM_SIZE);
    return noSteps();
  }
  const { search } = filter;
  const asOf = { work: course.work, entries: Math.min(course.entries, filter.entries) };
  const states = search.more?.states ?? 0;
  const through = (sink: RowSink | SumSink): Generator<void, void> =>
    searchTransfers(source, search, states === 0 ? sink : new StateSink(sink, ends, states, asOf), asOf);
  if (operation !== Operation.sum_transfers) return through(new RowSink(course.answer, search.limit));
  return summed(through, new SumSink(search, filter.ofAccount), search.reversed, course);
}

function* noSteps(): Generator<void, void> {
  // The answer is there already.
}

function* summed(
  through: (sink: SumSink) => Generator<void, void>,
  sink: SumSink,
  reversed: boolean,
  { answer }: Course,
): Generator<void, void> {
  yield* through(sink);
  sink.finish(answer, reversed);
}
