/** Whom the server trusts besides its callers, and what it keeps of them. */
import { choice, type KeysOf } from './configuration.ts';

export const trustKeys: KeysOf<'acme' | 'policy' | 'audit' | 'vault'> = {
  'acme.directory': {
    kind: { is: 'url' },
    preset: undefined,
    about:
      'Directory of an authority that speaks ACME, such as `https://ca.example/acme/acme/directory`: the server then ' +
      'gets its certificate there, and renews it when two thirds of its life are over ' +
      '(docs/guides/identity-acme.md). It takes the place of `tls.certificate` and `tls.key`.',
  },
  'acme.names': {
    kind: { is: 'list' },
    preset: [],
    about: 'Names and addresses that the certificate is for, separated by commas.',
  },
  'acme.folder': {
    kind: { is: 'path' },
    preset: undefined,
    about:
      'Folder of `account.pem`, the key of the account at the authority, and `certificate.pem`, the certificate with ' +
      'its key, which the server writes.',
  },
  'acme.challenge': {
    kind: choice('http-01', 'tls-alpn-01'),
    preset: 'http-01',
    about: 'How the server shows that a name is its own: over HTTP, or in a TLS handshake.',
  },
  'acme.port': {
    kind: { is: 'port' },
    preset: 80,
    about:
      'Port at `host` where the server answers the authority while a certificate is on its way, and no longer. ' +
      'Authorities ask at 80 for `http-01`, and at 443 for `tls-alpn-01`.',
  },
  'acme.contact': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'Address to which the authority may write about the account: `ops@bank.example`.',
  },
  'acme.ca': {
    kind: { is: 'path' },
    preset: undefined,
    about: "PEM file of the authority behind the directory's own https. Not set: those that Node.js knows.",
  },
  'acme.eabId': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'Id of the key by which the account belongs to a customer of the authority, where it asks for one.',
  },
  'acme.eabKey': {
    kind: { is: 'text' },
    preset: undefined,
    about: 'That key, in base64url.',
    secret: true,
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
  'audit.transit': {
    kind: { is: 'text' },
    preset: undefined,
    about:
      'Mount and name of a key of OpenBao that signs each head which is anchored, such as `transit/audit`; it never ' +
      'leaves OpenBao. It is asked with the token of the `vault` settings.',
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
  'vault.kubernetesTokenFile': {
    kind: { is: 'path' },
    preset: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    about: 'File that holds the token of that account; it is read for each login, because Kubernetes replaces it.',
  },
  'vault.refresh': {
    kind: { is: 'duration' },
    preset: 60_000,
    about: 'How often secrets are looked at again.',
  },
};
