/**
 * Colours are for a person at a terminal. A pipe gets plain text, on a build machine too, unless FORCE_COLOR asks
 * otherwise; NO_COLOR turns them off everywhere.
 */
import picocolors from 'picocolors';

type Colours = ReturnType<typeof picocolors.createColors>;

function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  return picocolors.createColors(!NO_COLOR && (forced || (stream.isTTY === true && TERM !== 'dumb')));
}

/** For what is printed on standard output. */
export const colours: Colours = coloursFor(process.stdout);
/** For what is printed on standard error, which may be a terminal when the output is not. */
export const errorColours: Colours = coloursFor(process.stderr);
