/** All dashboards, as files of `deploy/dashboards/`; the first one is where people begin. */
import { ai } from './ai.ts';
import { cluster } from './cluster.ts';
import { doors } from './doors.ts';
import { journal } from './journal.ts';
import { type Dashboard, printDashboard } from './kit.ts';
import { overview } from './overview.ts';
import { services } from './services.ts';

export const dashboards: readonly Dashboard[] = [overview, doors, journal, cluster, services, ai];

/** Each in a folder, as its path and its text. */
export function printDashboards(folder: string): [path: string, text: string][] {
  return dashboards.map((dashboard) => [`${folder}/${dashboard.name}.json`, printDashboard(dashboard)]);
}
