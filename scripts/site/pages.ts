/** Which documents are pages of the site, where each lies there, and under which title it stands in the navigation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Page {
  /** From the root of the repository, such as `docs/operating/backup.md`. */
  readonly source: string;
  /** From the root of the site, such as `operating/backup.html`. */
  readonly path: string;
  readonly title: string;
  readonly section: string;
  readonly text: string;
}

/** In the order of the navigation. */
export const SECTIONS: readonly (readonly [folder: string, title: string])[] = [
  ['', 'Tallystick'],
  ['docs', 'About'],
  ['docs/guides', 'Guides'],
  ['docs/concepts', 'Concepts'],
  ['docs/operating', 'Operating'],
  ['docs/operating/runbooks', 'Runbooks'],
  ['docs/reference', 'Reference'],
  ['packages', 'Packages'],
  ['docs/internals', 'Internals'],
  ['docs/adr', 'Decisions'],
];
const OF_THE_ROOT = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md'];

export function pagesOf(root: string): readonly Page[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md'));
  const sources = [...OF_THE_ROOT, ...packages, ...below.sort()];
  return sources.map((source) => pageOf(source, readFileSync(join(root, source), 'utf8')));
}

function pageOf(source: string, text: string): Page {
  const title = /^# (.*)$/m.exec(text)?.[1] ?? source;
  const folder = source.startsWith('packages/') ? 'packages' : source.replace(/\/?[^/]*$/, '');
  const section = SECTIONS.find(([each]) => each === folder)?.[1];
  if (section === undefined) throw new Error(`${source} is in no section of scripts/site/pages.ts`);
  return { source, path: pathOf(source), title: title.replaceAll('`', ''), section, text };
}

function pathOf(source: string): string {
  const path = source
    .replace(/^docs\//, '')
    .replace(/^(packages\/[^/]+)\/README\.md$/, '$1.md')
    .replace(/README\.md$/, 'index.md')
    .replace(/\.md$/, '.html');
  return path.toLowerCase();
}
