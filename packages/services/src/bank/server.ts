/**
 * The simulated bank as a process: what it is told is a line of a file and synced before it is done, so that it can be
 * killed at any time. It listens on this machine alone. It may lose answers on purpose: what was asked is done, and
 * nobody hears of it.
 *
 *   POST /files · GET /messages · POST /messages/confirmation     what banks do
 *   POST /advance {"days": 1}                                     the days end
 *   POST /credits {"amount": "12.50", "reference": "alice", "party": "Carol"}
 *   GET  /account                                                 {"day", "balance", "paid"}
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { textOf } from '../base/assets.ts';
import { SimulatedBank } from './bank.ts';
import type { BankAccount } from './messages.ts';

export interface BankServerOptions {
  readonly account: BankAccount;
  /** Where it keeps what it was told. */
  readonly folder: string;
  /** On which day it begins, such as 2026-12-01. */
  readonly day: string;
  readonly balance: bigint;
  /** Every nth answer to a file is lost; 0: none. */
  readonly loseEvery?: number;
}

type Line =
  | { readonly told: 'file'; readonly body: string }
  | { readonly told: 'confirm'; readonly ids: readonly string[] }
  | { readonly told: 'advance'; readonly days: number }
  | { readonly told: 'credit'; readonly amount: string; readonly reference: string; readonly party: string };

const BODY_MAX = 16 * 1024 * 1024;
const DAYS_MAX = 366;

export class BankServer {
  readonly #options: BankServerOptions;
  readonly #bank: SimulatedBank;
  readonly #log: number;
  readonly #server: Server;
  #files = 0;
  /** One after the other: a file is read, then done. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: BankServerOptions, bank: SimulatedBank, log: number) {
    this.#options = options;
    this.#bank = bank;
    this.#log = log;
    this.#server = createServer((request, response) => {
      this.#last = this.#last.then(() => this.#serve(request, response));
    });
  }

  /** With everything that it was told before; a line that the last kill has cut was never answered. */
  static async open(options: BankServerOptions): Promise<BankServer> {
    const path = join(options.folder, 'bank.jsonl');
    const bank = new SimulatedBank(options.account, options.balance, options.day);
    const log = openSync(path, 'a+');
    const text = readFileSync(path, 'utf8');
    for (const line of text.split('\n')) {
      const told = parsed(line);
      // What was refused when it was told is refused again.
      if (told !== undefined) await tell(bank, told).catch(() => undefined);
    }
    if (text !== '' && !text.endsWith('\n')) writeSync(log, '\n');
    return new BankServer(options, bank, log);
  }

  /** Resolves to its port. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as { readonly port: number }).port));
    });
  }

  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
    await this.#last;
    closeSync(this.#log);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, body } = await this.#answer(`${request.method} ${request.url}`, await bodyOf(request));
      const isLost = request.url === '/files' && isNth(++this.#files, this.#options.loseEvery ?? 0);
      if (isLost) response.destroy();
      else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end((error as Error).message);
    }
  }

  async #answer(asked: string, body: string): Promise<{ readonly status: number; readonly body: object }> {
    if (asked === 'GET /messages') {
      const mail = this.#bank.messages().map(({ id, bytes }) => ({ id, body: new TextDecoder().decode(bytes) }));
      return { status: 200, body: mail };
    }
    if (asked === 'GET /account') return { status: 200, body: this.#standing() };
    const line = lineOf(asked, body);
    if (line === undefined) return { status: 404, body: {} };
    this.#write(line);
    const told = await tell(this.#bank, line);
    return { status: told === 'taken' ? 201 : 200, body: this.#standing() };
  }

  #standing(): object {
    const { asset } = this.#options.account;
    const text = (units: bigint): string => (units < 0n ? `-${textOf(-units, asset)}` : textOf(units, asset));
    const paid = [...this.#bank.paid].map(([id, units]) => [id, text(units)]);
    return { day: this.#bank.day, balance: text(this.#bank.balance), paid: Object.fromEntries(paid) };
  }

  #write(line: Line): void {
    writeSync(this.#log, `${JSON.stringify(line)}\n`);
    fdatasyncSync(this.#log);
  }
}

/** Undefined: the last kill has cut it. */
function parsed(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

const isNth = (count: number, every: number): boolean => every > 0 && count % every === 0;

function lineOf(asked: string, body: string): Line | undefined {
  if (asked === 'POST /files') return { told: 'file', body };
  const given = asked.startsWith('POST ') ? (JSON.parse(body) as { readonly [field: string]: unknown }) : {};
  if (asked === 'POST /messages/confirmation') return { told: 'confirm', ids: (given.ids as unknown[]).map(String) };
  if (asked === 'POST /advance') {
    const days = Number(given.days);
    if (!Number.isInteger(days) || days < 1 || days > DAYS_MAX) throw new Error(`days are 1 to ${DAYS_MAX}`);
    return { told: 'advance', days };
  }
  if (asked !== 'POST /credits') return undefined;
  return {
    told: 'credit',
    amount: String(given.amount),
    reference: String(given.reference),
    party: String(given.party ?? 'Somebody'),
  };
}

async function tell(bank: SimulatedBank, line: Line): Promise<'taken' | 'known' | undefined> {
  if (line.told === 'file') return bank.receive(new TextEncoder().encode(line.body));
  if (line.told === 'confirm') bank.confirm(line.ids);
  else if (line.told === 'advance') bank.advance(line.days);
  else bank.credit(line.amount, line.reference, line.party);
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_MAX) throw new Error(`a body has at most ${BODY_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
