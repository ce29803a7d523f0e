/** The console of a server: `tallystick serve ./books --console`. */
import { ConsoleSite } from './console-site.ts';
import { Files } from './files.ts';
import type { Host } from './host.ts';
import { Sessions } from './sessions.ts';

/** Reads and compresses the files of the console, some tens of kilobytes. */
export async function startConsole(host: Host): Promise<ConsoleSite> {
  return new ConsoleSite(await Files.load(), new Sessions(), host);
}
