/** The documents as pages that any web server can serve, or none: nothing in them is fetched from elsewhere. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { indexOf } from './index-words.ts';
import { type Page, pagesOf, SECTIONS } from './pages.ts';
import { copyOf, escaped, type Rendered, render } from './render.ts';

const ASSETS = ['site.css', 'site.js', 'icon.svg'] as const;
/** Scripts and styles are files of the site; a page has neither in itself. */
const POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

/** Writes the site into a folder, and returns how many pages it has. */
export function buildSite(root: string, out: string): number {
  const pages = pagesOf(root);
  const bySource = new Map(pages.map((page) => [page.source, page]));
  const files = new Set<string>();
  for (const page of pages) {
    const rendered = render(page, bySource, root);
    for (const file of rendered.files) files.add(file);
    write(join(out, page.path), pageOf(page, rendered, pages));
  }
  for (const file of files) {
    const path = join(out, copyOf(file));
    mkdirSync(dirname(path), { recursive: true });
    cpSync(join(root, file), path);
  }
  for (const name of ASSETS) write(join(out, name), readFileSync(join(root, 'scripts', 'site', 'assets', name)));
  const library = join(root, 'node_modules', 'minisearch', 'dist', 'es', 'index.js');
  write(join(out, 'minisearch.js'), readFileSync(library, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  write(join(out, 'search.json'), indexOf(pages));
  return pages.length;
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function pageOf(page: Page, { html, headings }: Rendered, pages: readonly Page[]): string {
  const home = relative(dirname(page.path), '.') || '.';
  const contents = headings
    .filter(({ depth }) => depth === 2)
    .map(({ id, text }) => `<li><a href="#${id}">${text}</a></li>`);
  const title = page.path === 'index.html' ? page.title : `${page.title} · Tallystick`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${home}/site.css">
<link rel="icon" href="${home}/icon.svg">
<script type="module" src="${home}/site.js"></script>
</head>
<body data-home="${home}">
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="name" href="${home}/index.html">Tallystick</a>
<search><label class="unseen" for="query">Search</label>
<input id="query" type="search" placeholder="Search (press /)" autocomplete="off" aria-controls="found">
<ol id="found" hidden></ol></search>
<button id="theme" type="button">Dark</button>
</header>
<div class="columns">
<nav aria-label="Pages">
${navigation(page, pages, home)}</nav>
<main id="content">
${html}</main>
<aside aria-label="On this page">${contents.length > 1 ? `<ul>${contents.join('')}</ul>` : ''}</aside>
</div>
</body>
</html>
`;
}

function navigation(page: Page, pages: readonly Page[], home: string): string {
  return SECTIONS.map(([, section]) => {
    const links = pages
      .filter((each) => each.section === section)
      .map(({ path, title }) => {
        const here = path === page.path ? ' aria-current="page"' : '';
        return `<li><a href="${home}/${path}"${here}>${escaped(title)}</a></li>\n`;
      });
    const open = section === page.section ? ' open' : '';
    return `<details${open}><summary>${section}</summary><ul>\n${links.join('')}</ul></details>\n`;
  }).join('');
}
