/** The words of the page, in the person's language. */
import { computed } from '@preact/signals';
import { language } from '../settings.ts';
import { de } from './de.ts';
import { en, type Words } from './en.ts';

const words = computed<Words>(() => (language.value === 'de' ? de : en));

/** Whoever draws with them is drawn again when the language changes. */
export function say(): Words {
  return words.value;
}
