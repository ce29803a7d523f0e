/**
 * RE2, which matches in time that grows with the text. It is a package of its own, and loaded with the first pattern
 * that a book brings along: most books bring none.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { TallystickError } from '../model/index.ts';

type Re2 = typeof RE2JS;

let loaded: Re2 | undefined;

/** Throws `TallystickError` with `package_missing`. */
export function re2(): Re2 {
  loaded ??= load();
  return loaded;
}

function load(): Re2 {
  try {
    return (createRequire(import.meta.url)('re2js') as { readonly RE2JS: Re2 }).RE2JS;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
    throw new TallystickError('package_missing', 'patterns in books want the package re2js: npm install re2js@2', {
      cause,
    });
  }
}
