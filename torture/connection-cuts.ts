/**
 * Connections are cut at every byte of a request and of its reply, over and over, and the server is killed with -9 when
 * the cut comes. A client that numbers its requests sends them again, and its program hears what it would have heard
 * had nothing been cut. That is what TigerBeetle's client tells: its server stores the reply to each request of a
 * session, and sends that one again. So the judge is the reference model of its rules, which does each request once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AccountInput,
  CreateTransferStatus,
  connect,
  createClient,
  type Ledger,
  TransferFlags,
  type TransferInput,
} from '../src/index.ts';
import { Random } from '../testing/model/random.ts';
import { ModelLedger } from '../testing/ports/model-ledger.ts';
import { CuttingProxy, type Way } from './cutting-proxy.ts';
import { kept, main } from './processes.ts';
import { Tally } from './tally.ts';

export interface CutOptions {
  readonly folder: string;
  readonly cuts: number;
  /** Ends earlier, after so long. */
  readonly minutes: number;
  readonly seed: number;
  readonly progress: (done: number, tally: Tally) => void;
}

const CELL = 128;
const RESULT = 16;
/** HTTP/2 puts more around a request than the native protocol; a cut behind the last byte is not counted. */
const GRPC_MORE = 300;
/** A client that says nothing for so long never will. */
const ANSWER_MS = 300_000;
const LOOK_MS = 1;
const FUNDS = 10n ** 12n;

const ACCOUNTS: readonly AccountInput[] = [
  { id: 1n, ledger: 1, code: 1, flags: 2 },
  { id: 2n, ledger: 1, code: 1 },
  { id: 3n, ledger: 1, code: 1 },
];
const leg = { debit_account_id: 1n, credit_account_id: 2n, ledger: 1, code: 1 };

type Create = Pick<Ledger, 'createAccounts' | 'createTransfers' | 'lookupAccounts'>;

/** A client, and the way on which its bytes are cut. */
interface Cut {
  readonly name: string;
  readonly client: Create;
  readonly proxy: CuttingProxy;
  /** Bytes around a message beyond the native protocol's. */
  readonly more: number;
  readonly close: () => Promise<void> | void;
}

