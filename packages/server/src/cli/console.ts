/** `serve --console`: the package `@tallystick/console` adds pages to the HTTP door. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { clearingId, type Names } from 'tallystick/internal/books';
import type { Loaded } from '../config/index.ts';
import type { SiteHost, StartSite } from '../serve/index.ts';
import { loadNames, NAMES_FILE } from './files.ts';
import { loadOurs } from './packages.ts';
import { isAddress } from './target.ts';

/** What the books that were imported call things, with ids as decimal text. */
interface NamedThings {
  readonly commodities: readonly object[];
  readonly accounts: readonly object[];
}

/** The package, as far as it is used here: the command line compiles without it. */
interface ConsolePackage {
  readonly startConsole: (host: SiteHost & { names(): NamedThings }) => ReturnType<StartSite>;
}

/** Undefined where none is configured. Rejects with `package_missing`. */
export async function consoleOf({ configuration }: Loaded): Promise<StartSite | undefined> {
  if (!configuration.console) return undefined;
  const { startConsole } = await loadPackage();
  const { folder } = configuration;
  return (host) => startConsole({ ...host, names: namesIn(folder) });
}

/** Reads the names again when their file has changed: they are asked for with every page. */
function namesIn(folder: string | undefined): () => NamedThings {
  let names: NamedThings = { commodities: [], accounts: [] };
  if (folder === undefined || folder === ':memory:' || isAddress(folder)) return () => names;
  let read = 0;
  return () => {
    const changed = statSync(join(folder, NAMES_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed !== read) names = namesOf(loadNames(folder));
    read = changed;
    return names;
  };
}

function namesOf({ commodities, accounts }: Names): NamedThings {
  // Every transfer of a book has the account between all others on one side: it has a name of ours.
  const between = commodities.map(({ name }) => ({ name: `Clearing:${name}`, id: clearingId(name), digits: 2 }));
  const named = [...accounts, ...between].map(({ name, id, digits }) => ({ name, id: String(id), digits }));
  return { commodities, accounts: named };
}

const loadPackage = (): Promise<ConsolePackage> =>
  loadOurs('console', 'the console is a package: npm install @tallystick/console');
