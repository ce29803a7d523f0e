/** The mean of the precisions at each positive, best score first: the area below the curve of precision and recall. */

/** Rows of the same score stand or fall together. */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, row) => row).sort(
    (one, other) => scores[other]! - scores[one]!,
  );
  let positives = 0;
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let more = 0;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) more += labels[order[to++]!]!;
    positives += more;
    sum += (more * positives) / to;
    from = to;
  }
  return positives === 0 ? 0 : sum / positives;
}
