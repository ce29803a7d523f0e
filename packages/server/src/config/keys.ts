/**
 * Every setting of a server, once. From a key's name follow its flag, its variable and its place in the file:
 *
 *   grpc.port   --grpc-port   TALLYSTICK_GRPC_PORT   { "grpc": { "port": … } }
 *
 * docs/operating/configuration.md is printed from here. Data only: `tallystick --help` reads this too, and shall be
 * quick.
 */
import type { Configuration, Key, KeyName, Kind } from './configuration.ts';
import { credentialKeys } from './credential-keys.ts';
import { doorKeys } from './door-keys.ts';
import { ledgerKeys } from './ledger-keys.ts';
import { runningKeys } from './running-keys.ts';
import { trustKeys } from './trust-keys.ts';

export type {
  AcmeChallenge,
  Configuration,
  Key,
  KeyName,
  Kind,
  LogFormat,
  LogLevel,
  Mode,
  Port,
  Role,
  Wait,
} from './configuration.ts';

export const keys: { readonly [name in KeyName]: Key<Configuration[name]> } = {
  ...ledgerKeys,
  ...doorKeys,
  ...credentialKeys,
  ...trustKeys,
  ...runningKeys,
};

export const keyNames: readonly KeyName[] = Object.keys(keys) as KeyName[];

/** `tls.requireClientCertificate` → tls, require, client, certificate. */
const wordsOf = (name: string): string[] => name.split(/\.|(?=[A-Z])/).map((word) => word.toLowerCase());

export const flagOf = (name: KeyName): string => `--${wordsOf(name).join('-')}`;
export const variableOf = (name: KeyName): string => `TALLYSTICK_${wordsOf(name).join('_').toUpperCase()}`;

/** What a value may be, in words that finish "wants …". */
export function wants(kind: Kind): string {
  switch (kind.is) {
    case 'count':
      return `a whole number from ${kind.min} to ${kind.max}`;
    case 'choice':
      return `one of ${kind.of.join(', ')}`;
    case 'choices':
      return `some of ${kind.of.join(', ')}, separated by commas`;
    case 'text':
      return 'text';
    case 'path':
      return 'a path';
    case 'address':
      return 'an address or a name';
    case 'port':
      return 'a port from 1 to 65535, 0 for any free one, or `off`';
    case 'ratio':
      return 'a number from 0 to 1';
    case 'u128':
      return 'a whole number below 2^128';
    case 'list':
      return 'a list of addresses';
    case 'ranges':
      return 'names, addresses and ranges such as 10.1.0.0/16';
    case 'origins':
      return 'origins such as https://app.example.com, without a path, and never *';
    case 'switch':
      return 'true or false';
    case 'url':
      return 'an address that begins with http:// or https://';
    case 'keys':
      return 'an address that begins with https://, or a path';
    case 'duration':
      return 'a duration such as 250ms, 10s or 1m, or milliseconds';
  }
}
