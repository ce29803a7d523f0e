/** What the search of the site looks through: each section of a page that is for users. */
import MiniSearch from 'minisearch';
import type { Page } from './pages.ts';
import { anchorOf } from './render.ts';

/** In the browser the same. */
export const OPTIONS: { fields: string[]; storeFields: string[] } = {
  fields: ['title', 'heading', 'text'],
  storeFields: ['title', 'heading', 'href'],
};
export const ASKED = { boost: { title: 2, heading: 4 }, prefix: true, fuzzy: 0.1 };

export function indexOf(pages: readonly Page[]): string {
  const search = new MiniSearch(OPTIONS);
  let id = 0;
  for (const { path, title, section, text } of pages) {
    // Decisions are for those who build it.
    if (section === 'Decisions') continue;
    for (const part of text.split(/^(?=##+ )/m)) {
      const heading = /^##+ (.*)$/m.exec(part)?.[1] ?? '';
      const href = heading === '' ? path : `${path}#${anchorOf(heading)}`;
      const words = part.replace(/<!--[\s\S]*?-->|\]\([^)]*\)|[#`|*[\]]/g, ' ');
      search.add({ id: id++, title, heading: heading.replaceAll('`', ''), href, text: words });
    }
  }
  return JSON.stringify(search);
}
