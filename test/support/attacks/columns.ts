/** The doors of a server, each a column of the table of attacks. */
export const columns = ['native', 'unix', 'grpc', 'msgpack', 'http', 'metrics'] as const;
export type Column = (typeof columns)[number];
/** Where each listens. */
export type Urls = Readonly<Record<Column, string>>;
/** Accounts of the ledger behind them, so that answers can be large. */
export const ACCOUNTS = 4000;
