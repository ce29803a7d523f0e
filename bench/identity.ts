/**
 * `npm run bench -- identity`: what it costs to know who asks. Credentials on their own, and the same load through a
 * door of four servers: two ask nobody who it is, one knows its callers by API keys, and one keeps an audit trail as
 * well, as it does by default. They take turns of some hundred milliseconds, so that whatever else the machine does
 * meets all; each turn is compared with the one next to it, and the median tells.
 *
 *   --json             one object with rows, commit, machine and load
 *   --turns 16         of each server
 *   --launches 5       of all servers: how a process was compiled, and where its memory lies, stays for its life
 *   --only msgpack     rows whose names begin so
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { commit, machine } from '../packages/server/src/benchmark/index.ts';
import { table } from '../packages/server/src/cli/print.ts';
import {
  ApiKeyAuthenticator,
  type Authenticator,
  digestOfApiKey,
  EMPTY_IDENTITY_FILE,
  JwtAuthenticator,
  makeApiKey,
  Roster,
} from '../packages/server/src/identity/index.ts';
import { type DoorName, endServer, startServer } from './doors/serving.ts';
import { messagePackSide, nativeSide, type Side } from './doors/sides.ts';

interface IdentityRow {
  readonly row: string;
  readonly measured: number;
  readonly must: number;
  readonly unit: 'us' | '%';
  readonly met: boolean;
  /** The same of the server's processor time, which others on the machine disturb less. */
  readonly cpu?: number;
  /** By how much two servers that are alike differ, wall time and processor time. */
  readonly twins?: { readonly wall: number; readonly cpu: number };
  /** What each launch measured. */
  readonly each?: readonly number[];
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    turns: { type: 'string', default: '16' },
    launches: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const turns = Number(values.turns);
const launches = Number(values.launches);
const PEPPER = 'the pepper of a measurement';
const BATCH = 8189;
const ROUNDS = 9;

const median = (found: readonly number[]): number => [...found].sort((a, b) => a - b)[found.length >> 1]!;

/** Microseconds for one: the least of nine rounds, which is the one that others disturbed least. */
async function eachUs(authenticator: Authenticator, tokens: readonly string[], times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const part = tokens.length === 1 ? tokens : tokens.slice(round * times, (round + 1) * times);
    const began = performance.now();
    for (let time = 0; time < times; time++) await authenticator.authenticate(part[time % part.length]);
    least = Math.min(least, ((performance.now() - began) * 1000) / times);
  }
  return least;
}

const key = makeApiKey();
const record = { id: key.id, digest: digestOfApiKey(PEPPER, key.text).toString('hex'), subject: 'till', role: 'write' };
const file = { ...EMPTY_IDENTITY_FILE, keys: [{ ...record, created: new Date().toISOString() }] };

async function tokensOf(signing: CryptoKey, count: number): Promise<string[]> {
  const made: string[] = [];
  for (let n = 0; n < count; n++) {
    const token = new SignJWT({ role: 'write' })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject(`till-${n}`);
    made.push(await token.setIssuer('bench').setAudience('tallystick').setExpirationTime('10m').sign(signing));
  }
  return made;
}

async function credentials(): Promise<readonly [row: string, measured: number][]> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] };
  const jwt = new JwtAuthenticator({ keys, issuer: 'bench', audience: 'tallystick' });
  const known = new ApiKeyAuthenticator(PEPPER, new Roster(file));
  const fresh = await tokensOf(privateKey, ROUNDS * 200);
  const found: [string, number][] = [
    ['a token that was seen before', await eachUs(jwt, fresh.slice(0, 1), 100_000)],
    ['an API key that was seen before', await eachUs(known, [key.text], 100_000)],
    ['a new token, ES256', await eachUs(jwt, fresh, 200)],
  ];
  jwt.close();
  return found;
}

/**
 * Servers of one load: nobody is asked who it is; the same once more, to see how far two alike differ; callers are
 * known; and what they do is recorded as well.
 */
const KINDS = ['plain', 'twin', 'known', 'recorded'] as const;
type Kind = (typeof KINDS)[number];
/** What a turn took: of time, and of the server's processors. Milliseconds. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds of processor that all threads of a process have had. */
function cpuMs(process: number): number {
  const threads = `/proc/${process}/task`;
  const each = readdirSync(threads).map((thread) => readFileSync(join(threads, thread, 'schedstat'), 'utf8'));
  return each.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6;
}