/** `tallystick serve`, killed and started again. */
class KilledServer {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  /** Ports of its doors, new ones each time that it starts. */
  tcp = 0;
  grpc = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const off = ['http', 'msgpack', 'metrics'].flatMap((door) => [`--${door}-port`, 'off']);
    const ports = ['--tcp-port', '0', '--grpc-port', '0', ...off, '--log-level', 'silent'];
    const child = spawn(process.execPath, [main, 'serve', this.#folder, '--create', ...ports], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = kept(child);
    let line = '';
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        line += chunk;
        if (line.endsWith('\n')) resolve();
      });
      child.once('close', () => resolve());
    });
    const port = (scheme: string): number => Number(new RegExp(`${scheme}://[^\\s:]+:(\\d+)`).exec(line)?.[1]);
    [this.tcp, this.grpc] = [port('tcp'), port('grpc')];
    if (Number.isNaN(this.tcp + this.grpc)) throw new Error(`the server said ${line}`);
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** Requests of all kinds, each an answer that a program must be able to trust. */
class Program {
  readonly #random: Random;
  #next = 100n;
  #last: TransferInput[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get #id(): bigint {
    return this.#next++;
  }

  /** One more request of a program. */
  request(): readonly TransferInput[] {
    const { linked, pending } = TransferFlags;
    const amount = this.#random.chance(0.3) ? FUNDS * 2n : 1n;
    const chain = (): TransferInput[] => [linked, linked, 0].map((flags) => ({ ...leg, id: this.#id, amount, flags }));
    const kind = this.#random.between(0, 4);
    // A program that asks again by itself is told that it has asked before; its connection must not make a difference.
    if (kind === 4 && this.#last.length > 0) return this.#last;
    if (kind === 3) this.#last = [{ ...leg, id: this.#id, amount: 1n, flags: pending }, ...chain()];
    else this.#last = kind === 2 ? [{ ...leg, id: this.#id, amount }] : chain();
    return this.#last;
  }
}

export async function cutConnections(options: CutOptions): Promise<Tally> {
  const tally = new Tally('connections cut at each byte of request and reply, the server killed in between');
  const server = new KilledServer(join(options.folder, 'cut'));
  await server.start();
  const ways = await clients(server);
  const judge = new ModelLedger();
  try {
    for (const ledger of [ways[0]!.client, judge]) await found(ledger);
    await cutAll(options, server, ways, judge, tally);
    const [ours, theirs] = await Promise.all(
      [ways[0]!.client, judge].map((ledger) => ledger.lookupAccounts([1n, 2n, 3n])),
    );
    if (balances(ours!) !== balances(theirs!)) tally.err(`balances are ${balances(ours!)}, not ${balances(theirs!)}`);
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  } finally {
    for (const { close } of ways) await close();
    for (const { proxy } of ways) proxy.close();
    await server.kill();
  }
  const counts = [...tally.doors].map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`);
  tally.how = `a real server, killed at each cut ${tally.how}; judge: the reference model; ${counts.join(', ')}`;
  return tally;
}

async function clients(server: KilledServer): Promise<Cut[]> {
  const tcp = await CuttingProxy.to(() => server.tcp);
  const client = createClient({ cluster_id: 0n, replica_addresses: [`127.0.0.1:${tcp.port}`] });
  const grpc = await CuttingProxy.to(() => server.grpc);
  const ledger = await connect(`grpc://127.0.0.1:${grpc.port}`, { retry: true, reconnectTimeoutMs: ANSWER_MS });
  return [
    { name: 'createClient', client: client as unknown as Create, proxy: tcp, more: 0, close: () => client.destroy() },
    { name: 'gRPC', client: ledger, proxy: grpc, more: GRPC_MORE, close: () => ledger.close() },
  ];
}

async function found(ledger: Create): Promise<void> {
  await ledger.createAccounts(ACCOUNTS);
  await ledger.createTransfers([{ ...leg, id: 1n, debit_account_id: 3n, credit_account_id: 1n, amount: FUNDS }]);
}

async function cutAll(
  { cuts, minutes, seed, progress }: CutOptions,
  server: KilledServer,
  ways: readonly Cut[],
  judge: ModelLedger,
  tally: Tally,
): Promise<void> {
  const program = new Program(new Random(seed));
  const places = new Set<string>();
  const until = performance.now() + minutes * 60_000;
  for (let turn = 0; tally.injected < cuts && tally.findings.length === 0 && performance.now() < until; turn++) {
    const cut = ways[turn % ways.length]!;
    const asked = program.request();
    const way: Way = turn % 4 < 2 ? 'request' : 'reply';
    const size = CELL + (way === 'request' ? asked.length * CELL : Math.ceil((asked.length * RESULT) / CELL) * CELL);
    // A prime stride: the places come from all over the message, and in the long run all of them.
    const bytes = (turn * 389) % (size + cut.more + 1);
    const wanted = names(await judge.createTransfers(asked));
    const heard = await cutOnce(server, cut, way, bytes, asked);
    tally.checked += asked.length;
    if (heard.wasCut) {
      tally.injected++;
      tally.acknowledged(cut.name, 1);
      places.add(`${cut.name} ${way} ${bytes}`);
      tally.how = `at ${places.size.toLocaleString('en-US')} different places`;
      progress(tally.injected, tally);
    }
    if (heard.statuses === wanted) continue;
    tally.err(`${cut.name}: ${way} cut after ${bytes} bytes: the program heard ${heard.statuses}, not ${wanted}`);
  }
}

interface Heard {
  readonly statuses: string;
  readonly wasCut: boolean;
}

async function cutOnce(
  server: KilledServer,
  { client, proxy }: Cut,
  way: Way,
  bytes: number,
  asked: readonly TransferInput[],
): Promise<Heard> {
  let killing: Promise<void> | undefined;
  proxy.cutAfter(way, bytes, () => {
    killing = server.kill().then(() => server.start());
  });
  const late = new AbortController();
  try {
    const silence = sleep(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error(`no answer within ${ANSWER_MS} ms of a cut after ${bytes} bytes of the ${way}`);
    });
    silence.catch(() => undefined);
    const results = await Promise.race([client.createTransfers([...asked]), silence]);
    // A cut behind the last byte comes when nothing is on its way any more, or not at all.
    await sleep(LOOK_MS);
    proxy.spare();
    await killing;
    return { statuses: names(results), wasCut: killing !== undefined };
  } finally {
    late.abort();
  }
}

function names(results: readonly { readonly status: number }[]): string {
  return results.map(({ status }) => CreateTransferStatus[status]).join(' ');
}

function balances(
  accounts: readonly { debits_posted: bigint; credits_posted: bigint; debits_pending: bigint }[],
): string {
  return accounts
    .map(({ debits_posted, credits_posted, debits_pending }) =>
      [debits_posted, credits_posted, debits_pending].join(' '),
    )
    .join(', ');
}
