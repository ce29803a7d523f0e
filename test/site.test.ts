/** The site of the documents: links lead somewhere, nothing is fetched from elsewhere, and questions find answers. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import MiniSearch from 'minisearch';
import { alerts } from '../scripts/generate/alerts.ts';
import { buildSite } from '../scripts/site/build.ts';
import { ASKED, OPTIONS } from '../scripts/site/index-words.ts';
import { temporaryFolder } from './support/folders.ts';

const root = join(import.meta.dirname, '..', '..');
const site = join(temporaryFolder(), 'site');
const count = buildSite(root, site);
const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.html') && !name.startsWith('files/'),
);
const text = new Map(pages.map((path) => [path, readFileSync(join(site, path), 'utf8')]));
const idsIn = (html: string): Set<string> => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!));
const ids = new Map([...text].map(([path, html]) => [path, idsIn(html)]));

test('every document is a page, with one heading of the first kind', () => {
  assert.equal(pages.length, count);
  assert.ok(count > 80);
  for (const [path, html] of text) assert.equal(html.match(/<h1/g)?.length, 1, path);
});

test('links lead to pages, headings and files that are there', () => {
  const broken = [...text].flatMap(([path, html]) =>
    [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].flatMap(([, link]) => {
      if (/^[a-z]+:/.test(link!)) return [];
      const [file, anchor] = link!.split('#') as [string, string?];
      const to = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(site, to))) return [`${path}: ${link}`];
      return anchor === undefined || ids.get(to)?.has(anchor) ? [] : [`${path}: ${link}`];
    }),
  );
  assert.deepEqual(broken, []);
});

test('nothing is fetched from elsewhere, and no page has a script or a style in itself', () => {
  for (const [path, html] of text) {
    assert.doesNotMatch(html, /(<script|<link|<img|<iframe)[^>]+(src|href)="(https?:)?\/\//, path);
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle="|\son[a-z]+="/, path);
    assert.match(html, /Content-Security-Policy" content="default-src 'self'/, path);
  }
  for (const name of ['site.css', 'site.js']) {
    assert.doesNotMatch(readFileSync(join(site, name), 'utf8'), /https?:\/\/|@import|url\(/, name);
  }
});

test('questions of a stranger find their answers among the first three', () => {
  const search = MiniSearch.loadJSON(readFileSync(join(site, 'search.json'), 'utf8'), OPTIONS);
  const questions: readonly (readonly [string, RegExp])[] = [
    ['restore a backup', /operating\/backup/],
    ['rotate a key', /rotat/],
    ['disk full', /disk-full|disk-is-full/],
    ['what is an idempotent retry', /answers|recipes|http|start|payments/],
    ['exceeds_credits', /statuses|many-refused|double-entry/],
  ];
  for (const [question, place] of questions) {
    const first = search
      .search(question, ASKED)
      .slice(0, 3)
      .map(({ href }) => href as string);
    assert.ok(
      first.some((href) => place.test(href)),
      `${question}: ${first.join(', ')}`,
    );
  }
});

test('every alert leads to a page of the site', () => {
  const printed = readFileSync(join(root, 'deploy', 'alerts', 'tallystick.yml'), 'utf8');
  const urls = [...printed.matchAll(/runbook_url: "\/([^"#]+)(?:#([^"]+))?"/g)];
  assert.equal(urls.length, alerts.length);
  for (const [url, path, anchor] of urls) {
    assert.ok(text.has(path!), url);
    if (anchor !== undefined) assert.ok(ids.get(path!)!.has(anchor), url);
  }
});

test('light and dark have the same colours defined', () => {
  const css = readFileSync(join(site, 'site.css'), 'utf8');
  const colours = [...css.matchAll(/^ {2}--\w+: (.*);$/gm)].map(([, value]) => value!);
  assert.ok(colours.length > 5);
  for (const value of colours) assert.match(value, /^light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\)$/);
  assert.match(css, /data-theme="dark"/);
});
