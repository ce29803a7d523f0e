/**
 * Connections are cut at every byte of a request and of its reply, over and over, and the server is killed with -9
 * before they come back. Several programs, each with accounts and a connection of its own, are cut at a time, because a
 * server takes longer to start than all the rest. A client that numbers its requests sends them again, and its program
 * hears what it would have heard had nothing been cut. That is what TigerBeetle's client tells: its server stores the
 * reply to each request of a session, and sends that one again. So the judge is the reference model of its rules, which
 * does each request once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AccountFlags,
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
/** Programs whose connections are cut at a time. */
const PROGRAMS = 8;

type Create = Pick<Ledger, 'createAccounts' | 'createTransfers' | 'lookupAccounts'>;

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

/** Each program has ids of its own from there on. */
const IDS = 1_000_000_000n;

/** Requests of all kinds, each an answer that a program must be able to trust, from accounts that no other has. */
class Requests {
  readonly #random: Random;
  readonly #leg: Pick<TransferInput, 'debit_account_id' | 'credit_account_id' | 'ledger' | 'code'>;
  readonly accounts: readonly bigint[];
  #next: bigint;
  #last: TransferInput[] = [];

  constructor(random: Random, number: number) {
    const first = IDS * BigInt(number) + 1n;
    this.#random = random;
    this.accounts = [first, first + 1n, first + 2n];
    this.#leg = { debit_account_id: first, credit_account_id: first + 1n, ledger: 1, code: 1 };
    this.#next = first + 100n;
  }

