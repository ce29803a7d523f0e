/**
 * Machines on which the plays of deploy/ansible are run: each has an /etc of its own, addresses of loopback, and no
 * systemd, so the commands of the units are started as their user.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const main = join(root, 'dist', 'packages', 'server', 'src', 'cli', 'main.js');
const plays = join(root, 'deploy', 'ansible');

/** The plays, and then what the units would start. It prints `order PID` and `node PID`. */
const SCRIPT = `set -eu
mkdir "$MACHINE/etc"
mount -t tmpfs tmpfs "$MACHINE/etc"
mkdir "$MACHINE/etc/upper" "$MACHINE/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$MACHINE/etc/upper,workdir=$MACHINE/etc/work" /etc
ansible-playbook --inventory "$INVENTORY" --limit "$NAME" site.yml >&2
mkdir -p "$UNITS"
cp /etc/systemd/system/tallystick-*.service "$UNITS"
unit() {
  sed -n "s|^$2=||p" "/etc/systemd/system/tallystick-$1.service"
}
start() {
  file=$(unit "$1" EnvironmentFile)
  user=$(unit "$1" User)
  # shellcheck disable=SC2046
  setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs --bounding-set=-all \\
    env -i PATH="$PATH" $(test -z "$file" || grep -v '^#' "$file") $(unit "$1" ExecStart) >&2 &
  echo "$1 $!"
}
start order
start node
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
  };
}

export class Machine {
  readonly #folder: string;
  readonly #node: number;
  readonly #pids = new Map<string, number>();
  #shell: ChildProcess | undefined;
  /** What the plays and the programs have said. */
  said = '';

  constructor(folder: string, node: number) {
    this.#folder = folder;
    this.#node = node;
  }

  /** Where its units lie, for whoever wants to read them. */
  get units(): string {
    return join(this.#folder, `machine-${this.#node}`, 'units');
  }

  /** Runs the plays, and starts the order and the node. Rejects with what was said. */
  async start(): Promise<void> {
    const machine = join(this.#folder, `machine-${this.#node}`);
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
        for (const [, name, pid] of text.matchAll(/^(\w+) (\d+)$/gm)) this.#pids.set(name!, Number(pid));
        if (this.#pids.has('node')) resolve();
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
      const pid = this.#pids.get(name);
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
