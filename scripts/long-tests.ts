/**
 * Files of tests that each took 25 seconds or more beside another file: real servers, browsers, kills, whole
 * recordings. `npm run check` leaves them out and says so; `npm test` and CI run them. After a whole run
 * dist/test-times.json says which belong here.
 */
export const LONG: ReadonlySet<string> = new Set([
  'packages/cluster/test/failover.test',
  'packages/cluster/test/operations.test',
  'packages/cluster/test/order.test',
  'packages/cluster/test/setups.test',
  'packages/cluster/test/up.test',
  'packages/console/test/issuer.test',
  'packages/console/test/screens.test',
  'packages/console/test/strangers.test',
  'packages/console/test/writes.test',
  'sim/every-step.test',
  'test/cli.test',
  'test/corpus.test',
  'test/documents.test',
  'test/doors/all/attacks.test',
  'test/doors/all/limits.test',
  'test/doors/all/security.test',
  'test/doors/native/cuts.test',
  'test/e2e/three-machines.test',
  'test/examples.test',
  'test/guides.test',
  'test/identity/acme.test',
  'test/matrix.test',
  'test/offsite/backups.test',
  'test/runbooks.test',
  'test/torture.test',
  'torture/power/power.test',
  'torture/whole-files.test',
]);
