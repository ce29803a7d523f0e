import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** A process, so that another one can tell later if it still lives. Fields that the system does not tell are empty. */
export interface Owner {
  readonly pid: number;
  /** When the process started, in the system's own ticks: a pid that was given away again has another. */
  readonly start: string;
  /** This boot of the machine. */
  readonly boot: string;
  /** The pid namespace (container) in which `pid` means something. */
  readonly namespace: string;
  readonly host: string;
}

let self: Owner | undefined;
let claims = 0;

/** A name that nothing else in this process has had: threads have modules of their own. Always as long. */
export function nextClaim(): string {
  claims++;
  return `${String(threadId).padStart(6, '0')}-${String(claims).padStart(12, '0')}`;
}

/** This process, which stays who it is. */
export function thisOwner(): Owner {
  self ??= {
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    boot: text('/proc/sys/kernel/random/boot_id'),
    namespace: link('/proc/self/ns/pid'),
    host: hostname(),
  };
  return self;
}

/** Whether `owner` still lives, as far as `self` can see: `unknown` when it is on another machine. */
export function lives(owner: Owner, self: Owner = thisOwner()): 'yes' | 'no' | 'unknown' {
  if (owner.host !== self.host) return 'unknown';
  // The machine has booted since, or the container of the same name was started anew: the process is gone.
  if (owner.boot !== self.boot || owner.namespace !== self.namespace) return 'no';
  if (owner.pid === self.pid) return owner.start === self.start ? 'yes' : 'no';
  if (owner.start !== '') return startOf(owner.pid) === owner.start ? 'yes' : 'no';
  try {
    process.kill(owner.pid, 0);
    return 'yes';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'yes' : 'no';
  }
}

/** Undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    // The name in brackets may hold spaces and brackets of its own; start time is the 20th field behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    // A zombie has ended, its parent has merely not looked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
