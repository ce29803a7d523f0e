#!/usr/bin/env node
/**
 * The command `tallystick`. Its command line is a package of its own, so that a program that opens a ledger installs
 * nothing else; where that package is missing, this says how to get it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TallystickError } from './model/index.ts';
import { version } from './platform/index.ts';

/** As of the command line: not done. */
const EXIT_NOT_DONE = 2;
const SERVER = '@tallystick/server';

/** The program of the command line. In a checkout it is compiled beside us; elsewhere it is installed. */
function commandLine(): string {
  const beside = fileURLToPath(new URL('../packages/server/src/cli/main.js', import.meta.url));
  if (existsSync(beside)) return beside;
  try {
    return createRequire(import.meta.url).resolve(`${SERVER}/cli`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    const message = `the command line is the package ${SERVER}: npm install ${SERVER}@${version()}`;
    throw new TallystickError('package_missing', message, { cause });
  }
}

try {
  await import(pathToFileURL(commandLine()).href);
} catch (error) {
  if (!(error instanceof TallystickError)) throw error;
  console.error(`error ${error.code}: ${error.message}\nnext  ${error.next}`);
  process.exitCode = EXIT_NOT_DONE;
}
