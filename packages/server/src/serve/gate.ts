/** What the doors may hold together, as the system allows it, and what strangers get of that. */
import { House } from 'tallystick/internal/base';
import { memoryMax, openFilesMax } from 'tallystick/internal/platform';
import type { Configuration } from '../config/index.ts';
import type { Logger } from '../observe/index.ts';
import { type Gate, Meter } from '../server/index.ts';

/**
 * Descriptors kept for the ledger's files, its threads, and whatever else is not a connection; and a share, because
 * runs become more.
 */
const KEPT_BACK = 96;
const KEPT_BACK_SHARE = 1 / 8;
/** A server that may hold fewer is of no use to anybody. */
const CONNECTIONS_MIN = 16;
const DOORS = ['tcp.port', 'grpc.port', 'msgpack.port', 'http.port'] as const;

/** Connections that there are descriptors for; undefined: as many as anybody wants. */
export function connectionsFor(openFiles: number | undefined): number | undefined {
  if (openFiles === undefined) return undefined;
  return Math.max(CONNECTIONS_MIN, Math.floor(openFiles * (1 - KEPT_BACK_SHARE)) - KEPT_BACK);
}

/** Compares what is configured with what the system allows, and says so. */
export function openGate(configuration: Configuration, log: Logger): Gate & { readonly house: House } {
  const doors = DOORS.filter((door) => configuration[door] !== 'off').length;
  const wanted = (doors + (configuration.socket === undefined ? 0 : 1)) * configuration['limits.connections'];
  const openFiles = openFilesMax();
  const connections = Math.min(connectionsFor(openFiles) ?? wanted, wanted);
  const said = { openFiles, wanted, connections };
  if (connections < wanted) {
    log.warn(
      said,
      `the doors may hold ${wanted} connections, and there are descriptors for ${connections} of them: raise ` +
        'the limit of open files (ulimit -n, LimitNOFILE), or lower limits.connections',
    );
  } else log.info(said, 'limits');
  return {
    house: new House(connections),
    strangersMax: configuration['limits.strangers'],
    strangerMs: configuration['limits.strangerTime'],
  };
}

/** Of the memory that the process may use, so much is for clients at most: the ledger's own comes first. */
const MEMORY_SHARE = 1 / 4;

/** What all doors may hold for clients. Says so where the machine, or the container, has less than is configured. */
export function openBudget(configuration: Configuration, log: Logger): Meter {
  const wanted = configuration['limits.memory'];
  const memory = memoryMax();
  const bytes = Math.min(wanted, Math.floor(memory * MEMORY_SHARE));
  if (bytes < wanted) {
    log.warn(
      { memory, wanted, bytes },
      'limits.memory is more than a quarter of the memory there is; the doors get that quarter',
    );
  }
  return new Meter(bytes);
}
