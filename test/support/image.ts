/**
 * Starts an image as a container: by podman with runc, or, where there is none, its root file system in namespaces of
 * its own (`unshare`, `chroot`). Either way it is read-only, has no capabilities, and its user is not root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ContainerOptions {
  /** The container's `/ledger`. */
  readonly volume: string;
  readonly env: Readonly<Record<string, string>>;
  /** After the image's entry point; left out: what the image says. */
  readonly words?: readonly string[];
}

export interface Runner {
  readonly name: string;
  /** Makes the image ready; `archive` is that of `npm run image`, `layout` the folder that it is made of. */
  prepare(archive: string, layout: string): void;
  start(options: ContainerOptions): Container;
  close(): void;
}

/** A container at work. */
export class Container {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  said = '';
  readonly #stop: () => void;

  constructor(child: ChildProcess, stop: () => void) {
    this.child = child;
    this.#stop = stop;
    this.ended = once(child, 'exit').then(([code]) => code as number | null);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
  }

  /** Resolves to what has been said once it matches; rejects if the container ends first. */
  async says(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.said)) {
      const over = await Promise.race([this.ended, once(this.child.stdout!, 'data').then(() => 'more')]);
      if (over !== 'more' && !pattern.test(this.said)) throw new Error(`it ended with ${over}: ${this.said}`);
    }
    return pattern.exec(this.said)![0];
  }

  /** Sends SIGTERM, as an orchestrator does, and resolves to the exit code. */
  async stop(): Promise<number | null> {
    this.#stop();
    return this.ended;
  }
}

const works = (program: string, words: readonly string[]): boolean =>
  spawnSync(program, [...words], { timeout: 30_000 }).status === 0;

/** Debian's podman with runc: crun does not run under the control groups of every machine. */
class Podman implements Runner {
  readonly name = 'podman with runc';
  readonly #words: readonly string[];
  #image = '';
  #count = 0;

  constructor(folder: string) {
    const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    this.#words = [...storage, '--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];
  }

  static works(): boolean {
    return works('runc', ['--version']) && works('podman', ['--version']);
  }

  prepare(archive: string): void {
    const said = execFileSync('podman', [...this.#words, 'load', '--quiet', '--input', archive], { encoding: 'utf8' });
    this.#image = said.trim().replace(/^Loaded image: /, '');
  }

  start({ volume, env, words = [] }: ContainerOptions): Container {
    const name = `tallystick-${process.pid}-${this.#count++}`;
    const hardened = ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'];
    // The hard limit of the machine's own shell may be lower than podman's default.
    const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'];
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    const rest = ['--hostname', 'ledger', '--network', 'host', '--volume', `${volume}:/ledger`, ...variables];
    const run = [...this.#words, 'run', '--rm', '--name', name, ...hardened, ...limits, ...rest, this.#image, ...words];
    const child = spawn('podman', run, { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Container(child, () => void spawn('podman', [...this.#words, 'stop', '--time', '90', name]));
  }

  close(): void {
    spawnSync('podman', [...this.#words, 'rmi', '--all', '--force']);
  }
}

/** What a runtime does, by programs that every Linux has. */
const INSIDE = `set -eu
mount --bind "$ROOTFS" "$ROOTFS"
mount -t proc proc "$ROOTFS/proc"
mount -t tmpfs tmpfs "$ROOTFS/tmp"
mount --bind "$VOLUME" "$ROOTFS/ledger"
mount -o remount,bind,ro "$ROOTFS"
hostname ledger
cd /
exec env -i "$@"
`;

class Namespaces implements Runner {
  readonly name = 'unshare and chroot';
  readonly #root: string;
  #config: { readonly Env: readonly string[]; readonly Cmd: readonly string[] } = { Env: [], Cmd: [] };

  constructor(folder: string) {
    this.#root = join(folder, 'rootfs');
  }

  static works(): boolean {
    return works('unshare', ['--mount', '--uts', '--pid', '--fork', 'setpriv', '--no-new-privs', 'true']);
  }

  prepare(_archive: string, layout: string): void {
    mkdirSync(this.#root);
    const blob = (digest: string): string => join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
    const manifest = read(blob(read(join(layout, 'index.json')).manifests[0].digest));
    for (const { digest } of manifest.layers as readonly { readonly digest: string }[]) {
      execFileSync('tar', ['--extract', '--gzip', '--file', blob(digest), '--directory', this.#root]);
    }
    mkdirSync(join(this.#root, 'proc'));
    this.#config = read(blob(manifest.config.digest)).config;
  }

  start({ volume, env, words = this.#config.Cmd }: ContainerOptions): Container {
    const variables = [...this.#config.Env, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
    const drop = ['/usr/bin/setpriv', '--no-new-privs', '--inh-caps=-all'];
    // Capabilities go with the user: it is not root.
    const enter = ['/usr/sbin/chroot', '--userspec=1000:1000', this.#root, '/usr/bin/tallystick'];
    const inside = [...variables, ...drop, ...enter, ...words];
    const child = spawn(
      'unshare',
      ['--mount', '--uts', '--pid', '--fork', '--kill-child', 'sh', '-c', INSIDE, 'sh', ...inside],
      { env: { PATH: process.env.PATH, ROOTFS: this.#root, VOLUME: volume }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const stop = (): void => {
      const [inner] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      process.kill(Number(inner), 'SIGTERM');
    };
    return new Container(child, stop);
  }

  close(): void {}
}

/** Those that work here. */
export function findRunners(folder: string): readonly Runner[] {
  return [...(Podman.works() ? [new Podman(folder)] : []), ...(Namespaces.works() ? [new Namespaces(folder)] : [])];
}

/** A folder that the image's user may write. */
export function volumeIn(folder: string, name: string): string {
  const volume = join(folder, name);
  mkdirSync(volume);
  chmodSync(folder, 0o755);
  chownSync(volume, 1000, 1000);
  return volume;
}
