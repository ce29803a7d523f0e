/** A server as a program makes one: a configuration, a log, and what they are put together to. */
export { type Configuration, type Given, type Loaded, loadConfiguration } from './config/index.ts';
export { LedgerServer, type Replica, type ReplicaHost, type Replicate, startLog } from './serve/index.ts';
