import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileKernel, instantiateKernel, sharedMemory } from './wasm.ts';

test('a kernel in base64 runs over the shared memory it is given', () => {
  // (module (import "env" "memory" (memory 1 65536 shared)) (func (export "first") (result i32) i32.const 0 i32.load))
  const binary = [
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127],
    ...[2, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3, 1, 128, 128, 4],
    ...[3, 2, 1, 0, 7, 9, 1, 5, 102, 105, 114, 115, 116, 0, 0, 10, 9, 1, 7, 0, 65, 0, 40, 2, 0, 11],
  ];
  const memory = sharedMemory(1);
  new Uint32Array(memory.buffer)[0] = 42;
  const kernel = compileKernel(Buffer.from(binary).toString('base64'));
  assert.equal(instantiateKernel<{ first(): number }>(kernel, memory).first(), 42);
  assert.throws(() => compileKernel(Buffer.from([...binary, 9]).toString('base64')));
});
