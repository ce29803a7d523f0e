/** Two tenants of one ledger whose clock is told. */
import { accessOf, type Identity, inRole, Ledgers } from '../../packages/server/src/identity/index.ts';
import { EngineReplayPort, openMemory } from '../../src/engine/index.ts';
import { Cells, type Ledger, ObjectLedger, operationShapes, type Port } from '../../src/model/index.ts';

export const STEP_NS = 1_000_000n;
/** Their numbers. */
export const OURS = 7;
export const THEIRS = 9;

/** The code of a tenant's ledger. */
export const book = (tenant: number, which: number): number => tenant * 4096 + which;
/** An id that tells whose it is. */
export const idOf = (tenant: number, what: number): bigint => BigInt(tenant * 1000 + what);

/** A ledger whose clock is told, so that two of them can be compared. `more`: of the first tenant's caller. */
export class World {
  readonly port: Port;
  readonly ours: Ledger;
  readonly theirs: Ledger;
  readonly #engine: EngineReplayPort;
  #now = 1n;

  constructor(more: Partial<Identity> = {}) {
    this.#engine = new EngineReplayPort(openMemory({ expires: false }).engine);
    this.port = {
      eventsMax: 8189,
      request: async ({ operation, count, write, read }) => {
        const events = Cells.of(count * operationShapes[operation].eventSize);
        write(events, 0);
        if (operationShapes[operation].journalled) this.#now += 10_000n;
        const reply = Cells.copy(await this.#engine.request(operation, events.bytes, this.#now));
        return read(reply, 0, reply.bytes.length);
      },
      close: () => this.#engine.close(),
    };
    const of = (tenant: number): Identity => ({ ...inRole('x', 'admin', 'key'), ledgers: Ledgers.ofTenant(tenant) });
    this.ours = new ObjectLedger(accessOf(this.port, { ...of(OURS), ...more }).port);
    this.theirs = new ObjectLedger(accessOf(this.port, of(THEIRS)).port);
  }

  /** What each step does has the same time in every world, whatever was done before. */
  begin(step: number): void {
    this.#now = BigInt(step + 1) * STEP_NS;
  }

  close(): Promise<void> {
    return this.port.close();
  }
}
