/** How callers are known. */
import { choice, type KeysOf } from './configuration.ts';

export const credentialKeys: KeysOf<'tls' | 'identity' | 'tokens' | 'signIn'> = {
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
  'signIn.client': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Id of a client at `tokens.issuer` by which people sign in to the console (OpenID Connect, code flow with ' +
      'PKCE; docs/guides/console.md). Not set: they paste a token.',
  },
  'signIn.secret': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'The secret of that client. Not set: the client is a public one.',
    secret: true,
  },
  'signIn.scope': {
    kind: { is: 'text' },
    preset: 'openid',
    about: 'Scopes that are asked for when people sign in, separated by spaces; `openid` is one of them.',
  },
  'signIn.resource': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'What the access token is for (RFC 8707), where the issuer wants to be told.',
  },
  'signIn.address': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Address of the console as browsers have it, such as `https://ledger.example/console/`; the issuer sends ' +
      'people back to `signed-in` below it. Not set: as each request names it, which holds where no proxy is between.',
  },
};
