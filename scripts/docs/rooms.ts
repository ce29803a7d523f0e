/**
 * Houses and rooms as Mermaid diagrams: who may use whom comes from the floor plan, who does from the imports that
 * dependency-cruiser finds.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Printer } from './printer.ts';

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** A house or room, and those that it imports. */
type Edges = Map<string, Set<string>>;

/** Files directly in src: the doors of the core, `open` and what it exports. */
const DOOR = 'index.ts, open.ts';
/** The core as a package sees it. */
const CORE = 'tallystick';
const HOUSES = ['src', 'packages', 'testing', 'bench', 'scripts', 'sim', 'torture', 'test'];

/** The rooms of `src`, tests aside. */
export const rooms: Printer = (root) => diagram(cruised(root, ['src']), roomOf);

/** The packages and the rooms of the server, above the core; tests aside. */
export const packages: Printer = (root) => diagram(cruised(root, ['src', 'packages']), packageOf);

/** A test beside its file belongs to the house of tests. */
export const houses: Printer = (root) => diagram(cruised(root, HOUSES), houseOf);

function cruised(root: string, folders: readonly string[]): Cruised {
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules', '.bin', 'depcruise'),
    [...folders, '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (stdout === '') throw new Error(`depcruise: ${stderr}`);
  return JSON.parse(stdout) as Cruised;
}

function diagram(found: Cruised, placeOf: (path: string) => string | undefined): ReturnType<Printer> {
  const direct = withoutDetours(edges(found, placeOf));
  const lines = [...direct].flatMap(([from, targets]) => [...targets].map((to) => `  ${node(to)} --> ${node(from)}`));
  return { note: '', text: ['```mermaid', 'flowchart BT', ...lines.sort(), '```'].join('\n') };
}

/** From each place to those that it imports. */
function edges({ modules }: Cruised, placeOf: (path: string) => string | undefined): Edges {
  const found: Edges = new Map();
  for (const { source, dependencies } of modules) {
    const from = placeOf(source);
    if (from === undefined) continue;
    const targets = found.get(from) ?? new Set();
    found.set(from, targets);
    for (const { resolved } of dependencies) {
      const to = placeOf(resolved);
      if (to !== undefined && to !== from) targets.add(to);
    }
  }
  return found;
}

/** Leaves out an arrow where a longer way says the same. There are no circles: the floor plan sees to that. */
function withoutDetours(all: Edges): Edges {
  const reaches = (from: string, to: string): boolean =>
    [...(all.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const direct = (from: string, to: string): boolean =>
    ![...all.get(from)!].some((other) => other !== to && reaches(other, to));
  return new Map([...all].map(([from, targets]) => [from, new Set([...targets].filter((to) => direct(from, to)))]));
}

function roomOf(path: string): string | undefined {
  if (path.endsWith('.test.ts')) return undefined;
  return /^src\/([a-z-]+)\//.exec(path)?.[1] ?? (/^src\/[a-z-]+\.ts$/.test(path) ? DOOR : undefined);
}

/** The command line loads the cluster by its name when it is asked for one: that is no import. */
function packageOf(path: string): string | undefined {
  if (path.endsWith('.test.ts') || /^packages\/[a-z-]+\/test\//.test(path)) return undefined;
  if (path.startsWith('src/')) return CORE;
  const [, name, inside] = /^packages\/([a-z-]+)\/src\/(.*)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const room = name === 'server' ? (/^([a-z-]+)\//.exec(inside!)?.[1] ?? 'index.ts') : undefined;
  return room === undefined ? `@tallystick/${name}` : `server/${room}`;
}

function houseOf(path: string): string | undefined {
  if (path.endsWith('.test.ts')) return 'test';
  return HOUSES.find((house) => path.startsWith(`${house}/`));
}

/** A name with other characters than letters is a label. */
function node(room: string): string {
  if (room === DOOR) return `door["${DOOR}"]`;
  return /^[a-z]+$/.test(room) ? room : `${room.replace(/[^a-z]/g, '')}["${room}"]`;
}
