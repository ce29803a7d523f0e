/**
 * Five questions of a stranger, put to the documents alone: plain full-text search over headings and text finds the
 * section that answers each among its first three.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const FIRST = 3;
/** As search engines do it (BM25): how soon a word that comes often counts no more, and how much length counts. */
const [K, B] = [1.2, 0.75];
/** A word of a heading counts as so many of the text. */
const HEADING = 4;
/** They are in every question. */
const EMPTY = new Set('a an the i it in is of to do does how what when if my can'.split(' '));

interface Section {
  readonly place: string;
  readonly words: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Words without their commonest endings: `retries` and `retry`, `keys` and `key`. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
    .filter((word) => !EMPTY.has(word))
    .map((word) => word.replace(/ies$/, 'y').replace(/(?<=[a-z]{3})(ing|ed|ly|es|e|s)$/, ''));
}

function sectionsOf(path: string): Section[] {
  const text = readFileSync(join(root, path), 'utf8');
  const title = /^# (.*)$/m.exec(text)?.[1] ?? '';
  return text.split(/^(?=##+ )/m).map((section) => {
    const heading = /^#+ (.*)$/m.exec(section)?.[1] ?? '';
    const words = new Map<string, number>();
    const all = [...wordsOf(section), ...wordsOf(title)];
    for (const word of all) words.set(word, (words.get(word) ?? 0) + 1);
    for (const word of wordsOf(heading)) words.set(word, (words.get(word) ?? 0) + HEADING);
    return { place: `${path}: ${heading}`, words, length: all.length };
  });
}

/** Decisions and internals are for those who build it. */
const sections = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && !/^(adr|internals)\//.test(name))
  .flatMap((name) => sectionsOf(join('docs', name)));
const mean = sections.reduce((sum, { length }) => sum + length, 0) / sections.length;

function found(question: string): string[] {
  const asked = wordsOf(question).map((word) => {
    const having = sections.filter(({ words }) => words.has(word)).length;
    return { word, weight: Math.log(1 + (sections.length - having + 0.5) / (having + 0.5)) };
  });
  const score = ({ words, length }: Section): number =>
    asked.reduce((sum, { word, weight }) => {
      const times = words.get(word) ?? 0;
      return sum + (weight * times * (K + 1)) / (times + K * (1 - B + (B * length) / mean));
    }, 0);
  return sections
    .map((section) => ({ place: section.place, score: score(section) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, FIRST)
    .map(({ place }) => place);
}

const questions: Readonly<Record<string, RegExp>> = {
  'how do I retry safely': /answers\.md: Retrying safely/,
  'how do I page': /(http|helpers)\.md: Pages|api\.md: Everything, page by page/,
  'how do I run it in Docker': /containers\.md: (Containers|The first start)/,
  'how do I rotate a key': /running\.md: Rotating keys/,
  'what happens when the disk is full': /running\.md: When the disk is full/,
};

for (const [question, answer] of Object.entries(questions)) {
  test(`the documents answer: ${question}`, () => {
    const places = found(question);
    assert.ok(
      places.some((place) => answer.test(place)),
      places.join('\n'),
    );
  });
}

test('the search ranks what it reads, not what it hopes for', () => {
  const answers = Object.values(questions);
  const places = found('which stripes does a zebra have');
  assert.ok(places.every((place) => answers.every((answer) => !answer.test(place))));
});
