import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs `test/e2e/child.js ACT FOLDER`. `fileSizeMaxKiB`: what the shell's `ulimit -f` should be. */
export function startChild(act: string, folder: string, fileSizeMaxKiB?: number): ChildProcess {
  const command = [process.execPath, join(import.meta.dirname, '../e2e/child.js'), act, folder];
  if (fileSizeMaxKiB !== undefined) {
    command.unshift('bash', '-c', `ulimit -f ${fileSizeMaxKiB} && exec "$@"`, 'bash');
  }
  return spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Resolves when the process is gone. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  let errors = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, lines: output.split('\n').filter((line) => line !== ''), errors };
}
