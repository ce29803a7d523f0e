/**
 * A second opinion on a payment, such as a model of fraud. It may be slow, wrong or gone: whatever is no answer in time
 * sends the payment to people, and never through.
 */
/** What an opinion is formed on. */
export interface ScoreRequest {
  readonly verb: 'pay' | 'hold' | 'split' | 'exchange' | 'payout';
  readonly payers: readonly { readonly name: string; readonly amount: string }[];
  readonly payees: readonly { readonly name: string; readonly amount: string }[];
  readonly asset: string;
}

export interface Score {
  /** From 0, nothing odd, upwards. */
  readonly points: number;
  /** In a few words each, for whoever reviews the payment. */
  readonly reasons: readonly string[];
}

/** How payments are scored. */
export interface ScoreOptions {
  readonly score: (request: ScoreRequest, signal: AbortSignal) => Promise<Score> | Score;
  /** Points from which people must approve. */
  readonly reviewFrom: number;
  /** Points from which a payment is declined; left out: none is. */
  readonly declineFrom?: number;
  /** Milliseconds that an opinion may take; 100 by default. */
  readonly deadlineMs?: number;
  /** How many must approve of what is odd; 1 by default. */
  readonly approvals?: number;
}

export interface Opinion {
  readonly says: 'pass' | 'review' | 'decline';
  readonly reasons: readonly string[];
}

const DEADLINE_MS = 100;

/** Never rejects: no opinion is a reason for people to look. */
export async function opinionOn(options: ScoreOptions, request: ScoreRequest): Promise<Opinion> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late.abort();
      resolve(undefined);
    }, options.deadlineMs ?? DEADLINE_MS);
  });
  try {
    const score = await Promise.race([options.score(request, late.signal), deadline]);
    if (score === undefined) return { says: 'review', reasons: ['the score did not come in time'] };
    if (!Number.isFinite(score.points)) return { says: 'review', reasons: ['the score is no number'] };
    const { reasons } = score;
    if (score.points >= (options.declineFrom ?? Number.POSITIVE_INFINITY)) return { says: 'decline', reasons };
    return { says: score.points >= options.reviewFrom ? 'review' : 'pass', reasons };
  } catch (error) {
    return { says: 'review', reasons: [`the score failed: ${(error as Error).message}`] };
  } finally {
    clearTimeout(timer);
  }
}
