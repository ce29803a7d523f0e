/** A real browser and a real server for tests: chromium, driven by playwright-core, and `serve --console`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string | undefined {
  if (process.env.CHROMIUM !== undefined) return process.env.CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not there: perhaps in the next folder.
      }
    }
  }
  return undefined;
}

const program: string | undefined = findBrowser();

/** Why tests that need a browser are skipped; false: they are not. */
export const skip: string | false =
  program === undefined && 'there is no chromium: apt install chromium, or put its path into CHROMIUM';

/** The command line. */
export const main: string = join(import.meta.dirname, '..', '..', 'server', 'src', 'cli', 'main.js');
const QUIET = ['--grpc-port', 'off', '--msgpack-port', 'off', '--metrics-port', 'off', '--log-level', 'error'];

/** `tallystick serve --console` as a process of its own. */
export class ConsoleServer {
  readonly child: ChildProcess;
  readonly http: string;
  readonly native: string;

  private constructor(child: ChildProcess, native: string, http: string) {
    this.child = child;
    this.native = native;
    this.http = http;
  }

  /** `port`: of HTTP; 0: any that is free. */
  static async start(folder: string, args: readonly string[] = [], port: number | string = 0): Promise<ConsoleServer> {
    const all = ['serve', folder, '--create', '--console', '--tcp-port', '0', '--http-port', String(port), ...QUIET];
    const child = spawn(process.execPath, [main, ...all, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    return new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const found = /at (tcp:\S+) and (http:\S+)\n/.exec(text);
        if (found !== null) resolve(new ConsoleServer(child, found[1]!, found[2]!));
      });
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${errors}`)));
    });
  }

  get port(): string {
    return new URL(this.http).port;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const response = await fetch(`${this.http}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }
}

export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'tallystick-console-'));
  try {
    await run(join(parent, 'books'));
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

export async function withServer(
  run: (server: ConsoleServer) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const server = await ConsoleServer.start(':memory:', args);
  try {
    await run(server);
  } finally {
    await server.end('SIGKILL');
  }
}

/** Root needs no sandbox of the browser's, and gets none. */
const FLAGS = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const DEFAULTS: BrowserContextOptions = { locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' };

export async function withBrowser(run: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath: program!, args: FLAGS });
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
}

/** What a page must never do. */
export interface Misdeeds {
  /** Errors of scripts, refusals of the policy, dialogs, and requests that left the origin. */
  readonly seen: string[];
}

export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; misdeeds: Misdeeds }> {
  const context = await browser.newContext({ ...DEFAULTS, ...options });
  const page = await context.newPage();
  const seen: string[] = [];
  let origin: string | undefined;
  page.on('pageerror', (error) => seen.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refusal that the page explains is no misdeed; the browser writes each down.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) seen.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    origin ??= url.origin;
    if (url.protocol.startsWith('http') && url.origin !== origin) seen.push(`left the origin: ${url}`);
  });
  page.on('dialog', (dialog) => {
    if (dialog.type() !== 'beforeunload') seen.push(`dialog: ${dialog.message()}`);
    void dialog.accept();
  });
  return { page, misdeeds: { seen } };
}

const axe: string = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** What keeps some people from using a page, as axe finds it. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: run } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await run.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
}
