/**
 * The shell blocks of a page as one script, run as a stranger would: in an empty folder, from top to bottom. Behind a
 * command `# prints: TEXT` promises a part of what it prints, and `# refused: TEXT` that it fails and says so. A
 * command that ends in `&` is a server, and the next one waits until it listens. A block below `<!-- not run: WHY -->`
 * is left out.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Pages whose commands are a story, from top to bottom. */
export const STORY_PAGES: readonly string[] = [
  'docs/guides/connect.md',
  'docs/operating/backup.md',
  'docs/operating/containers.md',
  'docs/operating/upgrade.md',
];
/** Its answers are compared, too. */
export const PAYMENTS_PAGE = 'docs/guides/payments.md';
/** They are run with a receiver, and with a list of names. */
export const WEBHOOKS_PAGE = 'docs/guides/webhooks.md';
export const SCREENING_PAGE = 'docs/guides/screening.md';
/** It is run with grpcurl, or with a stand-in. */
export const GRPC_PAGE = 'docs/guides/grpc.md';
/** It is done by machines of a test. */
export const CLUSTER_PAGE = 'docs/guides/cluster.md';

const root = join(import.meta.dirname, '..', '..', '..');

const PROLOGUE = `set -euo pipefail
fail() { echo "FAILED: $1" >&2; cat .said >&2; exit 1; }
listening() {
  for _ in $(seq 600); do
    if grep -q '^tallystick serves' .served; then return; fi
    if ! kill -0 "$1" 2> .said; then cp .log .said; fail 'the server ended'; fi
    sleep 0.1
  done
  fail 'the server does not listen'
}
trap 'for job in $(jobs -p); do kill $job; done; wait' EXIT
`;

/** The commands of all blocks that are to be run. */
export function commandsOf(page: string): string[] {
  const blocks = [...page.matchAll(/(<!-- not run: .+ -->\n+)?^```sh\n([\s\S]*?)^```/gm)];
  return blocks.flatMap(([, skipped, source]) => (skipped === undefined ? split(source!) : []));
}

/** Lines belong together while a quotation or a here-document is open, or a line ends in a backslash. */
function split(source: string): string[] {
  const commands: string[] = [];
  let command = '';
  let end: string | undefined;
  for (const line of source.split('\n')) {
    command += command === '' ? line : `\n${line}`;
    if (end === undefined) end = /<<'(\w+)'$/.exec(line)?.[1];
    else if (line === end) end = undefined;
    const isOpen = [`'`, '"'].some((quote) => command.split(quote).length % 2 === 0);
    if (end !== undefined || (isOpen && !command.includes('<<')) || line.endsWith('\\')) continue;
    if (command.trim() !== '') commands.push(command);
    command = '';
  }
  if (command !== '') throw new Error(`a block ends within a command: ${command}`);
  return commands;
}

function scripted(command: string): string {
  const [, bare, kind, text] = /^([\s\S]*?)(?:\s+# (prints|refused): (.*))?$/.exec(command)!;
  if (bare!.endsWith('&')) return `: > .served\n${bare!.slice(0, -1)} > .served 2> .log &\nlistening $!\n`;
  if (kind === undefined) return `${bare}\n`;
  const quoted = `'${text!.replaceAll("'", "'\\''")}'`;
  const isFound = `grep -qF -- ${quoted} .said || fail ${quoted}\n`;
  if (kind === 'prints') return `{ ${bare}\n} > .said 2>&1 || fail 'it ended with an error'\ncat .said\n${isFound}`;
  return `if ${bare} > .said 2>&1; then fail 'it was not refused'; fi\n${isFound}`;
}

/** A port of this machine that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface PageRun {
  readonly status: number | null;
  readonly output: string;
  readonly commands: number;
}

/**
 * Only the native door and the metrics port open, at free ports that the page calls 3000 and 9090, and, if the page
 * opens them, gRPC's, which it calls 50051, and those of further servers, which it calls 3001 to 3009. `tools`: a
 * folder of further programs.
 */
export async function runPage(path: string, tools = '/nonexistent'): Promise<PageRun> {
  const commands = commandsOf(readFileSync(join(root, path), 'utf8'));
  const [port, metrics] = [String(await freePort()), String(await freePort())];
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-page-'));
  const source = commands.map(scripted).join('');
  const further = new Map<string, string>();
  for (const [named] of source.matchAll(/\b300[1-9]\b/g)) {
    if (!further.has(named)) further.set(named, String(await freePort()));
  }
  const script =
    PROLOGUE +
    source
      .replaceAll(/\b300[1-9]\b/g, (named) => further.get(named)!)
      .replaceAll(/\b3000\b/g, port)
      .replaceAll(/\b9090\b/g, metrics)
      .replaceAll(/\b50051\b/g, String(await freePort()))
      // Another run's backups there would be sealed with another key.
      .replaceAll('file:///tmp/', `file://${folder}/`);
  try {
    const programs = join(folder, 'node_modules', '.bin');
    mkdirSync(programs, { recursive: true });
    symlinkSync(root, join(folder, 'node_modules', 'tallystick'));
    const program = join(programs, 'tallystick');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist', 'src', 'bin.js')}' "$@"\n`);
    chmodSync(program, 0o755);
    const off = ['GRPC', 'MSGPACK', 'HTTP'].map((door) => [`TALLYSTICK_${door}_PORT`, 'off']);
    // What a page mounts is gone with it.
    const shell = script.includes('mount -t') ? ['unshare', '--mount', 'bash'] : ['bash'];
    const { status, stdout, stderr } = spawnSync(shell[0]!, [...shell.slice(1), '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 240_000,
      env: {
        ...process.env,
        ...Object.fromEntries(off),
        NODE_TEST_CONTEXT: undefined,
        TALLYSTICK_TCP_PORT: port,
        TALLYSTICK_METRICS_PORT: metrics,
        PATH: `${programs}:${tools}:${process.env.PATH}`,
      },
    });
    return { status, output: stdout + stderr, commands: commands.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
