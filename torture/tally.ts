/** Counts of faults and findings: the rows of the table in docs/reliability.md. */

/** One row. */
export interface Row {
  readonly fault: string;
  /** How it was brought about; what could not be, and why. */
  readonly how: string;
  readonly injected: number;
  /** Transfers whose acknowledgement was remembered and asked for. */
  readonly checked: number;
  readonly lost: number;
  readonly doubled: number;
  /** Answers that were neither right nor an error with a code. */
  readonly wrong: number;
}

export class Tally {
  readonly fault: string;
  how = '';
  injected = 0;
  checked = 0;
  lost = 0;
  doubled = 0;
  wrong = 0;
  /** Transfers of requests that nobody had answered, and that were there. */
  resolvedThere = 0;
  /** The same, that were not there and were sent again. */
  resolvedAgain = 0;
  /** Transfers acknowledged, by door. */
  readonly doors: Map<string, number> = new Map();
  /** One line for each thing that is not as promised. */
  readonly findings: string[] = [];

  constructor(fault: string) {
    this.fault = fault;
  }

  acknowledged(door: string, transfers: number): void {
    this.doors.set(door, (this.doors.get(door) ?? 0) + transfers);
  }

  lose(what: string, transfers = 1): void {
    this.lost += transfers;
    this.findings.push(what);
  }

  double(what: string): void {
    this.doubled++;
    this.findings.push(what);
  }

  err(what: string): void {
    this.wrong++;
    this.findings.push(what);
  }

  get row(): Row {
    const { fault, how, injected, checked, lost, doubled, wrong } = this;
    return { fault, how, injected, checked, lost, doubled, wrong };
  }
}
