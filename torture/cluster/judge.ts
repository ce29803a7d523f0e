/** Has porcupine, a checker that nobody here wrote, judge a history: torture/porcupine is the program around it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/platform/index.ts';

const run = promisify(execFile);
const SOURCE: string = join(packageRoot, 'torture', 'porcupine');
const BUILD_MS = 300_000;
const JUDGE_MS = 600_000;

export interface Verdict {
  /** For people. */
  readonly said: string;
  readonly problems: readonly string[];
}

/** Built once for this process; undefined: there is no Go, or it cannot have the packages. */
let built: Promise<string | undefined> | undefined;

/** The program, built; undefined: there is no Go here, or no way to porcupine. */
export function porcupine(): Promise<string | undefined> {
  built ??= build();
  return built;
}

async function build(): Promise<string | undefined> {
  const program = join(packageRoot, 'dist', 'torture', 'porcupine-judge');
  if (!existsSync(join(SOURCE, 'main.go'))) return undefined;
  try {
    await run('go', ['build', '-trimpath', '-o', program, '.'], { cwd: SOURCE, timeout: BUILD_MS });
    return program;
  } catch {
    return undefined;
  }
}

/** Where the program cannot be built, `said` says so. */
export async function judge(history: string): Promise<Verdict> {
  const program = await porcupine();
  if (program === undefined) return { said: 'not judged by porcupine: it cannot be built here', problems: [] };
  const { code, stdout } = await judged(program, history);
  const said = `judged by porcupine: ${stdout.trim().split('\n').at(-1)}`;
  return { said, problems: code === 0 ? [] : stdout.trim().split('\n') };
}

async function judged(program: string, history: string): Promise<{ readonly code: number; readonly stdout: string }> {
  try {
    const { stdout } = await run(program, [history], { timeout: JUDGE_MS });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 2, stdout: `${stdout}${stderr}` || String(error) };
  }
}
