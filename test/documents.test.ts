/**
 * The commands of the documents, as a stranger has them: in a fresh folder with the packed packages, each by `npx`.
 * Every block of `sh` runs, a document's in their order, unless a comment before it says why it is only shown:
 *
 *   <!-- not run: it needs grpcurl -->
 *   <!-- setup
 *   tallystick import examples/books/bakery.beancount --into books
 *   -->                                                     what the block wants to be there, out of a reader's way
 *
 * Pages that are a story are run whole by `guides.test.ts` and `services/guide.test.ts`.
 *
 * A server runs until the next one begins or the document ends. Ports and the paths of others are replaced by free
 * ones.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { temporaryFolder } from './support/folders.ts';
import { addServer, installCore } from './support/packages.ts';
import {
  CLUSTER_PAGE,
  GRPC_PAGE,
  PAYMENTS_PAGE,
  SCREENING_PAGE,
  STORY_PAGES,
  WEBHOOKS_PAGE,
} from './support/shell-page.ts';

const root = join(import.meta.dirname, '..', '..');
const COMMAND_MS = 120_000;
const PORTS = { TCP: 3000, GRPC: 50_051, MSGPACK: 3001, HTTP: 8080, METRICS: 9090 } as const;
const OTHER_PORT = 4000;
const STORIES: readonly string[] = [
  ...STORY_PAGES,
  PAYMENTS_PAGE,
  WEBHOOKS_PAGE,
  SCREENING_PAGE,
  GRPC_PAGE,
  CLUSTER_PAGE,
];

interface Block {
  readonly document: string;
  /** Why it does not run. */
  readonly shown: string | undefined;
  readonly commands: readonly string[];
}

const documents = [
  'README.md',
  ...['guides', 'concepts', 'operating'].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', folder, name)),
  ),
];
const blocks = documents.filter((document) => !STORIES.includes(document)).flatMap(blocksOf);
/** They are run whole, by tests of their own. */
const storyBlocks = documents.filter((document) => STORIES.includes(document)).flatMap(blocksOf);

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  const found = text.matchAll(
    /(?:^<!-- (not run|setup)(?:: |\n)((?:(?!-->)[\s\S])*?)\n?-->\n)?^```sh\n([\s\S]*?)^```/gm,
  );
  return [...found].map(([, kind, said = '', source]) => ({
    document,
    shown: kind === 'not run' ? said.trim() : undefined,
    commands: [...(kind === 'setup' ? commandsOf(said) : []), ...commandsOf(source!)],
  }));
}

/** Lines that end in a backslash, or within quotes, go on. */
function commandsOf(source: string): string[] {
  const commands: string[] = [];
  let begun = '';
  for (const line of source.split('\n')) {
    begun += begun === '' ? line : `\n${line}`;
    if (begun.endsWith('\\') || begun.replace(/#.*/, '').split("'").length % 2 === 0) continue;
    if (!/^\s*(#.*)?$/.test(begun)) commands.push(begun);
    begun = '';
  }
  return commands;
}

/** Free ports, held until all are known so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) {
    servers.push(createServer().listen(0, '127.0.0.1'));
    await once(servers[index]!, 'listening');
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

const installed = temporaryFolder();
installCore(installed);
addServer(installed);

/** A reader's folder, and the shell in it. */
class Reader {
  readonly #folder: string;
  readonly #replaced: readonly (readonly [RegExp, string])[];
  readonly #env: NodeJS.ProcessEnv;
  #server: ChildProcess | undefined;

  constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder;
    const names = Object.keys(PORTS);
    const known = [...Object.values(PORTS), OTHER_PORT];
    this.#replaced = [
      ...known.map((port, index) => [new RegExp(`(?<![\\d.])${port}(?!\\d)`, 'g'), String(ports[index])] as const),
      [/\/(tmp|backups)\//g, `${folder}/`],
    ];
    const own = names.map((name, index) => [`TALLYSTICK_${name}_PORT`, String(ports[index])] as const);
    this.#env = { ...process.env, ...Object.fromEntries(own), TALLYSTICK_LOG_LEVEL: 'error', NODE_TEST_CONTEXT: '' };
  }

  async run(command: string): Promise<void> {
    let own = command;
    for (const [pattern, by] of this.#replaced) own = own.replace(pattern, by);
    if (/^(npx )?tallystick serve\b/.test(own)) return this.#serve(own);
    const { status, stdout, stderr } = spawnSync('bash', ['-c', `${FUNCTION}\n${own}`], {
      cwd: this.#folder,
      env: this.#env,
      encoding: 'utf8',
      timeout: COMMAND_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    assert.equal(status, 0, `${own}\n${stdout}${stderr}`);
  }

  async #serve(command: string): Promise<void> {
    await this.end();
    const server = spawn('bash', ['-c', `${FUNCTION}\n${command}`], {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#server = server;
    let said = '';
    server.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const [line] = await Promise.race([once(server.stdout!, 'data'), once(server, 'exit').then(() => [undefined])]);
    assert.notEqual(line, undefined, `${command}\n${said}`);
  }

  /** Ends the server, and what npx has put between it and us. */
  async end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    try {
      // The whole group: where its shell has ended, what the shell has started may be there, and holds our pipes.
      process.kill(-server.pid!, 'SIGTERM');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      return;
    }
    await closed;
  }
}

const FUNCTION = 'set -e -o pipefail; tallystick() { npx --no-install tallystick "$@"; }';

test('commands stand in blocks of sh, where they run or it is said why not', () => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8').replace(/^<!-- setup[\s\S]*?-->|^```[\s\S]*?^```/gm, '');
    assert.deepEqual(text.match(/^ {4}(tallystick|curl|npx|npm|grpcurl|python3) .*$/gm), null, document);
  }
  for (const { document, shown } of blocks) {
    if (shown !== undefined) assert.ok(shown.length > 10, `${document}: a block is shown without a reason`);
  }
  const all = [...blocks, ...storyBlocks];
  const running = all.filter(({ shown }) => shown === undefined);
  assert.ok(running.length > all.length / 2, `${running.length} of ${all.length} run`);
});

test('what the documents type at the prompt is understood there', () => {
  const guide = readFileSync(join(root, 'docs', 'guides', 'repl.md'), 'utf8');
  const typed = [...guide.matchAll(/^> (.*)$/gm)].map(([, line]) => line!);
  assert.ok(typed.length > 5);
  const { status, stderr } = spawnSync('bash', ['-c', `${FUNCTION}\ntallystick repl :memory:`], {
    cwd: installed,
    encoding: 'utf8',
    input: `${typed.join('\n')}\n`,
    timeout: COMMAND_MS,
  });
  assert.doesNotMatch(stderr, /Fail near/);
  assert.notEqual(status, 2, stderr);
});

for (const document of new Set(blocks.map((block) => block.document))) {
  const commands = blocks
    .filter((block) => block.document === document && block.shown === undefined)
    .flatMap((block) => block.commands);
  if (commands.length === 0) continue;
  test(`the commands of ${document}`, async () => {
    const folder = join(installed, 'readers', document.replaceAll(/[/.]/g, '-'));
    mkdirSync(folder, { recursive: true });
    cpSync(join(root, 'examples', 'books'), join(folder, 'examples', 'books'), { recursive: true });
    const reader = new Reader(folder, await freePorts(Object.keys(PORTS).length + 1));
    after(() => reader.end());
    try {
      for (const command of commands) await reader.run(command);
    } finally {
      await reader.end();
    }
  });
}
