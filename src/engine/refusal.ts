/** A read that could not be answered, as its reply: the code and the message of the error that its caller shall get. */
import { type ErrorCode, TallystickError } from '../model/index.ts';
import type { EngineMemory } from './memory.ts';

/** Bytes. */
export const REFUSAL_SIZE_MAX = 4096;
/** Characters: those that JSON spells with six bytes fit as well. */
const MESSAGE_MAX = 600;

/** Writes the error at byte `at`; returns the size. */
export function writeRefusal(memory: EngineMemory, at: number, error: TallystickError): number {
  const { code, message } = error;
  const bytes = new TextEncoder().encode(JSON.stringify({ code, message: message.slice(0, MESSAGE_MAX) }));
  memory.bytes.set(bytes, at);
  return bytes.length;
}

export function readRefusal(memory: EngineMemory, at: number, size: number): TallystickError {
  const text = new TextDecoder().decode(memory.bytes.slice(at, at + size));
  const { code, message } = JSON.parse(text) as { code: ErrorCode; message: string };
  return new TallystickError(code, message);
}
