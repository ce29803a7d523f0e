/** `tallystick config`: what is in force, and where each value came from. Secrets are only said to be set. */
import { TallystickError } from 'tallystick/internal/model';
import {
  type Given,
  type KeyName,
  keyNames,
  keys,
  type Loaded,
  loadConfiguration,
  readConfiguration,
} from '../config/index.ts';
import { colours } from './colours.ts';
import { configurationFlags } from './config-options.ts';
import { table } from './print.ts';

/** As JSON can say it; a bigint as text. */
export type Plain = string | number | boolean | readonly string[] | null;

export function plainValue(name: KeyName, value: unknown): Plain {
  if (value === undefined) return null;
  if (keys[name].secret) return '(set)';
  return typeof value === 'bigint' ? String(value) : (value as Plain);
}

export function configurationJson({ configuration, origins, file }: Loaded): string {
  const values = Object.fromEntries(
    keyNames.map((name) => {
      const { from, name: origin } = origins[name];
      return [name, { value: plainValue(name, configuration[name]), from, ...(origin === '' ? {} : { name: origin }) }];
    }),
  );
  return JSON.stringify({ file: file ?? null, values }, undefined, 2);
}

export function configurationTable({ configuration, origins }: Loaded): string {
  const rows = keyNames.map((name) => {
    const { from, name: origin } = origins[name];
    const value = plainValue(name, configuration[name]);
    const shown = value === null ? '-' : Array.isArray(value) ? value.join(', ') || '-' : String(value);
    return from === 'default'
      ? [name, shown, colours.dim('default')]
      : [colours.bold(name), colours.bold(shown), origin];
  });
  return table(
    [
      { title: 'key', align: 'left' },
      { title: 'value', align: 'left' },
      { title: 'from', align: 'left' },
    ],
    rows,
  );
}

/** From commander's options, this process's environment and the file. */
export function loadFrom(folder: string | undefined, options: Readonly<Record<string, unknown>>): Loaded {
  return loadConfiguration(givenBy(folder, options));
}

function givenBy(folder: string | undefined, options: Readonly<Record<string, unknown>>): Given {
  const { config } = options as { readonly config?: string };
  const flags = configurationFlags(options);
  return {
    flags: folder === undefined ? flags : { ...flags, folder },
    environment: process.env,
    file: config,
    cwd: process.cwd(),
  };
}

/** Prints what is set; throws `configuration_invalid` behind it if a server would not start with that. */
export function printConfiguration(
  folder: string | undefined,
  options: Readonly<Record<string, unknown>>,
  print: (text: string) => void,
): void {
  const { loaded, problems } = readConfiguration(givenBy(folder, options));
  print(options.json === true ? configurationJson(loaded) : configurationTable(loaded));
  if (problems.length === 0) return;
  const next = 'Correct the keys that the message names; above, their defaults stand in their places.';
  throw new TallystickError('configuration_invalid', problems.join('\n'), { next });
}