  get #id(): bigint {
    return this.#next++;
  }

  /** The first account, which may not go below nothing, gets its funds. */
  async found(ledger: Create): Promise<void> {
    const [payer, , bank] = this.accounts as [bigint, bigint, bigint];
    const flags = AccountFlags.debits_must_not_exceed_credits;
    await ledger.createAccounts(
      this.accounts.map((id) => ({ id, ledger: 1, code: 1, flags: id === payer ? flags : 0 })),
    );
    const funds = { ...this.#leg, id: payer, debit_account_id: bank, credit_account_id: payer, amount: FUNDS };
    await ledger.createTransfers([funds]);
  }

  /** One more request. */
  next(): readonly TransferInput[] {
    const { linked, pending } = TransferFlags;
    const amount = this.#random.chance(0.3) ? FUNDS * 2n : 1n;
    const one = (flags: number, amount: bigint): TransferInput => ({ ...this.#leg, id: this.#id, amount, flags });
    const chain = (): TransferInput[] => [linked, linked, 0].map((flags) => one(flags, amount));
    const kind = this.#random.between(0, 4);
    // A program that asks again by itself is told that it has asked before; its connection must not make a difference.
    if (kind === 4 && this.#last.length > 0) return this.#last;
    if (kind === 3) this.#last = [one(pending, 1n), ...chain()];
    else this.#last = kind === 2 ? [one(0, amount)] : chain();
    return this.#last;
  }
}

/** A program: its client, the way on which that one's bytes are cut, and what it should hear. */
interface Program {
  readonly name: string;
  readonly client: Create;
  readonly proxy: CuttingProxy;
  /** Bytes around a message beyond the native protocol's. */
  readonly more: number;
  readonly requests: Requests;
  readonly judge: ModelLedger;
  readonly close: () => Promise<void> | void;
}

export async function cutConnections(options: CutOptions): Promise<Tally> {
  const tally = new Tally('connections cut at each byte of request and reply, the server killed in between');
  const server = new KilledServer(join(options.folder, 'cut'));
  await server.start();
  const programs: Program[] = [];
  try {
    for (let number = 0; number < PROGRAMS; number++) {
      programs.push(await program(server, number, new Random(options.seed + number)));
    }
    await cutAll(options, server, programs, tally);
    for (const { name, client, judge, requests } of programs) {
      const [ours, theirs] = await Promise.all([client, judge].map((ledger) => balances(ledger, requests.accounts)));
      if (ours !== theirs) tally.err(`${name}: balances are ${ours}, not ${theirs}`);
    }
  } catch (error) {
    tally.err((error as Error).stack ?? String(error));
  } finally {
    for (const { close } of programs) await close();
    for (const { proxy } of programs) proxy.close();
    await server.kill();
  }
  const counts = [...tally.doors].map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`);
  const how = `a real server, killed before ${PROGRAMS} clients came back ${tally.how}`;
  tally.how = `${how}; judge: the reference model; ${counts.join(', ')}`;
  return tally;
}

/** Every other one speaks gRPC. */
async function program(server: KilledServer, number: number, random: Random): Promise<Program> {
  const grpc = number % 2 === 1;
  const proxy = await CuttingProxy.to(() => (grpc ? server.grpc : server.tcp));
  const requests = new Requests(random, number);
  const judge = new ModelLedger();
  let client: Create;
  let close: Program['close'];
  if (grpc) {
    const options = { retry: true, reconnectTimeoutMs: ANSWER_MS } as const;
    const ledger = await connect(`grpc://127.0.0.1:${proxy.port}`, options);
    client = ledger;
    close = () => ledger.close();
  } else {
    const replacement = createClient({ cluster_id: 0n, replica_addresses: [`127.0.0.1:${proxy.port}`] });
    client = replacement as unknown as Create;
    close = () => replacement.destroy();
  }
  for (const ledger of [client, judge]) await requests.found(ledger);
  const [name, more] = grpc ? ['gRPC', GRPC_MORE] : ['createClient', 0];
  return { name: name as string, client, proxy, more: more as number, requests, judge, close };
}

async function cutAll(
  { cuts, minutes, progress }: CutOptions,
  server: KilledServer,
  programs: readonly Program[],
  tally: Tally,
): Promise<void> {
  const places = new Set<string>();
  const until = performance.now() + minutes * 60_000;
  for (let turn = 0; tally.injected < cuts && tally.findings.length === 0 && performance.now() < until; turn++) {
    const asks = programs.map((one, index) => new Ask(one, turn * programs.length + index));
    await Promise.all(asks.map((ask) => ask.settled));
    // A cut behind the last byte comes when nothing is on its way any more, or not at all.
    await sleep(LOOK_MS);
    for (const { program } of asks) program.proxy.spare();
    if (asks.some(({ wasCut }) => wasCut)) {
      await server.kill();
      await server.start();
    }
    for (const { program } of asks) program.proxy.release();
    for (const ask of asks) await judged(ask, tally, places);
    progress(tally.injected, tally);
  }
}

/** One request of one program, and where it is cut. */
class Ask {
  readonly program: Program;
  readonly place: string;
  wasCut = false;
  readonly answer: Promise<string>;
  readonly wanted: Promise<string>;
  /** Resolves when its connection was cut, or it was answered. */
  readonly settled: Promise<void>;

  constructor(program: Program, number: number) {
    const { client, proxy, more, judge, requests } = program;
    this.program = program;
    const asked = requests.next();
    // By its own count: half of the programs speak another protocol.
    const turn = Math.floor(number / 2);
    const way: Way = turn % 2 === 0 ? 'request' : 'reply';
    const size = CELL + (way === 'request' ? asked.length * CELL : Math.ceil((asked.length * RESULT) / CELL) * CELL);
    // A prime stride: the places come from all over the message, and in the long run all of them.
    const bytes = (turn * 389) % (size + more + 1);
    this.place = `${program.name} ${way} ${bytes}`;
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    proxy.cutAfter(way, bytes, () => {
      this.wasCut = true;
      proxy.hold();
      settle();
    });
    this.wanted = judge.createTransfers(asked).then(names);
    this.answer = inTime(client.createTransfers([...asked]).then(names), `a cut at ${this.place}`);
    this.settled = Promise.race([settled, this.answer.then(() => undefined)]);
  }
}

async function judged({ program, place, wasCut, answer, wanted }: Ask, tally: Tally, places: Set<string>) {
  const [heard, should] = await Promise.all([answer, wanted]);
  tally.checked += should.split(' ').length;
  if (wasCut) {
    tally.injected++;
    tally.acknowledged(program.name, 1);
    places.add(place);
    tally.how = `at ${places.size.toLocaleString('en-US')} different places`;
  }
  if (heard !== should) tally.err(`cut at ${place}: the program heard ${heard}, not ${should}`);
}

async function inTime<T>(answer: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const silence = sleep(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS} ms of ${what}`);
  });
  silence.catch(() => undefined);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    late.abort();
  }
}

function names(results: readonly { readonly status: number }[]): string {
  return results.map(({ status }) => CreateTransferStatus[status]).join(' ');
}

async function balances(ledger: Create, accounts: readonly bigint[]): Promise<string> {
  const found = await ledger.lookupAccounts([...accounts]);
  return found
    .map((account) => [account?.debits_posted, account?.credits_posted, account?.debits_pending].join(' '))
    .join(', ');
}
