/**
 * Prints everything that follows from the model: offsets, types and codecs (`src/model/gen/`), constants and classes
 * of the kernels (`kernel/gen.ts` of base, machine and projector), the gRPC door's `proto/` and the reference tables
 * (`docs/reference/`).
 * `node dist/scripts/generate.js` writes what differs; with `--check` it writes nothing and fails if anything does.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApi, routes } from '../packages/server/src/server/index.ts';
import { paymentsOpenApi } from '../packages/services/src/http/openapi.ts';
import { printAlerts } from './generate/alerts.ts';
import { printBatches } from './generate/batches.ts';
import { printChartSchema } from './generate/chart-schema.ts';
import { printCodec } from './generate/codec.ts';
import { printConfiguration } from './generate/configuration.ts';
import { printDashboards } from './generate/dashboards/index.ts';
import { printDeploy } from './generate/deploy.ts';
import { printErrors, printOperations, printRecords, printStatuses } from './generate/docs.ts';
import { printEnums } from './generate/enums.ts';
import { printFormats } from './generate/formats.ts';
import { printJson } from './generate/json.ts';
import { printKernel } from './generate/kernel.ts';
import { printBaseKernel, printProjectorKernel } from './generate/kernel-layouts.ts';
import { printLayout } from './generate/layout.ts';
import { printMetrics } from './generate/metrics.ts';
import { printObjectives } from './generate/objectives.ts';
import { printPaymentOutcomes } from './generate/payments.ts';
import {
  printLedgerProto,
  printPaymentsDescriptor,
  printPaymentsProto,
  printProtoDescriptors,
  printProtoTables,
} from './generate/proto.ts';
import { printTypes } from './generate/types.ts';

const root = join(import.meta.dirname, '..', '..');

const files: readonly [path: string, text: string][] = [
  ['src/model/gen/enums.ts', printEnums()],
  ['src/model/gen/types.ts', printTypes()],
  ['src/model/gen/layout.ts', printLayout()],
  ['src/model/gen/codec.ts', printCodec()],
  ['src/model/gen/batches.ts', printBatches()],
  ['src/model/gen/formats.ts', printFormats()],
  ['src/base/kernel/gen.ts', printBaseKernel()],
  ['src/machine/kernel/gen.ts', printKernel()],
  ['src/projector/kernel/gen.ts', printProjectorKernel()],
  ['proto/tallystick.proto', printLedgerProto()],
  ['packages/services/proto/payments.proto', printPaymentsProto()],
  ['packages/services/src/grpc/gen/descriptor.ts', printPaymentsDescriptor()],
  ['src/wire/gen/grpc.ts', printProtoTables()],
  ['packages/server/src/server/grpc/gen/descriptors.ts', printProtoDescriptors()],
  ['docs/reference/records.md', printRecords()],
  ['docs/reference/json.md', printJson()],
  ['docs/reference/statuses.md', printStatuses()],
  ['docs/reference/operations.md', printOperations()],
  ['docs/reference/errors.md', printErrors()],
  ['docs/reference/payment-outcomes.md', printPaymentOutcomes()],
  ['docs/reference/payments-openapi.json', `${JSON.stringify(paymentsOpenApi(), null, 2)}\n`],
  ['docs/operating/configuration.md', printConfiguration()],
  ['docs/operating/metrics.md', printMetrics()],
  ['docs/operating/slo.md', printObjectives()],
  ['deploy/alerts/tallystick.yml', printAlerts()],
  ...printDashboards('deploy/dashboards'),
  ...printDeploy(),
  ['deploy/helm/tallystick/values.schema.json', printChartSchema()],
  // A chart reads no file beyond its folder.
  ['deploy/helm/tallystick/files/alerts.yml', printAlerts()],
  ...printDashboards('deploy/helm/tallystick/files/dashboards'),
  ['docs/reference/openapi.json', `${JSON.stringify(openApi(routes), null, 2)}\n`],
];

const check = process.argv.includes('--check');
let different = 0;
for (const [path, text] of files) {
  const wanted = /[.](ts|json)$/.test(path) ? formatted(path, text) : text;
  if (wanted === existing(path)) continue;
  different += 1;
  console.log(`${check ? 'differs' : 'wrote'} ${path}`);
  if (check) continue;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), wanted);
}
if (check && different > 0) {
  console.error('run `npm run generate` and commit what it writes');
  process.exit(1);
}

function existing(path: string): string {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}

/** As the formatter would leave it, so that the committed file satisfies both. */
function formatted(path: string, text: string): string {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const result = spawnSync(biome, ['check', '--write', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`cannot format ${path}: ${result.stderr}`);
  return result.stdout;
}
