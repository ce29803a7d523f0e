/**
 * Who a caller is, and what that allows. Authenticators turn a credential into an identity (subject, tenant, role with
 * its scopes, ledgers, accounts, expiry), and an identity becomes a port in front of the ledger. No sockets but those
 * that certificates end.
 */
export type { Access } from './access.ts';
export { AccountPrefixes } from './account-prefixes.ts';
export { accessOf, checkScope } from './allowing.ts';
export { digestOfApiKey, idOfApiKey, makeApiKey } from './api-key.ts';
export { ApiKeyAuthenticator, type KeyChange } from './api-keys.ts';
export { askerOf } from './asker.ts';
export type { Asker, Authenticator } from './authenticator.ts';
export { type Admit, admitting, type Callers } from './callers.ts';
export { type CertificateFiles, Certificates, type Replaceable } from './certificates.ts';
export type { ClaimNames } from './claims.ts';
export { CredentialAuthenticator } from './credentials.ts';
export { type DescribedIdentity, describedIdentity } from './described.ts';
export { DEVELOPMENT, isForDevelopment } from './development.ts';
export { type Believed, type Expiry, expired, isOver, Trust, watchExpiry } from './expiry.ts';
export { checkExposure, type Exposure, exposureOf, type Guards } from './exposure.ts';
export { type Identity, inRole, type Shown } from './identity.ts';
export type { KeySource } from './key-set.ts';
export { LEDGERS_MAX, Ledgers, TENANT_MAX } from './ledgers.ts';
export { OpaSidecar, OpaWasm } from './opa.ts';
export { SUBJECTS } from './payer.ts';
export { type Opinion, type Policy, type PolicyInput, policyObjection, type SecondOpinion } from './policy.ts';
export {
  EMPTY_IDENTITY_FILE,
  type IdentityFile,
  type KeyRecord,
  Roster,
} from './roster.ts';
export { operationScopes, ROLES, type Role, roleScopes, SCOPES, type Scope } from './scopes.ts';
export { type Begun, type Granted, SignIn, type SignInOptions } from './sign-in.ts';
export { CertificateAuthenticator, type SubjectRole } from './subjects.ts';
export { bearer, JwtAuthenticator, type JwtOptions, StaticTokenAuthenticator } from './tokens.ts';
export { type Anybody, anybody, type Doer, type Records, WatchfulAuthenticator } from './watchful.ts';
