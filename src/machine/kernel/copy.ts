/**
 * Copies of fixed sizes. The memory.copy instruction leaves WebAssembly for a call, which costs more than a record's
 * few vector moves.
 */

@inline export function copy32(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

@inline export function copy64(to: usize, from: usize): void {
  copy32(to, from);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

@inline export function copy128(to: usize, from: usize): void {
  copy64(to, from);
  v128.store(to, v128.load(from, 64), 64);
  v128.store(to, v128.load(from, 80), 80);
  v128.store(to, v128.load(from, 96), 96);
  v128.store(to, v128.load(from, 112), 112);
}
