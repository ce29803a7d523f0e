/** A loader's state, and files that hold it: whole ones, whenever the power goes. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { invalidData } from './source.ts';

export interface LoaderState {
  readonly v: 1;
  readonly fingerprint: string;
  /** Seed of the order; null: samples come as they are stored. */
  readonly seed: number | null;
  readonly epoch: number;
  readonly next: number;
}

/** Checks what a file, or another program, calls a state. */
export function checkState(given: unknown): LoaderState {
  const state = given as LoaderState;
  const counts = (number: unknown): boolean => Number.isSafeInteger(number) && Number(number) >= 0;
  const isState =
    typeof given === 'object' &&
    given !== null &&
    state.v === 1 &&
    typeof state.fingerprint === 'string' &&
    (state.seed === null || Number.isSafeInteger(state.seed)) &&
    counts(state.epoch) &&
    counts(state.next);
  if (!isState) throw invalidData('this is not the state of a loader');
  return state;
}

/** Writes beside the file, syncs, renames, and syncs the folder. */
export function saveState(path: string, state: LoaderState): void {
  const draft = `${path}.draft`;
  const file = openSync(draft, 'w');
  try {
    writeSync(file, `${JSON.stringify(state)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function readState(path: string): LoaderState {
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw invalidData(`${path} holds no state of a loader: ${(error as Error).message}`, error);
  }
  return checkState(text);
}
