/**
 * A console for the browser: balances, transfers and holds as they change, and forms that never pay twice. It is served
 * by the process that serves the ledger, and asks it over the public HTTP API and nothing else.
 */
export type { Host, Names } from './host.ts';
export { startConsole } from './start.ts';
