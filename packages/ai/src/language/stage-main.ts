/**
 * The process of one stage. Its pipeline is at file descriptor 3, a Unix socket; when that ends, so does the process.
 *
 *   node stage-main.js '{ "model": PATH, "from": 0, "to": 3, … }'
 */
import { Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { FrameKind, jsonFrame } from './frames.ts';
import { openModel } from './model.ts';
import { Stage, type StageOptions } from './stage.ts';
import { serveStage } from './stage-server.ts';

export interface StageCommand extends StageOptions {
  readonly model: string;
}

const PIPELINE = 3;
const command = JSON.parse(process.argv[2] ?? '{}') as StageCommand;
const stream = new Socket({ fd: PIPELINE, readable: true, writable: true });
// Ledgers on this machine come first.
setPriority(constants.priority.PRIORITY_LOW);
// Ctrl-C reaches every process of a terminal; the pipeline says when it is over.
process.on('SIGINT', () => {});
try {
  const { shape, weights, fingerprint } = openModel(command.model);
  const stage = await Stage.open(shape, weights, command);
  const { from, to, slots, context } = command;
  serveStage(stage, { fingerprint, from, to, slots, context }, stream, () => process.exit(0));
} catch (error) {
  const { code = 'engine_failed', message } = error as { code?: string; message: string };
  stream.end(jsonFrame(FrameKind.failed, 0, { code, message }), () => process.exit(1));
}
