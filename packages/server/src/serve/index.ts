/** A server as a library function: put together from a configuration, opened, watched, and closed. */
export { type Credentials, credentialsOf } from './credentials.ts';
export { startLog } from './observers.ts';
export type { ConnectBackend, Connected } from './open-backend.ts';
export { openPolicy } from './policy.ts';
export { openReplays, type ReplayServer } from './replays.ts';
export type { Replica, ReplicaHost, Replicate } from './replica.ts';
export { openSecrets, type Secrets } from './secrets.ts';
export { LedgerServer, type Parts } from './server.ts';
export type { OpenServices, ServiceHost, StartServices } from './services.ts';
export type { SiteHost, StartSite } from './site.ts';
