/** What an alert says. */
export interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  /** What to do. */
  readonly next: string;
  /** The page with commands, from docs/operating. */
  readonly runbook: string;
}
