export type { File, OpenOptions, Storage } from './storage.ts';
