/** A figure that the project promises, as `--json` prints it. */
export interface PromisedRow {
  readonly row: string;
  readonly measured: number;
  readonly must: number;
  readonly aim: number;
  readonly unit: string;
  readonly met: boolean;
}
