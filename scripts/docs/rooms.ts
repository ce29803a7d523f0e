/** The rooms as a Mermaid diagram: who may use whom comes from the floor plan, who does from the imports that dependency-cruiser finds. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Printer } from './printer.ts';

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** A room, and those that it imports. */
type Edges = Map<string, Set<string>>;

/** Files directly in src: the front door, `open` and what it exports. */
const DOOR = 'index.ts, open.ts';

export const rooms: Printer = (root) => {
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules', '.bin', 'depcruise'),
    ['src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (stdout === '') throw new Error(`depcruise: ${stderr}`);
  const direct = withoutDetours(edges(JSON.parse(stdout) as Cruised));
  const lines = [...direct].flatMap(([from, targets]) => [...targets].map((to) => `  ${node(to)} --> ${node(from)}`));
  return { note: '', text: ['```mermaid', 'flowchart BT', ...lines.sort(), '```'].join('\n') };
};

/** From each room to the rooms that it imports, tests aside. */
function edges({ modules }: Cruised): Edges {
  const found: Edges = new Map();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    if (from === undefined || source.endsWith('.test.ts')) continue;
    const targets = found.get(from) ?? new Set();
    found.set(from, targets);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
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
  return /^src\/([a-z-]+)\//.exec(path)?.[1] ?? (/^src\/[a-z-]+\.ts$/.test(path) ? DOOR : undefined);
}

function node(room: string): string {
  return room === DOOR ? `door["${DOOR}"]` : room;
}
