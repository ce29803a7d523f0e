/**
 * `tallystick serve FOLDER`: a ledger for other processes. Ends on SIGTERM or SIGINT once everything that was sent is
 * answered; a second signal does not wait for that. Ends with 2 when the engine cannot go on: whoever started it may
 * start it again, which replays the journal. Ends with 3, or by SIGALRM, when it cannot end by itself.
 */
import type { Configuration, Loaded } from '../config/index.ts';
import { LedgerServer, openReplays, startLog } from '../serve/index.ts';
import { replicateOf } from './cluster.ts';
import { consoleOf } from './console.ts';
import { dieAloud, EXIT_FAILED, endWithin, leave } from './end.ts';
import { servicesOf } from './services.ts';

/** Prints a line when it listens; resolves, to the exit code, when it has ended. */
export async function serve(loaded: Loaded, print: (line: string) => void): Promise<number> {
  const { configuration } = loaded;
  const log = await startLog(loaded);
  let stuck = (): readonly string[] => [];
  dieAloud(log, () => stuck());
  const parts = {
    replicate: await replicateOf(loaded),
    services: await servicesOf(loaded),
    site: await consoleOf(loaded),
  };
  const server = await LedgerServer.prepare(loaded, log, parts);
  stuck = () => server.stuck;
  const ended = signalled(stuck);
  const leaving = new AbortController();
  const cancels: (() => void)[] = [];
  const endSoon = (): void => {
    cancels.push(endWithin(configuration['limits.drain'], stuck, log));
  };
  void ended.then(() => {
    leaving.abort();
    endSoon();
  });
  try {
    if (!(await server.open(leaving.signal))) return 0;
    const { folder, shardServers } = configuration;
    print(`tallystick serves ${folder ?? shardServers.join(' and ')} at ${server.urls.join(' and ')}`);
    const failed = await Promise.race([ended, server.failure()]);
    if (failed === undefined) return 0;
    endSoon();
    return EXIT_FAILED;
  } finally {
    await server.close();
    for (const cancel of cancels) cancel();
  }
}

/** `serve :memory: --replay`. Ends on SIGTERM or SIGINT; a second signal does not wait for answers. */
export async function serveReplays(configuration: Configuration, print: (line: string) => void): Promise<void> {
  const server = await openReplays(configuration);
  const ended = signalled(() => []);
  print(`tallystick serves :memory: at ${server.url}`);
  await ended;
  await server.drain();
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process. */
function signalled(stuck: () => readonly string[]): Promise<undefined> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals === 1) resolve(undefined);
        else leave(1, stuck());
      });
    }
  });
}
