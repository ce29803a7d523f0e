/** The shape of a layout's description, and makers of its fields. */
import type { FieldType } from './schema.ts';

export type LayoutType = FieldType | 'i32' | 'i64' | 'f64';

export interface LayoutField {
  /** Empty: bytes that are zero. */
  readonly name: string;
  readonly type: LayoutType;
  /** For tables of documents. */
  readonly about: string;
  /** The same in the reply, where that is another meaning. */
  readonly reply?: string;
  /** How many of them, one after another. */
  readonly count?: number;
}

/** The rooms whose kernels read a format. */
export type KernelRoom = 'base' | 'machine' | 'projector';

export interface LayoutSchema {
  readonly name: string;
  readonly about: string;
  /** Bytes. What lies behind the last field is zero. */
  readonly size: number;
  readonly fields: readonly LayoutField[];
  /** The record of schema.ts that lies before the first field. */
  readonly extends?: string;
  /** Of a file or a frame: what it begins with, so that it is known again. */
  readonly magic?: number;
  readonly version?: number;
  /** TypeScript counts words of 32 bits in place of bytes: they are read with `Atomics`. */
  readonly words?: true;
  readonly kernels?: readonly KernelRoom[];
}

/** A number with a name that several places must agree on. */
export interface ConstantSchema {
  readonly name: string;
  readonly value: number | bigint;
  readonly about: string;
  /** Its type in the kernels. */
  readonly type: 'u32' | 'u64' | 'usize';
  readonly kernels?: readonly KernelRoom[];
  /** TypeScript has another value for it. */
  readonly kernelsOnly?: true;
}

type Make = (name: string, about: string, count?: number) => LayoutField;

const of =
  (type: LayoutType): Make =>
  (name, about, count) => ({ name, type, about, ...(count === undefined ? {} : { count }) });

export const u8: Make = of('u8');
export const u16: Make = of('u16');
export const u32: Make = of('u32');
export const u64: Make = of('u64');
export const u128: Make = of('u128');
export const i32: Make = of('i32');
export const i64: Make = of('i64');
export const f64: Make = of('f64');

/** Bytes without a meaning. */
export const zeros = (count: number): LayoutField => ({ name: '', type: 'u8', about: 'zero', count });

/** A word that two threads share: it has a cache line of its own. */
export const line = (name: string, about: string): LayoutField[] => [i32(name, about), zeros(60)];
