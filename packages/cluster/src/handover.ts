/** A wish of an operator: the node that leads shall let another one lead. Only the node that is named hears it. */
export interface Handover {
  readonly node: number;
  /** The epoch that is to end: a wish that comes late is nobody's. */
  readonly epoch: number;
}

export function handoverBytes(handover: Handover): Uint8Array {
  return Buffer.from(JSON.stringify({ handover }));
}

/** Undefined for what is none: anybody may publish. */
export function handoverIn(bytes: Uint8Array): Handover | undefined {
  let said: { readonly handover?: Partial<Record<keyof Handover, unknown>> } | null;
  try {
    said = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  const { node, epoch } = said?.handover ?? {};
  if (!Number.isSafeInteger(node) || !Number.isSafeInteger(epoch)) return undefined;
  return { node: node as number, epoch: epoch as number };
}
