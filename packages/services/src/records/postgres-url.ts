/**
 * The address of a PostgreSQL server, read strictly. Beyond this machine the server must prove who it is: a connection
 * that anybody could answer is refused, and so is one that only hopes for TLS.
 *
 *   postgres://user@db.example:5432/name?sslrootcert=/etc/ca.pem&schema=tallystick
 *   postgres://user@localhost/name?host=/run/postgresql
 */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { TallystickError } from 'tallystick/internal/model';

/** What the package `pg` is told. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  /** False: as it is, which only this machine is. */
  readonly ssl: false | { readonly ca?: string; readonly servername?: string };
  readonly schema: string;
}

const PARAMETERS: readonly string[] = ['host', 'sslmode', 'sslrootcert', 'schema'];
const PORT = 5432;
const SCHEMA = 'tallystick_records';
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Throws `configuration_invalid`, and never shows the address: a password may be in it. `password`: counts first. */
export function readPostgresUrl(text: string, password?: string): PostgresAddress {
  if (!URL.canParse(text)) throw wrong('is no address: postgres://USER@HOST/DATABASE');
  const url = new URL(text);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw wrong('must begin with postgres://');
  const { searchParams } = url;
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw wrong(`has a parameter ${unknown}; it may have ${PARAMETERS.join(', ')}`);
  const host = searchParams.get('host') ?? url.hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (host === '' || user === '' || database === '') throw wrong('must name a user, a host and a database');
  const schema = searchParams.get('schema') ?? SCHEMA;
  // It becomes a part of statements.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw wrong('has a schema that is no lower-case name');
  const said = url.password === '' ? undefined : decodeURIComponent(url.password);
  const ssl = securityOf(host, searchParams);
  return { host, port: Number(url.port || PORT), user, database, password: password ?? said, ssl, schema };
}

function securityOf(host: string, parameters: URLSearchParams): PostgresAddress['ssl'] {
  const isHere = isThisMachine(host);
  const mode = parameters.get('sslmode') ?? (isHere ? 'disable' : 'verify-full');
  if (mode !== 'disable' && mode !== 'verify-full') {
    throw wrong(`has sslmode=${mode}, which trusts whoever answers; it may be verify-full, or disable on this machine`);
  }
  if (mode === 'disable') {
    if (isHere) return false;
    throw wrong(`has sslmode=disable, and ${host} is another machine: words and password would be open to all between`);
  }
  const root = parameters.get('sslrootcert');
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return { ...(root === null ? {} : { ca: certificates(root) }), ...servername };
}

/** A folder of a Unix socket, or loopback. */
function isThisMachine(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost') return true;
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

function certificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong(`has a sslrootcert that cannot be read: ${(cause as Error).message}`);
  }
}

function wrong(why: string): TallystickError {
  return new TallystickError('configuration_invalid', `records: the address of PostgreSQL ${why}`);
}
