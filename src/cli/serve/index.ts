/**
 * `tallystick serve FOLDER`: a ledger for other processes. Ends on SIGTERM or SIGINT once everything that was sent is answered; a second signal does not
 * wait for that. Ends with 2 when the engine cannot go on: whoever started it may start it again, which replays the journal.
 */
import { resolve } from 'node:path';
import { type Engine, EngineReplayPort, openFolder, openMemory } from '../../engine/index.ts';
import { EVENTS_MAX, TallystickError } from '../../model/index.ts';
import type { Logger } from '../../observe/index.ts';
import { Ingress, NativeServer, Pool, poolOf, replayPort } from '../../server/index.ts';
import type { Configuration } from '../config/keys.ts';
import type { Loaded } from '../config/load.ts';
import { version } from '../environment.ts';
import { openDoors, urlOf } from './doors.ts';
import { laneOptions } from './lane-options.ts';
import { type Observers, startLog, startObservers } from './observers.ts';
import type { OpenDoor } from './open-door.ts';
import { loadSecurity } from './security.ts';

/** How often it is looked whether the engine still works. */
const WATCH_MS = 250;

/** Prints a line when it listens; resolves, to the exit code, when it has ended. */
export async function serve(loaded: Loaded, print: (line: string) => void): Promise<number> {
  const { configuration } = loaded;
  const { folder } = configuration;
  if (folder === undefined) throw new TallystickError('configuration_invalid', 'folder is not set: which ledger?');
  const log = await startLog(loaded);
  const ending: (() => Promise<void> | void)[] = [() => log.info({}, 'ended')];
  try {
    const security = await loadSecurity(configuration, log);
    ending.push(() => security.close());
    const observers = await startObservers(loaded, log, security);
    ending.push(() => observers.close());
    const { sources } = observers;
    log.info(
      { version: version(), cluster: String(configuration['cluster.id']), nodes: configuration['cluster.ips'] },
      'starting',
    );
    sources.state = 'recovering';
    const { engine, ledgerId } = await open(folder, configuration, observers);
    ending.push(() => engine.close());
    const lanes = new Ingress(engine, laneOptions(configuration));
    ending.push(() => lanes.close());
    sources.lanes = lanes;
    const pool = new Pool(poolOf(configuration['lanes.normal.credit']));
    const doors = await openDoors(loaded, { lanes, pool, ledgerId, security, observers });
    ending.push(() => drain(doors, configuration['limits.drain'], log));
    sources.state = 'ready';
    const ended = signalled();
    print(`tallystick serves ${folder} at ${doors.map(({ url }) => url).join(' and ')}`);
    const failed = await Promise.race([ended, failure(engine)]);
    sources.state = 'draining';
    if (failed === undefined) log.info({}, 'draining');
    else log.fatal({ err: failed }, 'the engine cannot go on');
    return failed === undefined ? 0 : 2;
  } finally {
    // The last that was opened goes first.
    for (const end of ending.reverse()) await end();
  }
}

async function open(
  folder: string,
  configuration: Configuration,
  { log, sources }: Observers,
): Promise<{ readonly engine: Engine; readonly ledgerId: bigint }> {
  if (folder === ':memory:') {
    const { engine } = openMemory();
    sources.opened({ engine });
    return { engine, ledgerId: 1n };
  }
  log.info({ folder }, 'opening');
  const opened = await openFolder(folder, { mode: configuration.mode, wait: configuration.wait });
  sources.opened(opened);
  log.info({ folder, fence: String(opened.fence), ...opened.recovery }, 'recovered');
  return opened;
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    let signals = 0;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        signals += 1;
        if (signals === 1) resolve(undefined);
        else process.exit(1);
      });
    }
  });
}

/** Resolves, to the reason, when the engine cannot go on. */
function failure(engine: Engine): Promise<unknown> {
  return new Promise((resolve) => {
    const watching = setInterval(() => {
      if (engine.failure === undefined) return;
      clearInterval(watching);
      resolve(engine.failure);
    }, WATCH_MS);
    watching.unref();
  });
}

async function drain(doors: readonly OpenDoor[], milliseconds: number, log: Logger): Promise<void> {
  await Promise.all(doors.map((door) => door.drain(milliseconds)));
  log.info({}, 'drained');
}

/** `serve :memory: --replay`: an empty ledger for every connection, whose time its client tells; at the socket if there is one, else at the port. For tests and comparisons; nothing is watched. */
export async function serveReplays(configuration: Configuration, print: (line: string) => void): Promise<void> {
  if (configuration.folder !== ':memory:') {
    throw new TallystickError('invalid_argument', '--replay lets clients tell the time: only with :memory:');
  }
  const port = configuration['tcp.port'];
  const path = configuration.socket === undefined ? undefined : resolve(configuration.socket);
  if (port === 'off' && path === undefined) {
    throw new TallystickError('invalid_argument', '--replay is for the native door alone');
  }
  const server = await NativeServer.listen(
    () => replayPort(new EngineReplayPort(openMemory({ expires: false }).engine), EVENTS_MAX),
    {
      ...(path === undefined ? { port: port as number, host: configuration.host } : { path }),
      cluster: configuration['cluster.id'],
      replay: true,
    },
  );
  const ended = signalled();
  const url = path === undefined ? urlOf('tcp', server.address.host, server.address.port) : `unix:${path}`;
  print(`tallystick serves :memory: at ${url}`);
  await ended;
  await server.drain();
}
