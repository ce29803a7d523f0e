/** An archive to be read: a file, or whatever else can be read again from its start. */
export interface ArchiveSource {
  /** What errors call it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** From its first byte to its last, each time it is called. What it throws is passed on. */
  read(): AsyncIterable<Uint8Array>;
}
