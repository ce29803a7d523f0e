/**
 * Machines on which the plays of deploy/ansible are run: each has an /etc of its own, addresses of loopback, and no
 * systemd, so the commands of the units are started as their user.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const main = join(root, 'dist', 'packages', 'server', 'src', 'cli', 'main.js');
const plays = join(root, 'deploy', 'ansible');

/**
 * The plays, and then what the units would start, whose ids stand in `order.pid` and `node.pid`. The node can be killed
 * by `kill-node`, and is started again a second later, as systemd would.
 */
const SCRIPT = `set -eu
mkdir "$MACHINE/etc"
mount -t tmpfs tmpfs "$MACHINE/etc"
mkdir "$MACHINE/etc/upper" "$MACHINE/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$MACHINE/etc/upper,workdir=$MACHINE/etc/work" /etc
ansible-playbook --inventory "$INVENTORY" --limit "$NAME" site.yml >&2
mkdir -p "$UNITS"
cp /etc/systemd/system/tallystick-*.service /etc/systemd/system/tallystick-*.timer "$UNITS"
unit() {
  sed -n "s|^$2=||p" "/etc/systemd/system/tallystick-$1.service"
}
start() {
  file=$(unit "$1" EnvironmentFile)
  user=$(unit "$1" User)
  # shellcheck disable=SC2046
  setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --bounding-set=-all \\
    env -i PATH="$PATH" $(test -z "$file" || grep -v '^#' "$file") $(unit "$1" ExecStart) >&2 &
  echo $! > "$MACHINE/$1.pid"
}
printf '#!/bin/sh\\ntouch %s/again && kill -9 "$(cat %s/node.pid)"\\n' "$MACHINE" "$MACHINE" > "$MACHINE/kill-node"
chmod 755 "$MACHINE/kill-node"
start order
start node
echo started
while wait "$(cat "$MACHINE/node.pid")" || test -e "$MACHINE/again"; do
  test -e "$MACHINE/again" || break
  rm "$MACHINE/again"
  echo again >> "$MACHINE/restarts"
  sleep 1
  start node
done
wait
`;

export interface MachinesOptions {
  readonly folder: string;
  /** Addresses of loopback that nobody else listens at. */
  readonly addresses: readonly string[];
  /** The program nats-server. */
  readonly server: string;
}

/** Undefined if machines can be made here. */
export function machinesCannot(): string | undefined {
  if (spawnSync('ansible-playbook', ['--version']).error !== undefined) {
    return 'ansible-playbook is not on PATH (pip install ansible-core)';
  }
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0)
    return 'an /etc of its own needs `unshare --mount`, and root';
  return undefined;
}

/** Keys, an inventory, and the version that is installed. Returns the path of the inventory. */
export function prepareMachines({ folder, addresses, server }: MachinesOptions): string {
  // Users of the machines walk through it.
  chmodSync(folder, 0o755);
  const keys = join(folder, 'keys');
  const cli = (...words: string[]): string => execFileSync(process.execPath, [main, ...words], { encoding: 'utf8' });
  cli('certificate', keys, '--server', addresses.join(','), '--peer', addresses.join(','));
  writeFileSync(join(folder, 'token.jwt'), cli('token', keys));
  writeFileSync(join(keys, 'backup.key'), randomBytes(32).toString('hex'));
  const hosts = Object.fromEntries(
    addresses.map((address, node) => {
      const home = join(folder, `machine-${node}`);
      const program = join(home, 'opt', '0.0.0', 'node_modules', '.bin', 'tallystick');
      mkdirSync(join(program, '..'), { recursive: true });
      writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
      return [`node-${node}`, hostOf(node, address, home)];
    }),
  );
  const vars = {
    ansible_connection: 'local',
    ansible_python_interpreter: '{{ ansible_playbook_python }}',
    tallystick_services: false,
    tallystick_version: '0.0.0',
    tallystick_packages: folder,
    tallystick_nats_server: server,
    tallystick_keys: keys,
    tallystick_token: join(folder, 'token.jwt'),
    tallystick_backup_key: join(keys, 'backup.key'),
    tallystick_ca: join(keys, 'ca.pem'),
    tallystick_watch: join(folder, 'watch'),
    tallystick_watched_with: join(root, 'deploy'),
  };
  const inventory = join(folder, 'inventory.json');
  writeFileSync(inventory, JSON.stringify({ tallystick: { hosts, vars } }));
  cpSync(plays, join(folder, 'plays'), { recursive: true });
  return inventory;
}

