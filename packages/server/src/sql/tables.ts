/**
 * The tables that a ledger is projected into, once for all databases: `CREATE TABLE`, and the statements that put a
 * step of rows into them. Rows arrive as one text of JSON for each statement, whatever their number.
 */

/** What a column holds; each database has its own word for it. */
export type ColumnType = 'id' | 'amount' | 'u64' | 'number' | 'timestamp' | 'time' | 'text' | 'flag';
export type Columns = Readonly<Record<string, ColumnType>>;

export interface Table {
  readonly about: string;
  readonly columns: Columns;
  readonly key: readonly string[];
}

/** How a database spells what all of them can do. */
export interface Dialect {
  readonly types: Readonly<Record<ColumnType, string>>;
  /** A relation called `r` of the rows in the statement's one parameter. */
  rows(columns: Columns): string;
}

export const SCHEMA = 'tallystick';

const userData: Columns = { user_data_128: 'id', user_data_64: 'u64', user_data_32: 'number' };
const sums: Columns = {
  debits_pending: 'amount',
  debits_posted: 'amount',
  credits_pending: 'amount',
  credits_posted: 'amount',
};

export type TableName = 'accounts' | 'transfers' | 'balances' | 'holds';

export const tables: Readonly<Record<TableName, Table>> = {
  accounts: {
    about: 'Every account, with its balances as of the position.',
    columns: {
      ...{ id: 'id', ledger: 'number', code: 'number', flags: 'number', closed: 'flag' },
      ...userData,
      ...sums,
      ...{ created: 'timestamp', created_at: 'time', changed: 'timestamp', changed_at: 'time' },
    },
    key: ['id'],
  },
  transfers: {
    about: 'Every transfer, which never changes. `kind` is single_phase, two_phase_pending, _posted or _voided.',
    columns: {
      ...{ id: 'id', debit_account_id: 'id', credit_account_id: 'id', amount: 'amount', pending_id: 'id' },
      ...{ ledger: 'number', code: 'number', flags: 'number', kind: 'text', timeout: 'number' },
      ...userData,
      ...{ created: 'timestamp', created_at: 'time' },
    },
    key: ['id'],
  },
  balances: {
    about: 'Both accounts of every change, as they were right after it. `kind` may be two_phase_expired, too.',
    columns: {
      ...{ changed: 'timestamp', changed_at: 'time', account_id: 'id', side: 'text', transfer_id: 'id', kind: 'text' },
      ...{ ledger: 'number' },
      ...sums,
    },
    key: ['changed', 'account_id', 'transfer_id'],
  },
  holds: {
    about: 'Every pending transfer, and what became of it: open, posted, voided or expired.',
    columns: {
      ...{ id: 'id', debit_account_id: 'id', credit_account_id: 'id', amount: 'amount', amount_posted: 'amount' },
      ...{ ledger: 'number', code: 'number', state: 'text', created: 'timestamp', created_at: 'time' },
      ...{ expires_at: 'time', ended: 'timestamp', ended_at: 'time', ended_by: 'id' },
    },
    key: ['id'],
  },
};

/** How far the projection has come: one row. */
export const positionColumns: Columns = {
  one: 'number',
  version: 'number',
  ledger_id: 'text',
  accounts: 'timestamp',
  changes: 'timestamp',
  transfer_id: 'id',
};

const ended: Columns = {
  id: 'id',
  state: 'text',
  amount_posted: 'amount',
  ended: 'timestamp',
  ended_at: 'time',
  ended_by: 'id',
};

const named = (name: string): string => `${SCHEMA}.${name}`;

function created(name: string, columns: Columns, key: readonly string[], { types }: Dialect): string {
  const lines = Object.entries(columns).map(([column, type]) => `${column} ${types[type]}`);
  return `CREATE TABLE IF NOT EXISTS ${named(name)} (${[...lines, `PRIMARY KEY (${key.join(', ')})`].join(', ')})`;
}

/** What makes the tables where there are none. */
export function creations(dialect: Dialect): string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`,
    ...Object.entries(tables).map(([name, { columns, key }]) => created(name, columns, key, dialect)),
    `CREATE INDEX IF NOT EXISTS balances_account ON ${named('balances')} (account_id, changed)`,
    created('position', positionColumns, ['one'], dialect),
  ];
}

/** The statements of a step, in their order; each takes the rows of its name. */
export function statements(dialect: Dialect): readonly (readonly [rows: keyof Step, sql: string])[] {
  const { accounts, transfers, balances, holds } = tables;
  const insert = (name: TableName, { columns }: Table): string => {
    const names = Object.keys(columns);
    const from = names.map((column) => `r.${column}`).join(', ');
    return `INSERT INTO ${named(name)} (${names.join(', ')}) SELECT ${from} FROM ${dialect.rows(columns)}`;
  };
  const changed = Object.keys(accounts.columns).filter((column) => column !== 'id');
  const update = changed.map((column) => `${column} = excluded.${column}`).join(', ');
  const ends = Object.keys(ended).filter((column) => column !== 'id');
  return [
    ['accountsNew', `${insert('accounts', accounts)} ON CONFLICT (id) DO NOTHING`],
    ['accountsChanged', `${insert('accounts', accounts)} ON CONFLICT (id) DO UPDATE SET ${update}`],
    ['transfers', insert('transfers', transfers)],
    ['balances', insert('balances', balances)],
    ['holds', insert('holds', holds)],
    [
      'holdsEnded',
      `UPDATE ${named('holds')} SET ${ends.map((column) => `${column} = r.${column}`).join(', ')} ` +
        `FROM ${dialect.rows(ended)} WHERE holds.id = r.id`,
    ],
  ];
}

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** What one transaction brings, besides the position. */
export interface Step {
  /** Accounts that were created, without their balances: those come with changes. */
  readonly accountsNew: readonly Row[];
  readonly accountsChanged: readonly Row[];
  readonly transfers: readonly Row[];
  readonly balances: readonly Row[];
  readonly holds: readonly Row[];
  readonly holdsEnded: readonly Row[];
}
