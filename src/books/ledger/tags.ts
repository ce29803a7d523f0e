/**
 * The tag that matters for balances: `; UUID: 7f3a` names a transaction, which counts once however often it is there.
 */

/** A tag is the first word of a note, but for single characters, and ends with its colon. Two colons: an expression. */
const UUID = /^[ \t]*(?:\S[ \t]+)*UUID(::?)(?:[ \t]+(.*))?$/i;

/** The last note before the first posting that has the tag. Undefined: none has. */
export function uuidOf(notes: readonly string[]): string | undefined {
  const found = notes.findLast((note) => UUID.test(note));
  return found === undefined ? undefined : UUID.exec(found)![2]?.trim();
}

/** Why Ledger's tag, or our reading of it, ends here; undefined: it does not. */
export function badUuid(notes: readonly string[]): string | undefined {
  for (const note of notes) {
    const [found, colons, said = ''] = UUID.exec(note) ?? [];
    if (colons === '::') return 'a UUID that is calculated is not read: write it as it is';
    if (found !== undefined && said.trim() === '') return 'a UUID is empty';
  }
  return undefined;
}
