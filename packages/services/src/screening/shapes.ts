/** What may be asked of screening, and what is answered, as data. */
import type { Field, Shape } from '../base/shape.ts';
import { LIST_FORMATS } from './lists.ts';

const text = (about: string): Field => ({ check: 'text', about });

export type ScreeningShape = 'screen';

export const screeningShapes: { readonly [shape in ScreeningShape]: Shape } = {
  screen: { name: text('The name of a person or a company.') },
};

const version = text('SHA-256 of its file.');

export type ScreeningAnswer = 'ScreeningList' | 'ScreeningHit';

export const screeningAnswers: { readonly [name in ScreeningAnswer]: Shape } = {
  ScreeningList: {
    name: text('The name of its file.'),
    format: { check: LIST_FORMATS },
    version,
    entries: { check: 'count', about: 'People and companies on it.' },
  },
  ScreeningHit: {
    given: text('What was asked for.'),
    listed: text('The name on the list.'),
    list: text('Which list.'),
    entry: text('The id of the entry, as the list has it.'),
    version,
    score: { check: 'count', about: 'How alike they are, up to 100.' },
  },
};