/** The turns of each server, in the order in which they were had. */
async function race(load: Load, launch: number): Promise<Readonly<Record<Kind, readonly Took[]>>> {
  const identities = mkdtempSync(join(tmpdir(), 'tallystick-bench-'));
  const path = join(identities, 'identity.json');
  writeFileSync(path, JSON.stringify(file));
  writeFileSync(`${path}.pepper`, PEPPER, { mode: 0o600 });
  writeFileSync(join(identities, 'audit.key'), PEPPER, { mode: 0o600 });
  const known = ['--identity-file', path, '--audit-key', `file:${join(identities, 'audit.key')}`];
  const args: Readonly<Record<Kind, readonly string[]>> = {
    plain: [],
    twin: [],
    known: [...known, '--audit-file', 'off'],
    recorded: known,
  };
  const folders: string[] = [];
  const ends: (() => Promise<void>)[] = [];
  try {
    const turnsOf = {} as Record<Kind, () => Promise<Took>>;
    // Each is started first as often as the others.
    for (const kind of KINDS.map((_, place) => KINDS[(launch + place) % KINDS.length]!)) {
      const folder = mkdtempSync(join(process.cwd(), 'tallystick-bench-'));
      folders.push(folder);
      const { child, address } = await startServer(folder, load.door, args[kind]);
      ends.push(() => endServer(child));
      const side = await load.open(address, kind === 'plain' || kind === 'twin' ? undefined : key.text);
      ends.push(() => side.close());
      turnsOf[kind] = async () => {
        const [began, before] = [performance.now(), cpuMs(child.pid!)];
        await side.send(load.transfers);
        return { wall: performance.now() - began, cpu: cpuMs(child.pid!) - before };
      };
    }
    const took: Record<Kind, Took[]> = { plain: [], twin: [], known: [], recorded: [] };
    for (let turn = 0; turn < turns; turn++) {
      // Each goes first as often as the others.
      for (let place = 0; place < KINDS.length; place++) {
        const kind = KINDS[(turn + place) % KINDS.length]!;
        took[kind].push(await turnsOf[kind]());
      }
    }
    return took;
  } finally {
    for (const end of ends.reverse()) await end();
    for (const folder of [...folders, identities]) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * By how many percent the turns of one server took more than those of another beside them. The first quarter is left
 * out: it is the compiler's.
 */
function more(of: keyof Took, than: readonly Took[], these: readonly Took[]): number {
  const from = Math.ceil(turns / 4);
  return median(these.slice(from).map((took, index) => (took[of] / than[from + index]![of] - 1) * 100));
}

interface Load {
  readonly name: string;
  readonly door: DoorName;
  /** In a turn. */
  readonly transfers: number;
  open(address: string, token: string | undefined): Promise<Side>;
  /** Which two servers are compared, and what must come of it. */
  readonly rows: readonly { readonly row: string; readonly from: Kind; readonly to: Kind; readonly must: number }[];
}

const BOTH = { row: 'callers known and recorded', from: 'plain', to: 'recorded', must: 15 } as const;
const loads: readonly Load[] = [
  {
    name: 'native/batch-8189',
    door: 'tcp',
    transfers: 20 * BATCH,
    open: (address, token) => nativeSide(address, token, BATCH, 3),
    rows: [
      { row: 'callers known', from: 'plain', to: 'known', must: 3 },
      { row: 'audit trail', from: 'known', to: 'recorded', must: 5 },
    ],
  },
  {
    name: 'native/callers-64',
    door: 'tcp',
    transfers: 6000,
    open: (address, token) => nativeSide(address, token, 1, 64),
    rows: [BOTH],
  },
  { name: 'msgpack/single', door: 'msgpack', transfers: 8000, open: messagePackSide, rows: [BOTH] },
];

/** The median of the launches. */
async function measure(load: Load): Promise<IdentityRow[]> {
  const races: Awaited<ReturnType<typeof race>>[] = [];
  for (let launch = 0; launch < launches; launch++) races.push(await race(load, launch));
  const twins = { wall: rounded(twinned(races, 'wall')), cpu: rounded(twinned(races, 'cpu')) };
  return load.rows.map(({ row, from, to, must }) => {
    const shares = (of: keyof Took): number[] => races.map((took) => more(of, baseOf(took, from), took[to]));
    const [wall, cpu] = [shares('wall'), median(shares('cpu'))];
    const made = rowOf(`${load.name}, ${row}: slower by`, median(wall), must, '%');
    return { ...made, cpu: rounded(cpu), twins, each: wall.map(rounded) };
  });
}

/** Others are compared with the mean, in each turn, of the two that ask nobody. */
function baseOf(took: Awaited<ReturnType<typeof race>>, from: Kind): readonly Took[] {
  if (from !== 'plain') return took[from];
  return took.plain.map(({ wall, cpu }, turn) => {
    const twin = took.twin[turn]!;
    return { wall: (wall + twin.wall) / 2, cpu: (cpu + twin.cpu) / 2 };
  });
}

const twinned = (races: readonly Awaited<ReturnType<typeof race>>[], of: keyof Took): number =>
  median(races.map(({ plain, twin }) => more(of, plain, twin)));

const rounded = (exact: number): number => Math.round(exact * 100) / 100;
const rowOf = (row: string, exact: number, must: number, unit: IdentityRow['unit']): IdentityRow => {
  const measured = rounded(exact);
  return { row, measured, must, unit, met: measured <= must };
};

const [load] = loadavg();
const rows: IdentityRow[] = [];
if (values.only === '') {
  const musts = [5, 5, 300];
  for (const [index, [row, measured]] of (await credentials()).entries()) {
    rows.push(rowOf(row, measured, musts[index]!, 'us'));
  }
}
for (const one of loads) if (one.name.startsWith(values.only)) rows.push(...(await measure(one)));
if (values.json === true) console.log(JSON.stringify({ rows, commit: commit(), machine: machine(), load }, null, 2));
else {
  const columns = [
    { title: 'identity', align: 'left' },
    { title: 'must', align: 'right' },
    { title: 'measured', align: 'right' },
    { title: 'CPU of the server', align: 'right' },
    { title: 'two alike, wall and CPU', align: 'right' },
  ] as const;
  const lines = rows.map(({ row, must, measured, unit, cpu, twins }) => [
    row,
    `${must} ${unit}`,
    `${measured} ${unit}`,
    cpu === undefined ? '' : `${cpu} %`,
    twins === undefined ? '' : `${twins.wall} %, ${twins.cpu} %`,
  ]);
  console.log(table(columns, lines));
}
if (rows.some(({ met }) => !met)) process.exitCode = 1;
