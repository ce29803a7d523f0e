/**
 * The one description of every format that is no record of schema.ts: on disk, on the wire, in the shared memory.
 * Printed from it are the offsets for TypeScript (`gen/formats.ts`), the kernels' constants and classes, and the tables
 * of docs/internals/formats.md and native-protocol.md, so that none of them can disagree. test/support/records.ts,
 * test/support/names.ts and torture/fields.ts are not: written by hand, they bear witness against it.
 */
import { diskLayouts } from './layouts-disk.ts';
import type { LayoutSchema } from './layouts-fields.ts';
import { memoryLayouts } from './layouts-memory.ts';
import { wireLayouts } from './layouts-wire.ts';

export type { ConstantSchema, KernelRoom, LayoutField, LayoutSchema, LayoutType } from './layouts-fields.ts';
export { layoutConstants, layoutEnums } from './layouts-names.ts';

export const layouts: readonly LayoutSchema[] = [...diskLayouts, ...wireLayouts, ...memoryLayouts];
