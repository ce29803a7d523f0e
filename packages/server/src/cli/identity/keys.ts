/** Commands that look at an identity file, or change it. */
import { TallystickError } from 'tallystick/internal/model';
import {
  digestOfApiKey,
  type IdentityFile,
  idOfApiKey,
  type KeyRecord,
  Ledgers,
  makeApiKey,
  ROLES,
  roleScopes,
  type Scope,
} from '../../identity/index.ts';
import { table } from '../print.ts';
import { printable } from '../printable.ts';
import { changeIdentityFile, pepperBeside, readIdentityFile } from './file.ts';

export interface CreateKeyOptions {
  readonly subject: string;
  readonly role: string;
  readonly tenant?: string | number;
  readonly ledgers?: (string | number)[];
  readonly accounts?: string[];
  /** Milliseconds from now. */
  readonly expires?: number;
  readonly json?: boolean;
}

export interface NamesOptions {
  readonly set?: readonly [name: string, means: string][];
  readonly remove?: string;
  readonly json?: boolean;
}

/** Prints the key on stdout, and what there is to know of it on stderr. */
export function createKey(path: string, { json, expires, ...named }: CreateKeyOptions): void {
  const { id, text } = makeApiKey();
  const now = Date.now();
  const recordWith = (pepper: string): KeyRecord => ({
    id,
    digest: digestOfApiKey(pepper, text).toString('hex'),
    ...named,
    created: new Date(now).toISOString(),
    ...(expires === undefined ? {} : { expires: new Date(now + expires).toISOString() }),
  });
  const { keys } = changeIdentityFile(path, (file) => ({
    ...file,
    keys: [...file.keys, recordWith(pepperBeside(path))],
  }));
  const record = keys.at(-1)!;
  if (json === true) console.log(JSON.stringify({ key: text, ...shown(record) }));
  else {
    console.log(text);
    console.error(
      `The key ${id} of ${record.subject} is shown this once. \`tallystick identity revoke\` takes it back.`,
    );
  }
}

/** Without the digest, of which nobody has any use. */
function shown({ digest: _digest, ...record }: KeyRecord): object {
  return { ...record, state: stateOf(record) };
}

function stateOf({ revoked, expires }: Pick<KeyRecord, 'revoked' | 'expires'>): string {
  if (revoked !== undefined) return 'revoked';
  return expires !== undefined && Date.parse(expires) <= Date.now() ? 'expired' : 'good';
}

export function listKeys(path: string, json: boolean): void {
  const { keys } = readIdentityFile(path).file;
  if (json) {
    console.log(JSON.stringify(keys.map(shown), undefined, 2));
    return;
  }
  const rows = keys.map((key) => [
    key.id,
    printable(key.subject),
    key.role,
    key.tenant === undefined ? '-' : String(key.tenant),
    [...(key.ledgers ?? []), ...(key.accounts ?? []).map((prefix) => `0x${prefix}…`)].join(',') || '-',
    key.expires ?? '-',
    stateOf(key),
  ]);
  console.log(print(['id', 'subject', 'role', 'tenant', 'limited to', 'expires', 'state'], rows));
}

function print(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return table(
    titles.map((title) => ({ title, align: 'left' as const })),
    rows,
  );
}

/** `key`: an id, or the key itself, which nobody should have to look up to take it back. */
export function revokeKey(path: string, key: string): void {
  const id = idOfApiKey(key) ?? key;
  readIdentityFile(path);
  const revoked = new Date().toISOString();
  const { keys } = changeIdentityFile(path, (file) => ({
    ...file,
    keys: file.keys.map((one) => (one.id === id && one.revoked === undefined ? { ...one, revoked } : one)),
  }));
  const found = keys.find((one) => one.id === id);
  if (found === undefined) {
    const next = '`tallystick identity list FILE` prints the ids of all keys.';
    throw new TallystickError('not_found', `There is no key ${printable(id)} in ${path}.`, { next });
  }
  console.error(`The key ${id} of ${found.subject} is revoked. Servers that watch ${path} refuse it from now on.`);
}

export function roles(path: string | undefined, { set = [], remove, json }: NamesOptions): void {
  if (path === undefined && (set.length > 0 || remove !== undefined)) {
    throw new TallystickError('invalid_argument', '--set and --remove change an identity file: name it');
  }
  const changed = new Map(set.map(([role, scopes]) => [role, scopes.split(',') as Scope[]]));
  const file = path === undefined ? undefined : changedFile(path, 'roles', changed, remove);
  const all = [
    ...ROLES.map((role) => [role, [...roleScopes[role]]] as const),
    ...Object.entries(file?.roles ?? {}).map(([role, scopes]) => [role, scopes] as const),
  ];
  if (json === true) console.log(JSON.stringify(Object.fromEntries(all), undefined, 2));
  else
    console.log(
      print(
        ['role', 'scopes'],
        all.map(([role, scopes]) => [role, scopes.join(' ')]),
      ),
    );
}

export function tenants(path: string, { set = [], remove, json }: NamesOptions): void {
  const changed = new Map(set.map(([name, number]) => [name, Number(number)]));
  const all = Object.entries(changedFile(path, 'tenants', changed, remove).tenants);
  if (json === true) {
    console.log(JSON.stringify(Object.fromEntries(all), undefined, 2));
    return;
  }
  const rows = all.map(([name, number]) => [name, String(number), String(Ledgers.ofTenant(number))]);
  console.log(print(['tenant', 'number', 'ledgers'], rows));
}

/** What the file says after the change; it is written if anything changed. */
function changedFile<Part extends 'roles' | 'tenants'>(
  path: string,
  part: Part,
  set: ReadonlyMap<string, IdentityFile[Part][string]>,
  remove: string | undefined,
): IdentityFile {
  if (set.size === 0 && remove === undefined) return readIdentityFile(path).file;
  return changeIdentityFile(path, (file) => {
    const { [remove ?? '']: _removed, ...rest } = file[part] as Record<string, IdentityFile[Part][string]>;
    pepperBeside(path);
    return { ...file, [part]: { ...rest, ...Object.fromEntries(set) } };
  });
}
