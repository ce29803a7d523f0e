/**
 * The files of deploy/, printed from the templates beside this file. A template has the shape of its file; in it stand
 *
 *   @{port tcp.port}       the default of a setting       @{variable tcp.port}   TALLYSTICK_TCP_PORT
 *   @{metric ready}        the name of a metric           @{path live}           where probes ask
 *   @{fact graceSeconds}   a number or a name from below
 *
 * A name that the code does not have any more fails the printing, and so does a variable that stands there as text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyName, keys, variableOf } from '../../packages/server/src/config/index.ts';
import { metrics, PATHS } from '../../packages/server/src/observe/index.ts';
import { facts } from './deploy-facts.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const templates = join(root, 'scripts', 'generate', 'deploy');
const SAYS =
  '# Printed by scripts/generate.ts from scripts/generate/deploy: change the template, then `npm run generate`.\n';

/** Every file, as a path from the root and its text. */
export function printDeploy(): [path: string, text: string][] {
  return readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(templates.length + 1))
    .sort()
    .map((path) => [join('deploy', path), printed(path)]);
}

function printed(path: string): string {
  const text = filled(path, readFileSync(join(templates, path), 'utf8'));
  // YAML of Ansible begins with a mark of its own, and Helm's helpers with a comment that Helm takes out.
  if (/[.](txt|tpl)$/.test(path)) return text;
  return text.startsWith('---\n') ? `---\n${SAYS}${text.slice(4)}` : `${SAYS}${text}`;
}

/** The text of a template with its names in place. Throws an error that says what is wrong with it. */
export function filled(path: string, template: string): string {
  const literal = /TALLYSTICK_[A-Z_]+/.exec(template);
  if (literal !== null) throw new Error(`${path}: ${literal[0]} is text; write @{variable KEY}`);
  const text = template.replace(/@\{(\w+) ([^}]+)\}/g, (_, kind: string, name: string) => {
    const value = valueFor(kind, name);
    if (value === undefined) throw new Error(`${path}: there is no ${kind} ${name}`);
    return value;
  });
  if (text.includes('@{')) throw new Error(`${path}: a placeholder that is not one of the above`);
  return text;
}

function valueFor(kind: string, name: string): string | undefined {
  switch (kind) {
    case 'port':
      return name.endsWith('.port') && name in keys ? String(keys[name as KeyName].preset) : undefined;
    case 'variable':
      return name in keys ? variableOf(name as KeyName) : undefined;
    case 'metric':
      return name in metrics ? metrics[name as keyof typeof metrics].name : undefined;
    case 'path':
      return name in PATHS ? PATHS[name as keyof typeof PATHS] : undefined;
    case 'fact':
      return facts[name]?.toString();
    default:
      return undefined;
  }
}
