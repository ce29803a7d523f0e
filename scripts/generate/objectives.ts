/** Prints docs/operating/slo.md: what a server promises to callers, and when somebody is told that it will not hold. */
import { BURNS, OBJECTIVES } from './burns.ts';
import { markdownTable } from './markdown.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const DAYS = 30;

function leave(objective: number): string {
  const minutes = DAYS * 24 * 60 * (1 - objective);
  return minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`;
}

export function printObjectives(): string {
  const rows = OBJECTIVES.map(({ name, promise, objective, bad, all }) => [
    name,
    `${objective * 100} % ${promise}`,
    leave(objective),
    code(`1 - ${bad('30d')} / ${all('30d')}`),
  ]);
  const burns = BURNS.map(({ name, factor, windows, severity, share }) => [
    name,
    `${factor} times as fast as it would last the month: ${share}`,
    windows.join(' and '),
    severity,
  ]);
  return `<!-- Printed by scripts/generate.ts from scripts/generate/burns.ts: change that, then \`npm run generate\`. -->

# Objectives

What a server promises to those who call it, measured where they feel it: at the doors, in ${DAYS} days. They are a
beginning; set your own in \`OBJECTIVES\` of \`scripts/generate/burns.ts\`, and everything else follows.

${markdownTable(['objective', 'promise', 'budget of errors', 'query'], rows)}

The budget is what may go wrong without breaking the promise: at 100 % of the traffic the same as so long an outage.
What never has a budget: an acknowledged transfer that is lost, or an answer that is wrong. The server stops before it
does either ([reliability](../reliability.md)).

## When somebody is told
An objective has two alerts, each over a long window, so that it means something, and over a short one, so that it ends
soon after its reason does.

${markdownTable(['alert', 'the budget burns', 'in the last', 'severity'], burns)}

They are called \`Tallystick\`, the objective, \`Burns\`, and the pace: \`TallystickLatencyBurnsFast\`. \`promtool test
rules\` lets each go off in a test, and stay quiet at half the pace. All alerts: [metrics](metrics.md#alerts).
`;
}
