/** Real clients in Python. Tests skip, by name, where a package of theirs is not installed. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why tests with this package of PyPI skip; false: it is there. */
export function skipWithout(module: string): string | false {
  const found = spawnSync('python3', ['-c', `import ${module}`], { timeout: 60_000 });
  return found.status === 0 ? false : `the Python package ${module.split('.')[0]} is not installed`;
}

/** Runs a program and returns what it prints as JSON. */
export async function python(program: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run('python3', ['-c', program, ...args], { timeout: 120_000 });
  return JSON.parse(stdout);
}
