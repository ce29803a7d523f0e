/** The second opinion of a server, as configured. */
import type { TallystickError } from 'tallystick/internal/model';
import type { Configuration } from '../config/index.ts';
import { OpaSidecar, OpaWasm, type SecondOpinion } from '../identity/index.ts';

/** Undefined: nobody else is asked. */
export async function openPolicy(
  configuration: Configuration,
  report: (problem: TallystickError) => void,
  changed: () => void,
): Promise<SecondOpinion | undefined> {
  const { 'policy.url': url, 'policy.wasm': path, 'policy.dryRun': dryRun } = configuration;
  if (url !== undefined) return { policy: new OpaSidecar(url, configuration['policy.timeout']), dryRun };
  if (path !== undefined) return { policy: await OpaWasm.load(path, report, changed), dryRun };
  return undefined;
}
