/** What settings there are, and what a value may be. Data only, as `keys.ts`. */

/** A port to listen on, 0 for any free one, or `off`. */
export type Port = number | 'off';
export type Wait = 'blocking' | 'yielding' | 'busy-spin';
export type Mode = 'threads' | 'inline';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type LogFormat = 'auto' | 'json' | 'pretty';
export type Role = 'read' | 'write' | 'admin';
export type AcmeChallenge = 'http-01' | 'tls-alpn-01';

/** What is in force: the value of every key. What is not set and has no default is undefined. */
export interface Configuration {
  readonly folder: string | undefined;
  readonly create: boolean;
  readonly shards: number;
  readonly shardServers: readonly string[];
  readonly takeOver: boolean;
  readonly mode: Mode;
  readonly wait: Wait;
  readonly 'node.id': number;
  readonly 'cluster.id': bigint;
  readonly 'cluster.ips': readonly string[];
  readonly 'cluster.nats': readonly string[];
  readonly 'cluster.monitors': readonly string[];
  readonly 'cluster.user': string | undefined;
  readonly 'cluster.password': string | undefined;
  readonly 'cluster.credentials': string | undefined;
  readonly 'cluster.ca': string | undefined;
  readonly 'cluster.certificate': string | undefined;
  readonly 'cluster.key': string | undefined;
  readonly 'cluster.secret': string | undefined;
  readonly 'cluster.retain': number;
  readonly host: string;
  readonly socket: string | undefined;
  readonly 'tcp.port': Port;
  readonly 'grpc.port': Port;
  readonly 'msgpack.port': Port;
  readonly 'http.port': Port;
  readonly 'http.origins': readonly string[];
  readonly services: readonly string[];
  readonly 'gateway.file': string | undefined;
  readonly 'payments.controls': string | undefined;
  readonly 'payments.screening': string | undefined;
  readonly 'payments.rails': string | undefined;
  readonly records: string | undefined;
  readonly recordsPassword: string | undefined;
  readonly recordsConnections: number;
  readonly 'webhooks.key': string | undefined;
  readonly 'webhooks.allowed': readonly string[];
  readonly console: boolean;
  readonly 'metrics.port': Port;
  readonly 'metrics.host': string;
  readonly 'metrics.token': string | undefined;
  readonly 'tls.certificate': string | undefined;
  readonly 'tls.key': string | undefined;
  readonly 'tls.ca': string | undefined;
  readonly 'tls.requireClientCertificate': boolean;
  readonly 'tls.crl': string | undefined;
  readonly 'tls.roles': string | undefined;
  readonly 'identity.file': string | undefined;
  readonly 'identity.pepper': string | undefined;
  readonly 'tokens.jwks': string | undefined;
  readonly 'tokens.issuer': string | undefined;
  readonly 'tokens.audience': string | undefined;
  readonly 'tokens.roleClaim': string;
  readonly 'tokens.ledgersClaim': string | undefined;
  readonly 'tokens.accountsClaim': string | undefined;
  readonly 'tokens.scopesClaim': string | undefined;
  readonly 'tokens.tenantClaim': string | undefined;
  readonly 'tokens.longestLife': number;
  readonly 'tokens.clockSkew': number;
  readonly 'tokens.static': string | undefined;
  readonly 'tokens.staticRole': Role;
  readonly 'signIn.client': string | undefined;
  readonly 'signIn.secret': string | undefined;
  readonly 'signIn.scope': string;
  readonly 'signIn.resource': string | undefined;
  readonly 'signIn.address': string | undefined;
  readonly 'limits.connections': number;
  readonly 'limits.bodyBytes': number;
  readonly 'limits.memory': number;
  readonly 'limits.diskReserve': number;
  readonly 'limits.inFlight': number;
  readonly 'limits.handshake': number;
  readonly 'limits.strangers': number;
  readonly 'limits.strangerTime': number;
  readonly 'limits.drain': number;
  readonly 'limits.query': number;
  readonly 'lanes.critical.weight': number;
  readonly 'lanes.critical.credit': number;
  readonly 'lanes.high.weight': number;
  readonly 'lanes.high.credit': number;
  readonly 'lanes.normal.weight': number;
  readonly 'lanes.normal.credit': number;
  readonly 'lanes.policy': string | undefined;
  readonly 'log.level': LogLevel;
  readonly 'log.format': LogFormat;
  readonly 'log.audit': string | undefined;
  readonly 'acme.directory': string | undefined;
  readonly 'acme.names': readonly string[];
  readonly 'acme.folder': string | undefined;
  readonly 'acme.challenge': AcmeChallenge;
  readonly 'acme.port': Port;
  readonly 'acme.contact': string | undefined;
  readonly 'acme.ca': string | undefined;
  readonly 'acme.eabId': string | undefined;
  readonly 'acme.eabKey': string | undefined;
  readonly 'policy.url': string | undefined;
  readonly 'policy.wasm': string | undefined;
  readonly 'policy.timeout': number;
  readonly 'policy.dryRun': boolean;
  readonly 'audit.file': string | undefined;
  readonly 'audit.key': string | undefined;
  readonly 'audit.transit': string | undefined;
  readonly 'audit.anchor': number;
  readonly 'audit.reads': boolean;
  readonly 'vault.address': string | undefined;
  readonly 'vault.tokenFile': string | undefined;
  readonly 'vault.roleId': string | undefined;
  readonly 'vault.secretIdFile': string | undefined;
  readonly 'vault.kubernetesRole': string | undefined;
  readonly 'vault.kubernetesTokenFile': string;
  readonly 'vault.refresh': number;
  readonly 'traces.endpoint': string | undefined;
  readonly 'traces.sampleRatio': number;
}

export type KeyName = keyof Configuration;

/** What a value may be. */
export type Kind =
  | {
      readonly is:
        | 'text'
        | 'path'
        | 'address'
        | 'port'
        | 'ratio'
        | 'u128'
        | 'list'
        | 'ranges'
        | 'origins'
        | 'switch'
        | 'url'
        | 'keys'
        | 'duration';
    }
  | { readonly is: 'count'; readonly min: number; readonly max: number }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  | { readonly is: 'choices'; readonly of: readonly string[] };

export interface Key<T> {
  readonly kind: Kind;
  readonly preset: T;
  readonly about: string;
  /** Never printed. */
  readonly secret?: true;
}

/** The rows of some keys: `KeysOf<'tls'>` are those of `tls.…`. */
export type KeysOf<Group extends string> = {
  readonly [name in Extract<KeyName, Group | `${Group}.${string}`>]: Key<Configuration[name]>;
};

export const count = (min: number, max: number): Kind => ({ is: 'count', min, max });
export const choice = (...of: string[]): Kind => ({ is: 'choice', of });
