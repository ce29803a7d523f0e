/** What a ledger's stream and subjects are called. */

export interface StreamNames {
  /** The stream's. */
  readonly stream: string;
  /** Its one subject. */
  readonly subject: string;
  /** Where its leader says that it lives; not part of the stream. */
  readonly beats: string;
  /** Where nodes are asked for batches, each with its number behind it. */
  readonly asks: string;
}

export function namesOf(cluster: bigint): StreamNames {
  const name = `tallystick-${cluster}`;
  const subject = `tallystick.${cluster}`;
  return { stream: name, subject: `${subject}.order`, beats: `${subject}.beats`, asks: `${subject}.asks` };
}
