/** PostgreSQL with the same five legs in one PL/pgSQL function: bench/peers/programs/payments.sql. */
import { binaries, Cluster } from './peers/postgres.ts';

export interface PeerFigure {
  readonly what: string;
  readonly payments: number;
}

/** What PostgreSQL does, or why it cannot be said here. */
export interface PeerFigures {
  readonly missing?: string;
  readonly figures: readonly PeerFigure[];
}

const BATCH = 100;
const CALLERS = 64;
const CUSTOMER = '1 + floor(random() * 100)::bigint';
const ONE = `SELECT pay(gen_random_uuid(), 1, ${CUSTOMER}, 100, 1);\n`;
const MANY = `SELECT count(pay(gen_random_uuid(), 1, ${CUSTOMER}, 100, 1)) FROM generate_series(1, ${BATCH});\n`;

/** Durable as by default; accounts that everybody pays to are locked last. */
export function fiveLegs(seconds: number): PeerFigures {
  const programs = binaries();
  if (programs === undefined) return { missing: 'there is no PostgreSQL server (Debian: postgresql)', figures: [] };
  const cluster = new Cluster(programs, 'payments.sql');
  try {
    const perSecond = (script: string, callers: number, batch: number): number => {
      return Math.round((cluster.run(`callers-${callers}`, script, callers, seconds).length * batch) / seconds);
    };
    return {
      figures: [
        { what: `one a transaction, ${CALLERS} callers`, payments: perSecond(ONE, CALLERS, 1) },
        { what: `${BATCH} a transaction, one caller`, payments: perSecond(MANY, 1, BATCH) },
      ],
    };
  } finally {
    cluster.stop();
  }
}
