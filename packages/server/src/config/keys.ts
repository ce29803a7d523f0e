/**
 * Every setting of a server, once. From a key's name follow its flag, its variable and its place in the file:
 *
 *   grpc.port   --grpc-port   TALLYSTICK_GRPC_PORT   { "grpc": { "port": … } }
 *
 * docs/operating/configuration.md is printed from here. Data only: `tallystick --help` reads this too, and shall be
 * quick.
 */

/** A port to listen on, 0 for any free one, or `off`. */
export type Port = number | 'off';
export type Wait = 'blocking' | 'yielding' | 'busy-spin';
export type Mode = 'threads' | 'inline';
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type LogFormat = 'auto' | 'json' | 'pretty';
export type Role = 'read' | 'write' | 'admin';

/** What is in force: the value of every key. What is not set and has no default is undefined. */
export interface Configuration {
  readonly folder: string | undefined;
  readonly create: boolean;
  readonly shards: number;
  readonly takeOver: boolean;
  readonly mode: Mode;
  readonly wait: Wait;
  readonly 'node.id': number;
  readonly 'cluster.id': bigint;
  readonly 'cluster.ips': readonly string[];
  readonly 'cluster.nats': readonly string[];
  readonly 'cluster.monitors': readonly string[];
  readonly host: string;
  readonly socket: string | undefined;
  readonly 'tcp.port': Port;
  readonly 'grpc.port': Port;
  readonly 'msgpack.port': Port;
  readonly 'http.port': Port;
  readonly 'http.origins': readonly string[];
  readonly services: readonly string[];
  readonly 'payments.controls': string | undefined;
  readonly 'payments.screening': string | undefined;
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
  readonly 'policy.url': string | undefined;
  readonly 'policy.wasm': string | undefined;
  readonly 'policy.timeout': number;
  readonly 'policy.dryRun': boolean;
  readonly 'audit.file': string | undefined;
  readonly 'audit.key': string | undefined;
  readonly 'audit.anchor': number;
  readonly 'audit.reads': boolean;
  readonly 'vault.address': string | undefined;
  readonly 'vault.tokenFile': string | undefined;
  readonly 'vault.roleId': string | undefined;
  readonly 'vault.secretIdFile': string | undefined;
  readonly 'vault.kubernetesRole': string | undefined;
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

const count = (min: number, max: number): Kind => ({ is: 'count', min, max });
const choice = (...of: string[]): Kind => ({ is: 'choice', of });
const lane = (about: string, preset: number): Key<number> => ({ kind: count(1, 2 ** 24), preset, about });

export const keys: { readonly [name in KeyName]: Key<Configuration[name]> } = {
  folder: { kind: { is: 'path' }, preset: undefined, about: 'The ledger, which must be there unless `create` is on.' },
  create: {
    kind: { is: 'switch' },
    preset: false,
    about:
      'Make a new ledger in a folder that is absent or empty. Off: such a folder is an error, because a volume ' +
      'may not be mounted there.',
  },
  shards: {
    kind: count(1, 256),
    preset: 1,
    about:
      'Shards that the ledger is made of, each in a folder below `folder` and with threads of its own ' +
      '(docs/operating/shards.md). The same number for ever.',
  },
  takeOver: {
    kind: { is: 'switch' },
    preset: false,
    about:
      'Become the writer of a folder that another machine, or a container with another host name, did not ' +
      'close. A process that can be seen to live is never replaced (docs/operating/containers.md).',
  },
  mode: {
    kind: choice('threads', 'inline'),
    preset: 'threads',
    about: 'Journal, machine and builder on threads of their own, or everything on one.',
  },
  wait: {
    kind: choice('blocking', 'yielding', 'busy-spin'),
    preset: 'blocking',
    about: 'How threads wait for work: asleep, spinning for 0.2 ms first, or never asleep.',
  },
  'node.id': {
    kind: count(0, 65_535),
    preset: 0,
    about: 'Number of this node in the cluster; it stands in logs and traces.',
  },
  'cluster.id': {
    kind: { is: 'u128' },
    preset: 0n,
    about: 'Id of the cluster, which clients may ask for; a client that asks for 0 takes any.',
  },
  'cluster.ips': {
    kind: { is: 'list' },
    preset: [],
    about: 'Addresses of the nodes, in the order of their ids from 0 on, separated by commas; clients are sent there.',
  },
  'cluster.nats': {
    kind: { is: 'list' },
    preset: [],
    about:
      'Addresses of the nats-servers that order a replicated ledger, such as nats://10.0.0.1:4222, separated ' +
      'by commas. Empty: this server is alone.',
  },
  'cluster.monitors': {
    kind: { is: 'list' },
    preset: [],
    about:
      "Addresses of these servers' monitoring ports, such as http://10.0.0.1:8222, separated by commas: a " +
      'server whose copy is damaged, or that does not sync, is named.',
  },
  host: {
    kind: { is: 'address' },
    preset: '127.0.0.1',
    about: 'Address at which the doors listen. Beyond loopback they need TLS, and tokens or client certificates.',
  },
  socket: {
    kind: { is: 'path' },
    preset: undefined,
    about: 'Path of a Unix socket for processes of the same user on this machine; it speaks the native protocol.',
  },
  'tcp.port': { kind: { is: 'port' }, preset: 3000, about: 'The native door.' },
  'grpc.port': { kind: { is: 'port' }, preset: 50_051, about: 'gRPC.' },
  'msgpack.port': { kind: { is: 'port' }, preset: 3001, about: 'MessagePack over TCP.' },
  'http.port': { kind: { is: 'port' }, preset: 8080, about: 'HTTP and JSON.' },
  'http.origins': {
    kind: { is: 'origins' },
    preset: [],
    about: 'Origins whose pages may call the HTTP door from a browser (CORS), separated by commas. Empty: none.',
  },
  services: {
    kind: { is: 'choices', of: ['payments'] },
    preset: [],
    about: 'Services with paths of their own at the HTTP door; they are the package @tallystick/services.',
  },
  'payments.controls': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'A JSON file of limits for payments, and of amounts from which others must approve.',
  },
  'payments.screening': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'A JSON file of lists that the names of payments are compared with (docs/guides/screening.md).',
  },
  records: {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Where services keep words: `postgres://USER@HOST/DATABASE`, with TLS beyond this machine ' +
      '(docs/operating/records.md). Not set: LMDB, in the folder `services` of the ledger.',
    secret: true,
  },
  recordsPassword: {
    kind: { is: 'text' },
    preset: undefined,
    about: 'The password for `records`.',
    secret: true,
  },
  recordsConnections: { kind: count(1, 64), preset: 4, about: 'Connections to PostgreSQL at most.' },
  'webhooks.key': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Secret of 32 characters or more, from which the secrets of webhooks follow. Not set: there are no ' +
      'webhooks (docs/guides/webhooks.md).',
    secret: true,
  },
  'webhooks.allowed': {
    kind: { is: 'ranges' },
    preset: [],
    about:
      'Names, addresses and ranges such as 10.1.0.0/16 outside the public internet that webhooks may be sent to, ' +
      'separated by commas. Empty: none.',
  },
  console: {
    kind: { is: 'switch' },
    preset: false,
    about:
      'A console for the browser at `/console/` of the HTTP door; it is the package @tallystick/console ' +
      '(docs/guides/console.md).',
  },
  'metrics.port': { kind: { is: 'port' }, preset: 9090, about: '`/metrics`, `/live` and `/ready`.' },
  'metrics.host': {
    kind: { is: 'address' },
    preset: '127.0.0.1',
    about:
      'Address at which the metrics port listens. Beyond loopback it needs TLS, and `metrics.token`, tokens or ' +
      'client certificates.',
  },
  'metrics.token': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'Bearer token that `/metrics` asks for; a token for the doors is accepted, too.',
    secret: true,
  },
  'tls.certificate': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'PEM file of the certificate; the server reads it again when it changes.',
  },
  'tls.key': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'PEM file of the private key; the server reads it again when it changes.',
  },
  'tls.ca': {
    kind: { is: 'path' },
    preset: undefined,
    about: "PEM file of the authority that signs clients' certificates.",
  },
  'tls.requireClientCertificate': {
    kind: { is: 'switch' },
    preset: false,
    about: 'Mutual TLS: clients must show a certificate that `tls.ca` signed.',
  },
  'tls.crl': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'PEM file of certificates that `tls.ca` has withdrawn. The server reads it again when it changes, and ' +
      'then closes all connections.',
  },
  'tls.roles': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'JSON file of roles by the subject of client certificates: `[{ "subject": "CN=payments", "role": "write" ' +
      '}]`; `"ledgers": [840]` limits a subject to those ledgers. The first entry that fits decides; other ' +
      'subjects are refused. Not set: every certificate may do everything, unless tokens say otherwise.',
  },
  'identity.file': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'JSON file of API keys, named roles and tenants (docs/guides/identity.md); `tallystick identity` writes it. ' +
      'The server reads it again when it changes.',
  },
  'identity.pepper': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'Secret that API keys are hashed with. Not set: the content of `identity.file` with `.pepper` behind it.',
    secret: true,
  },
  'tokens.jwks': {
    kind: { is: 'keys' },
    preset: undefined,
    about:
      'Public keys that tokens (JWT) are signed with: an https address, or a file. Not set: where the issuer says, ' +
      'if it is an https address (OpenID Connect Discovery).',
  },
  'tokens.issuer': { kind: { is: 'text' }, preset: undefined, about: 'Issuer that tokens must name (`iss`).' },
  'tokens.audience': { kind: { is: 'text' }, preset: undefined, about: 'Audience that tokens must name (`aud`).' },
  'tokens.roleClaim': {
    kind: { is: 'text' },
    preset: 'role',
    about:
      'Name of the claim that names the role, or lists several: `read`, `write`, `admin`, or a role of ' +
      '`identity.file`. A dot leads into an object, such as `realm_access.roles`.',
  },
  'tokens.accountsClaim': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Name of the claim that lists how ids of the accounts begin that the caller may touch, in hexadecimal digits, ' +
      'such as `["7f3a"]`. The server then refuses a token without it. Not set: all accounts.',
  },
  'tokens.ledgersClaim': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Name of the claim that lists the ledgers, by code or range, that the caller may touch and see, such as ' +
      '`[840, "4096-8191"]`. The server then refuses a token without it. Not set: all ledgers.',
  },
  'tokens.scopesClaim': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Name of the claim that lists scopes, such as `transfers:read accounts:read`: the caller has those of ' +
      'its role that the claim names. The server then refuses a token that names none. Not set: all scopes of ' +
      'the role.',
  },
  'tokens.tenantClaim': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Name of the claim that names the tenant, the organization that the subject belongs to: the same subject ' +
      'of two tenants is two callers. A number, or a name that `identity.file` knows, is a tenant with ledgers of ' +
      'its own, which are all that its callers may touch and see. The server refuses a token without the claim. ' +
      'Not set: subjects belong to no tenant.',
  },
  'tokens.longestLife': {
    kind: { is: 'duration' },
    preset: 24 * 60 * 60 * 1000,
    about: 'Longest remaining life of a token; the server refuses one that is good for longer.',
  },
  'tokens.clockSkew': {
    kind: { is: 'duration' },
    preset: 5000,
    about: "How far an issuer's clock and the server's may differ: the server takes a token for so long after its end.",
  },
  'tokens.static': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'One token for everybody, of 16 characters at least; for development.',
    secret: true,
  },
  'tokens.staticRole': {
    kind: choice('read', 'write', 'admin'),
    preset: 'write',
    about: 'Role of the static token.',
  },
  'limits.connections': { kind: count(1, 1_000_000), preset: 4096, about: 'Connections that each door may have.' },
  'limits.bodyBytes': {
    kind: count(4096, 2 ** 28),
    preset: 6 * 2 ** 20,
    about: 'Largest body of an HTTP request. Frames of the other doors hold 1 MiB.',
  },
  'limits.memory': {
    kind: count(2 ** 22, 2 ** 40),
    preset: 512 * 2 ** 20,
    about:
      'Bytes that all doors together may hold for clients: replies, unread requests, HTTP bodies and TLS ' +
      'handshakes on their way. If they run short, the server cuts off the clients that take their replies ' +
      'most slowly.',
  },
  'limits.diskReserve': {
    kind: count(0, 2 ** 40),
    preset: 256 * 2 ** 20,
    about:
      "Bytes kept free on the ledger's disk, at most a twentieth of it. With less, creates are refused with " +
      '`disk_full` and reads go on. 0 keeps nothing free.',
  },
  'limits.inFlight': {
    kind: count(1, 65_536),
    preset: 256,
    about: 'Requests of one gRPC stream that may be unanswered at a time.',
  },
  'limits.handshake': {
    kind: { is: 'duration' },
    preset: 5000,
    about: 'Time from connecting to the end of the TLS handshake and the hello; the server cuts off slower clients.',
  },
  'limits.strangers': {
    kind: count(1, 1_000_000),
    preset: 512,
    about:
      'Connections of each door whose callers have shown no valid credential yet, at most a quarter of ' +
      '`limits.connections`; one address gets half of them. The oldest makes room for the next.',
  },
  'limits.strangerTime': {
    kind: { is: 'duration' },
    preset: 30_000,
    about: 'Time from connecting to the first request with a valid token; the server cuts off slower callers.',
  },
  'limits.drain': {
    kind: { is: 'duration' },
    preset: 10_000,
    about: 'Time that clients get to leave when the server ends.',
  },
  'limits.query': {
    kind: { is: 'duration' },
    preset: 60_000,
    about: 'Longest time of a query; a client may give a shorter deadline.',
  },
  'lanes.critical.weight': lane('Cells a turn that the critical lane may send while others wait.', 16_384),
  'lanes.critical.credit': lane('Cells that may wait in the critical lane.', 16_384),
  'lanes.high.weight': lane('The same for the high lane.', 4096),
  'lanes.high.credit': lane('The same for the high lane.', 65_536),
  'lanes.normal.weight': lane('The same for the normal lane.', 1024),
  'lanes.normal.credit': lane('The same for the normal lane.', 49_152),
  'lanes.policy': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'JSON file of rules that choose lanes (docs/guides/serve.md). Not set: callers that may create get the ' +
      'lane that they ask for, except for queries.',
  },
  'log.level': {
    kind: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    preset: 'info',
    about: 'Level from which events are logged.',
  },
  'log.format': {
    kind: choice('auto', 'json', 'pretty'),
    preset: 'auto',
    about:
      'A line of JSON for each event, or a line of text for people; `auto` is text on a terminal and JSON elsewhere.',
  },
  'log.audit': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'File that gets a line for each request that created something: the caller, its address, what it ' +
      'created, and the timestamp that the ledger gave it.',
  },
  'policy.url': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Address of a decision of Open Policy Agent, such as `http://127.0.0.1:8181/v1/data/tally/authz/decision` ' +
      '(docs/guides/identity-opa.md). It is asked about each request of a known caller, and can only forbid.',
  },
  'policy.wasm': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'The same, compiled to WebAssembly and asked in this process, by the package @open-policy-agent/opa-wasm. The ' +
      'server reads it again when it changes.',
  },
  'policy.timeout': {
    kind: { is: 'duration' },
    preset: 250,
    about: 'Longest time that the policy may take; without an answer by then the request is refused.',
  },
  'policy.dryRun': {
    kind: { is: 'switch' },
    preset: false,
    about: 'What the policy would refuse is logged, and done.',
  },
  'audit.file': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'The audit trail (docs/guides/identity-audit.md), or `off`. Not set: `audit/audit.jsonl` in the folder of the ' +
      'ledger if the server asks for credentials, else none.',
  },
  'audit.key': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Secret that the audit trail is sealed with. Not set: the content of the file with `.key` behind the name of ' +
      'the trail, which is made.',
    secret: true,
  },
  'audit.anchor': {
    kind: { is: 'duration' },
    preset: 60_000,
    about:
      'How often the head of the audit trail is kept in the log, and in the ledger as a transfer of nothing in ' +
      'ledger 4005. 0: never.',
  },
  'audit.reads': {
    kind: { is: 'switch' },
    preset: false,
    about: 'Reads are recorded in the audit trail, too.',
  },
  'vault.address': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Address of OpenBao or Vault, for settings that are references such as `vault:secret/tallystick#key` ' +
      '(docs/guides/identity-openbao.md).',
  },
  'vault.tokenFile': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'File that holds a token for it; whoever writes the file renews the token.',
  },
  'vault.roleId': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'Id of an AppRole, with `vault.secretIdFile`; the server renews its token.',
  },
  'vault.secretIdFile': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'File that holds the secret id of the AppRole.',
  },
  'vault.kubernetesRole': {
    kind: { is: 'text' },
    preset: undefined,
    about: "Role that the pod's account has there, in place of a token or an AppRole.",
  },
  'vault.refresh': {
    kind: { is: 'duration' },
    preset: 60_000,
    about: 'How often secrets are looked at again.',
  },
  'traces.endpoint': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Address that spans are sent to, by OTLP over HTTP, such as `http://127.0.0.1:4318`. Not set: the server ' +
      'makes no spans.',
  },
  'traces.sampleRatio': {
    kind: { is: 'ratio' },
    preset: 0.01,
    about: 'Share of requests that are traced; a caller with a trace of its own decides itself.',
  },
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
