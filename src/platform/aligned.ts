/**
 * Memory that starts on a page. O_DIRECT wants it, and the pages of a WebAssembly memory are the only ones that Node
 * hands out aligned: an ArrayBuffer starts behind malloc's header.
 */
import { orMemoryFull } from '../model/index.ts';

const PAGE_SIZE = 65_536;

interface WebAssemblyLike {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyLike };

/** `size` zeroed bytes, aligned to 64 KiB. Each call reserves some 10 GiB of addresses: for
 * buffers that live long, not for every request. Throws `memory_full`. */
export function alignedBytes(size: number): Uint8Array {
  const pages = Math.ceil(size / PAGE_SIZE);
  try {
    return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 0, size);
  } catch (error) {
    throw orMemoryFull(error);
  }
}