function hostOf(node: number, address: string, home: string): Readonly<Record<string, unknown>> {
  return {
    ansible_host: address,
    tallystick_node: node,
    tallystick_loopback: address,
    tallystick_configuration: join(home, 'configuration'),
    tallystick_home: join(home, 'opt'),
    tallystick_ledger: join(home, 'ledger'),
    tallystick_order: join(home, 'order'),
    tallystick_backups: join(home, 'backups'),
    tallystick_kill: join(home, 'kill-node'),
  };
}

export class Machine {
  readonly #folder: string;
  readonly #node: number;
  #shell: ChildProcess | undefined;
  /** What the plays and the programs have said. */
  said = '';

  constructor(folder: string, node: number) {
    this.#folder = folder;
    this.#node = node;
  }

  /** Where its units lie, for whoever wants to read them. */
  get units(): string {
    return join(this.#home, 'units');
  }

  get #home(): string {
    return join(this.#folder, `machine-${this.#node}`);
  }

  /** Does what a unit would, as its user; resolves to what it said. */
  async act(unit: string): Promise<string> {
    const text = readFileSync(join(this.units, `tallystick-${unit}.service`), 'utf8');
    const of = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)![1]!;
    const user = of('User');
    const as = ['setpriv', '--reuid', user, '--regid', user, '--init-groups', '--no-new-privs'];
    return this.#within([...as, ...of('ExecStart').split(' ')], this.#home);
  }

  /**
   * Runs a play for all machines from this one, whose users the others have as well; resolves to what it said, and
   * rejects with that.
   */
  play(name: string, variables: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const inventory = join(this.#folder, 'inventory.json');
    const words = ['ansible-playbook', '--inventory', inventory, name, '--extra-vars', JSON.stringify(variables)];
    return this.#within(words, join(this.#folder, 'plays'));
  }

  /** A command that sees the /etc of the machine. */
  async #within(words: readonly string[], cwd: string): Promise<string> {
    const env = { ...process.env, ANSIBLE_LOCALHOST_WARNING: 'false' };
    const enter = ['--target', String(this.#shell!.pid), '--mount', `--wdns=${cwd}`];
    const { stdout, stderr } = await execute('nsenter', [...enter, ...words], { cwd, env }).catch((error: unknown) => {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      throw new Error(`${words.join(' ')}: ${stdout}${stderr}`);
    });
    return stdout + stderr;
  }

  /** How often its node was killed, and started again. */
  get restarts(): number {
    const path = join(this.#home, 'restarts');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  }

  #pid(name: string): number | undefined {
    const path = join(this.#home, `${name}.pid`);
    return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined;
  }

  /** Runs the plays, and starts the order and the node. Rejects with what was said. */
  async start(): Promise<void> {
    const machine = this.#home;
    const env = {
      ...process.env,
      MACHINE: machine,
      UNITS: this.units,
      NAME: `node-${this.#node}`,
      INVENTORY: join(this.#folder, 'inventory.json'),
      ANSIBLE_LOCALHOST_WARNING: 'false',
    };
    const shell = spawn('unshare', ['--mount', 'bash', '-c', SCRIPT], { cwd: join(this.#folder, 'plays'), env });
    this.#shell = shell;
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
    await new Promise<void>((resolve, reject) => {
      shell.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('started')) resolve();
      });
      shell.once('exit', () => reject(new Error(`machine ${this.#node}: ${this.said}`)));
    });
  }

  /** The whole machine, at once. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const shell = this.#shell;
    if (shell === undefined || shell.exitCode !== null) return;
    const ended = once(shell, 'exit');
    for (const name of signal === 'SIGKILL' ? ['order', 'node'] : ['node', 'order']) {
      const pid = this.#pid(name);
      if (pid === undefined) continue;
      signalTo(pid, signal);
      if (signal !== 'SIGKILL') await gone(pid);
    }
    await ended;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (signalTo(pid, 0)) await new Promise((resolve) => setTimeout(resolve, 50));
}
