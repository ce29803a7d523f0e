/**
 * Every setting of a server: its key, what it may be, and where its value came from. `keys.ts` is a door, too, for
 * those who want the table alone.
 */
export {
  type AcmeChallenge,
  type Configuration,
  flagOf,
  type Key,
  type KeyName,
  type Kind,
  keyNames,
  keys,
  type LogFormat,
  type LogLevel,
  type Mode,
  type Port,
  type Role,
  variableOf,
  type Wait,
  wants,
} from './keys.ts';
export { described, type Given, type Loaded, loadConfiguration, type Origin, readConfiguration } from './load.ts';
export { withAcme } from './rules.ts';
