/** Every kind of caller, with what it shows, and what it may do at every door. */
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  ApiKeyAuthenticator,
  type Authenticator,
  CredentialAuthenticator,
  digestOfApiKey,
  EMPTY_IDENTITY_FILE,
  JwtAuthenticator,
  type KeyRecord,
  makeApiKey,
  type Policy,
  Roster,
  WatchfulAuthenticator,
} from '../../packages/server/src/identity/index.ts';

const CREATES = ['create_accounts', 'create_transfers'];
const OF_TRANSFERS = [
  ...['lookup_transfers', 'lookup_pendings', 'get_account_transfers', 'query_transfers'],
  ...['search_transfers', 'sum_transfers'],
];
const OF_ACCOUNTS = [
  ...['lookup_accounts', 'lookup_accounts_at', 'query_accounts', 'get_account_balances', 'get_snapshot'],
];
/** Every operation that callers may ask for. */
export const names: readonly string[] = [...CREATES, ...OF_TRANSFERS, ...OF_ACCOUNTS, 'get_change_events'];

export type Answer = 'ok' | 'forbidden' | 'unauthenticated';
export type Row = (name: string) => Answer;

const nothing: Row = () => 'unauthenticated';
export const never: Row = () => 'forbidden';
const only =
  (...allowed: string[]): Row =>
  (name) =>
    allowed.includes(name) ? 'ok' : 'forbidden';
export const read: Row = only(...names.filter((name) => !CREATES.includes(name)));
const all: Row = only(...names);
/** Events here name ledger 0, which is nobody's; sums and searches must name one. */
const otherTenant: Row = only(
  ...names.filter((name) => !CREATES.includes(name) && !['search_transfers', 'sum_transfers'].includes(name)),
);

const { publicKey, privateKey } = await generateKeyPair('ES256');
const stranger = (await generateKeyPair('ES256')).privateKey;
const PEPPER = 'a pepper of the test';

interface Claims {
  readonly role?: string;
  readonly org?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly key?: CryptoKey;
}

function token({ role = 'admin', org = 'operator', ...claims }: Claims): Promise<string> {
  return new SignJWT({ role, org })
    .setProtectedHeader({ alg: 'ES256' })
    .setSubject('somebody')
    .setIssuer(claims.issuer ?? 'us')
    .setAudience(claims.audience ?? 'tallystick')
    .setExpirationTime(claims.expires ?? '10m')
    .sign(claims.key ?? privateKey);
}

const records: KeyRecord[] = [];
function key(more: Partial<KeyRecord>): string {
  const { id, text } = makeApiKey();
  const digest = digestOfApiKey(PEPPER, text).toString('hex');
  records.push({ id, digest, subject: 'somebody', role: 'admin', created: '2026-01-01T00:00:00.000Z', ...more });
  return text;
}

/** What each caller shows, and what it may do. */
export const callers: readonly (readonly [who: string, credential: string | undefined, row: Row])[] = [
  ['nothing', undefined, nothing],
  ['nonsense', 'sesame', nothing],
  ['an expired token', await token({ expires: '-1m' }), nothing],
  ['a token of another audience', await token({ audience: 'elsewhere' }), nothing],
  ['a token of another issuer', await token({ issuer: 'them' }), nothing],
  ["a stranger's signature", await token({ key: stranger }), nothing],
  ['a token without a role', await token({ role: 'root' }), nothing],
  ['a token of an unknown tenant', await token({ org: 'nowhere' }), nothing],
  ['an expired key', key({ expires: '2026-01-02T00:00:00.000Z' }), nothing],
  ['a revoked key', key({ revoked: '2026-01-02T00:00:00.000Z' }), nothing],
  ['a key that is not in the file', makeApiKey().text, nothing],
  ['the role read', await token({ role: 'read', org: 'all' }), read],
  ['the role write', await token({ role: 'write', org: 'all' }), all],
  ['the role admin', await token({ org: 'all' }), all],
  ['a role of the file', await token({ role: 'till', org: 'all' }), only('create_transfers', ...OF_ACCOUNTS)],
  ['a key to read', key({ role: 'read' }), read],
  ['a key to write', key({ role: 'write' }), all],
  ['another tenant', await token({ org: 'north' }), otherTenant],
  ['a key of another tenant', key({ tenant: 'north' }), otherTenant],
  [
    'a key of no account',
    key({ accounts: ['f'] }),
    only(...names.filter((name) => ![...CREATES, 'search_transfers', 'sum_transfers'].includes(name))),
  ],
];

const roster = Roster.parse(
  JSON.stringify({
    ...EMPTY_IDENTITY_FILE,
    roles: { till: ['transfers:write', 'accounts:read'] },
    tenants: { operator: 0, north: 7 },
    keys: records,
  }),
  'identity.json',
);

/** `all` is a tenant that is a name and no more, as it is where the file knows no tenants. */
const plainRoster = new Roster({ ...EMPTY_IDENTITY_FILE, roles: roster.file.roles });

export async function authenticatorOf(policy?: Policy): Promise<Authenticator> {
  const options = { keys: { keys: [await exportJWK(publicKey)] }, issuer: 'us', audience: 'tallystick' };
  const tenants = new JwtAuthenticator({ ...options, tenantClaim: 'org', roster });
  const plain = new JwtAuthenticator({ ...options, roster: plainRoster });
  const tokens: Authenticator = {
    authenticate: (text) =>
      text !== undefined && text.split('.')[1] !== undefined && orgOf(text) === 'all'
        ? plain.authenticate(text)
        : tenants.authenticate(text),
  };
  const kinds = { keys: new ApiKeyAuthenticator(PEPPER, roster), tokens };
  const opinion = policy === undefined ? undefined : { policy, dryRun: false };
  return new WatchfulAuthenticator(new CredentialAuthenticator(kinds), { refused: () => {} }, opinion);
}

function orgOf(text: string): unknown {
  try {
    return (JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()) as { org?: unknown }).org;
  } catch {
    return undefined;
  }
}
