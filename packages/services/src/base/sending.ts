/**
 * Chains that are asked for in one turn of the event loop go to the ledger at its end: those through one port in one
 * request, those through others right behind them, so that a server's doors put them into one batch, and the ledger's
 * threads are woken once. Each is a chain of its own there, so none depends on another.
 */
import type { Ledger } from 'tallystick/internal/model';
import { type Executed, execute, executeAll, isForOneShard } from './execute.ts';
import type { Plan } from './plan.ts';

interface Waiting {
  readonly plan: Plan;
  readonly resolve: (executed: Executed | Promise<Executed>) => void;
  readonly reject: (error: unknown) => void;
}

/** Legs of one request; the ledger takes 8,189. */
const LEGS_MAX = 4096;

export class Sending {
  #waiting = new Map<Ledger, Waiting[]>();

  /** As `execute`, together with what else is sent now. */
  send(ledger: Ledger, plan: Plan): Promise<Executed> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) setImmediate(() => this.#flush());
      const own = this.#waiting.get(ledger);
      if (own === undefined) this.#waiting.set(ledger, [{ plan, resolve, reject }]);
      else own.push({ plan, resolve, reject });
    });
  }

  #flush(): void {
    const all = this.#waiting;
    this.#waiting = new Map();
    for (const [ledger, own] of all) {
      for (const part of partsOf(own)) void sendAll(ledger, part);
    }
  }
}

/** As many as a request of the ledger takes. */
function* partsOf(all: readonly Waiting[]): Generator<readonly Waiting[], void> {
  let from = 0;
  let legs = 0;
  for (const [index, { plan }] of all.entries()) {
    legs += plan.legs.length;
    if (legs < LEGS_MAX && index < all.length - 1) continue;
    yield from === 0 && index === all.length - 1 ? all : all.slice(from, index + 1);
    from = index + 1;
    legs = 0;
  }
}

async function sendAll(ledger: Ledger, all: readonly Waiting[]): Promise<void> {
  if (all.length === 1) return sendAlone(ledger, all[0]!);
  try {
    const executed = await executeAll(
      ledger,
      all.map(({ plan }) => plan),
    );
    for (const [index, { resolve }] of all.entries()) resolve(executed[index] as Executed | Promise<Executed>);
  } catch (error) {
    // A ledger of shards refuses them all because of one, before it sends anything.
    if (isForOneShard(error)) for (const one of all) sendAlone(ledger, one);
    else for (const { reject } of all) reject(error);
  }
}

function sendAlone(ledger: Ledger, { plan, resolve, reject }: Waiting): void {
  execute(ledger, plan).then(resolve, reject);
}
