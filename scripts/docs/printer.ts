/**
 * Prints a block anew. `note`: what stands behind the name in the opening mark, such as the file that figures come
 * from.
 */
export type Printer = (root: string, note: string, check: boolean) => { readonly note: string; readonly text: string };

/** A block, by its name, of a document. */
export type Block = readonly [path: string, name: string, print: Printer];
