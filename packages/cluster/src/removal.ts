/** A wish of an operator: a node shall end, and not start again. It names the process: one that came later stays. */
export interface Removal {
  readonly node: number;
  readonly process: string;
}

export function removalBytes(removal: Removal): Uint8Array {
  return Buffer.from(JSON.stringify({ removal }));
}

/** Undefined for what is none. */
export function removalIn(bytes: Uint8Array): Removal | undefined {
  let said: { readonly removal?: Partial<Record<keyof Removal, unknown>> } | null;
  try {
    said = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  const { node, process } = said?.removal ?? {};
  if (!Number.isSafeInteger(node) || typeof process !== 'string') return undefined;
  return { node: node as number, process };
}
