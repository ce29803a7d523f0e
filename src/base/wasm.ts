/**
 * As much of WebAssembly as the house uses, typed here because the language's own library leaves it to browsers: one
 * shared memory, kernels compiled from base64 (`kernel.gen.ts`, printed by scripts/kernels.ts) that import it as
 * ("env", "memory").
 */

/**
 * A `WebAssembly.Memory` made with `shared: true`. `buffer` is a new object after a growth; old views stay valid for
 * their range.
 */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Grows by pages of 64 KiB; returns the pages before. */
  grow(pages: number): number;
}

/** Compiled code: made once a process, may be posted to other threads. */
export type Kernel = object & { readonly kernel?: never };

/** A kernel's imports besides the memory: functions by module and name. */
export type HostFunctions = { readonly [name: string]: (...values: never[]) => unknown };

type Imports = { env: { memory: SharedMemory }; host: HostFunctions };

interface WebAssemblyLike {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  Module: new (bytes: Uint8Array) => Kernel;
  Instance: new (kernel: Kernel, imports: Imports) => { exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyLike };

/** The most pages a memory can have: 4 GiB. Kernels declare this maximum, so must the memory. */
export const MEMORY_PAGES_MAX = 65_536;

/** A zeroed shared memory of `pages` pages of 64 KiB. */
export function sharedMemory(pages: number): SharedMemory {
  return new WebAssembly.Memory({ initial: pages, maximum: MEMORY_PAGES_MAX, shared: true });
}

/** Compiles a kernel. Throws when `base64` is no WebAssembly. */
export function compileKernel(base64: string): Kernel {
  return new WebAssembly.Module(bytesOfBase64(base64));
}

/**
 * The kernel's exports over `memory`, as `Exports` describes them: the caller knows what it compiled. `host`: functions
 * that it calls.
 */
export function instantiateKernel<Exports>(kernel: Kernel, memory: SharedMemory, host: HostFunctions = {}): Exports {
  return new WebAssembly.Instance(kernel, { env: { memory }, host }).exports as Exports;
}

function bytesOfBase64(base64: string): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const digits = new Uint8Array(128);
  for (let value = 0; value < 64; value++) digits[alphabet.charCodeAt(value)] = value;
  const size = Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
  const bytes = new Uint8Array(size);
  for (let at = 0, from = 0; at < size; from += 4) {
    const bits =
      (digits[base64.charCodeAt(from)]! << 18) |
      (digits[base64.charCodeAt(from + 1)]! << 12) |
      (digits[base64.charCodeAt(from + 2) & 127]! << 6) |
      digits[base64.charCodeAt(from + 3) & 127]!;
    bytes[at++] = bits >> 16;
    if (at < size) bytes[at++] = bits >> 8;
    if (at < size) bytes[at++] = bits;
  }
  return bytes;
}
