/** A document as HTML: headings have anchors, links lead to pages of the site or to copies of files. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { Marked, type Tokens } from 'marked';
import type { Page } from './pages.ts';

export interface Rendered {
  readonly html: string;
  /** Second and third headings. */
  readonly headings: readonly { readonly id: string; readonly text: string; readonly depth: number }[];
  /** Files of the repository that it leads to. */
  readonly files: ReadonlySet<string>;
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** As the links of documents spell it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');
}

/** Where a copy of a file of the repository lies; text is shown and not downloaded. */
export function copyOf(path: string): string {
  return /\.(svg|png|jpg|txt|json|html)$/.test(path) ? `files/${path}` : `files/${path}.txt`;
}

export function render(page: Page, pages: ReadonlyMap<string, Page>, root: string): Rendered {
  const headings: { id: string; text: string; depth: number }[] = [];
  const files = new Set<string>();
  const to = (path: string): string => relative(dirname(page.path), path) || page.path.replace(/.*\//, '');

  /** Undefined: there is nothing to lead to, such as a folder. */
  const target = (href: string): string | undefined => {
    if (/^[a-z]+:/.test(href)) return href;
    const [path, anchor] = href.split('#') as [string, string?];
    if (path === '') return href;
    const source = normalize(join(dirname(page.source), path));
    const other = pages.get(source) ?? pages.get(join(source, 'README.md'));
    if (other !== undefined) return anchor === undefined ? to(other.path) : `${to(other.path)}#${anchor}`;
    if (!existsSync(join(root, source)) || statSync(join(root, source)).isDirectory()) return undefined;
    files.add(source);
    return to(copyOf(source));
  };

  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const id = anchorOf(text);
        const html = this.parser.parseInline(tokens);
        if (depth > 1 && depth < 4) headings.push({ id, text: html.replace(/<[^>]+>/g, ''), depth });
        const link = depth === 1 ? '' : ` <a class="here" href="#${id}" aria-label="link to this heading">#</a>`;
        return `<h${depth} id="${id}">${html}${link}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const html = this.parser.parseInline(tokens);
        const found = target(href);
        if (found === undefined) return html;
        const away = /^https?:/.test(found) ? ' rel="noreferrer"' : '';
        return `<a href="${escaped(found)}"${away}>${html}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        return `<img src="${escaped(target(href) ?? href)}" alt="${escaped(text)}" loading="lazy">`;
      },
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        return text.replace(/ src="([^"]+)"/g, (_, href: string) => ` src="${escaped(target(href) ?? href)}"`);
      },
      table({ header, rows }: Tokens.Table): string {
        const cell = (tag: string, { tokens, align }: Tokens.TableCell): string =>
          `<${tag}${align === null ? '' : ` class="${align}"`}>${this.parser.parseInline(tokens)}</${tag}>`;
        const head = header.map((each) => cell('th', each)).join('');
        const body = rows.map((row) => `<tr>${row.map((each) => cell('td', each)).join('')}</tr>\n`).join('');
        const top = header.some(({ text }) => text !== '') ? `<thead><tr>${head}</tr></thead>\n` : '';
        return `<div class="table"><table>\n${top}<tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const html = marked.parse(page.text, { async: false });
  return { html, headings, files };
}
