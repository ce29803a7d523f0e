/**
 * The processes that are tortured: `tallystick serve` with all of its doors, and programs with a ledger of their own.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recovery } from '../src/index.ts';
import { Answers } from './answers.ts';
import { type Door, grpcDoor, httpDoor, messagePackDoor, nativeDoor } from './doors.ts';
import type { Asked, Told } from './embedded.ts';

const main = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.js');
const embedded = join(import.meta.dirname, 'embedded.js');

/** A program with a ledger that says nothing for so long hangs. */
const ANSWER_MS = 300_000;

/** Why a process could not open its ledger. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A process that has a ledger open. */
export interface Holder {
  readonly child: ChildProcess;
  readonly doors: readonly Door[];
  /** The address of a server. */
  readonly address?: string;
  /** Kills it as a power switch does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it in order. */
  end(): Promise<void>;
}

export interface StartOptions {
  /** Variables of the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** KiB, of each file: `ulimit -f`. */
  readonly fileSizeMax?: number;
  /** Kills the process while it starts, after so many milliseconds. */
  readonly killAfter?: number;
  /** The user of the process; root may choose it. */
  readonly uid?: number;
}

/** `command` under a limit of the size of files, where one is wanted. */
function limited(command: readonly string[], fileSizeMax: number | undefined): readonly string[] {
  return fileSizeMax === undefined
    ? command
    : ['bash', '-c', `ulimit -f ${fileSizeMax} && exec "$@"`, 'bash', ...command];
}

const living = new Set<ChildProcess>();

/** Ends whatever a test that went wrong has left. */
export async function killAll(): Promise<void> {
  await Promise.all([...living].map(kill));
  rmSync(socket, { force: true });
}

function kept(child: ChildProcess): ChildProcess {
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await gone(child);
}

/** Not beside the ledger: its disk may be full. One for all servers, so that each finds what a killed one has left. */
const socket = join(tmpdir(), `tallystick-torture-${process.pid}.sock`);

/** Undefined when it was killed before it listened. Throws {@link Refused}. */
export async function serve(folder: string, options: StartOptions = {}): Promise<Holder | undefined> {
  const ports = ['tcp', 'grpc', 'http', 'msgpack'].flatMap((door) => [`--${door}-port`, '0']);
  const [program, ...args] = limited(
    [
      process.execPath,
      main,
      'serve',
      folder,
      '--create',
      ...ports,
      '--socket',
      socket,
      '--metrics-port',
      'off',
      '--log-level',
      'silent',
    ],
    options.fileSizeMax,
  );
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  kept(child);
  const killing =
    options.killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfter);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  let line = '';
  const listening = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      line += chunk;
      if (line.endsWith('\n')) resolve(true);
    });
    child.once('close', () => resolve(false));
  });
  if (!(await listening)) {
    clearTimeout(killing);
    if (child.signalCode === 'SIGKILL') return undefined;
    throw new Refused(/^error (\w+)/m.exec(errors)?.[1] ?? `exit ${child.exitCode ?? child.signalCode}`, errors);
  }
  const doors: Door[] = [];
  const at = (scheme: string): string => new RegExp(`${scheme}://\\S+`).exec(line)![0];
  const holder: Holder = {
    child,
    doors,
    address: at('tcp'),
    async kill() {
      await kill(child);
      await Promise.all(doors.map((door) => door.close()));
    },
    async end() {
      await Promise.all(doors.map((door) => door.close()));
      child.kill('SIGTERM');
      await gone(child);
      if (child.exitCode !== 0) throw new Refused(`exit ${child.exitCode ?? child.signalCode}`, errors);
    },
  };
  try {
    doors.push(await nativeDoor('tcp', at('tcp')), await nativeDoor('unix', `unix:${socket}`));
    doors.push(await grpcDoor(at('grpc')));
    doors.push(await httpDoor(at('http')), await messagePackDoor(at('msgpack')));
  } catch (error) {
    if (killing === undefined) throw error;
    // It was killed while the doors were tried.
    await holder.kill();
    return undefined;
  }
  if (killing === undefined) return holder;
  await gone(child);
  await holder.kill();
  return undefined;
}

export interface EmbedOptions extends StartOptions {
  /** Sizes of memory; `small` seals every few hundred transfers. */
  readonly sizes?: 'small' | 'large';
  readonly mode?: 'threads' | 'inline';
  readonly takeOver?: boolean;
  /** The program that has the ledger, where it is another build's. */
  readonly program?: string;
  /** Hears of the process before it has the ledger open. */
  readonly begun?: (child: ChildProcess) => void;
}

export interface Embedded extends Holder {
  readonly recovery: Recovery;
  /** Code and message of what closing said; undefined when all was well. */
  close(): Promise<Refused | undefined>;
}

/** Undefined when it was killed before it had the ledger open. Throws {@link Refused}. */
export async function embed(folder: string, options: EmbedOptions = {}): Promise<Embedded | undefined> {
  const args = [
    folder,
    options.sizes ?? 'small',
    options.mode ?? 'threads',
    options.takeOver === true ? 'take over' : '',
  ];
  const limit = options.fileSizeMax;
  const child = fork(options.program ?? embedded, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    // A shell in between sets the limit and becomes the program.
    ...(limit === undefined
      ? {}
      : { execPath: 'bash', execArgv: ['-c', `ulimit -f ${limit} && exec "$@"`, 'bash', process.execPath] }),
  });
  kept(child);
  options.begun?.(child);
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const answers = new Answers(ANSWER_MS, (what) => new Refused('silent', `no answer to ${what} in ${ANSWER_MS} ms`));
  let next = 0;
  let ended = false;
  const opened = answers.promised(next++, 'opening');
  opened.catch(() => {});
  child.on('message', ({ number, value, error }: Told) =>
    answers.settle(number, value, error && new Refused(error.code, error.message)),
  );
  child.on('error', () => {});
  child.once('close', () => {
    ended = true;
    answers.end(new Refused('gone', errors));
  });
  const killing =
    options.killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfter);
  const ask = (call: Asked['call'], argument?: unknown): Promise<unknown> => {
    if (ended) return Promise.reject(new Refused('gone', errors));
    const number = next++;
    const answer = answers.promised(number, call);
    child.send({ number, call, argument } satisfies Asked, () => {});
    return answer;
  };
  let recovery: Recovery;
  try {
    recovery = (await opened) as Recovery;
  } catch (error) {
    clearTimeout(killing);
    if ((error as Refused).code === 'silent') {
      await kill(child);
      throw error;
    }
    await gone(child);
    if (child.signalCode === 'SIGKILL') return undefined;
    throw error;
  }
  if (killing !== undefined) {
    await gone(child);
    return undefined;
  }
  const door = Object.fromEntries(
    ['createAccounts', 'createTransfers', 'lookupAccounts', 'lookupTransfers', 'transfersFrom'].map((call) => [
      call,
      (argument: unknown) => ask(call as Asked['call'], argument),
    ]),
  );
  const close = async (): Promise<Refused | undefined> => {
    const said = await ask('close').then(
      () => undefined,
      (error: Refused) => error,
    );
    await gone(child);
    return said;
  };
  return {
    child,
    recovery,
    doors: [{ ...door, name: 'embedded', close: async () => {} } as unknown as Door],
    kill: () => kill(child),
    close,
    async end() {
      const said = await close();
      if (said !== undefined) throw said;
    },
  };
}
