/** `serve tigerbeetle://…`: the client of TigerBeetle for the server, which has none itself. */
import { connectTigerBeetle, isTigerBeetle } from 'tallystick/internal/client';
import type { Loaded } from '../config/index.ts';
import type { ConnectBackend } from '../serve/index.ts';

/** Undefined where the ledger is one of ours. */
export function backendOf({ configuration: { folder } }: Loaded): ConnectBackend | undefined {
  if (folder === undefined || !isTigerBeetle(folder)) return undefined;
  return async (signal) => {
    const port = await connectTigerBeetle(folder, { signal });
    return { port, ledgerId: port.welcome.ledgerId, ping: () => port.ping() };
  };
}
