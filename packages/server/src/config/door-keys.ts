/** Doors, what stands behind the HTTP door, and the metrics port. */
import { count, type KeysOf } from './configuration.ts';

export const doorKeys: KeysOf<
  | 'host'
  | 'socket'
  | 'tcp'
  | 'grpc'
  | 'msgpack'
  | 'http'
  | 'services'
  | 'gateway'
  | 'payments'
  | 'records'
  | 'recordsPassword'
  | 'recordsConnections'
  | 'webhooks'
  | 'console'
  | 'metrics'
> = {
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
    kind: { is: 'choices', of: ['payments', 'gateway'] },
    preset: [],
    about: 'Services with paths of their own at the doors of HTTP and gRPC; they are the package @tallystick/services.',
  },
  'gateway.file': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'A JSON file of tenants, how fast each may pay, and at what price (docs/guides/gateway.md).',
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
  'payments.rails': {
    kind: { is: 'path' },
    preset: undefined,
    about: 'A JSON file of banks by which payments leave and come in (docs/guides/payouts.md).',
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
};
