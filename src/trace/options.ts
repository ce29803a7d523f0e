export interface TraceOptions {
  /** `server` for what stands behind a door, `client` in front of a connection. */
  readonly side: 'client' | 'server';
  /** Attributes of every span, such as the door. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}
