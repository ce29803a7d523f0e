/**
 * A cluster of real processes under callers at every door, while nodes and nats-servers are killed, stopped, cut off
 * and wiped. Callers remember what they were told, the nodes' folders are compared with that, and porcupine judges the
 * whole history.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../testing/model/random.ts';
import { Tally } from '../tally.ts';
import { compareFolders, levelAndEnd } from './agreement.ts';
import { Callers } from './callers.ts';
import { faults } from './faults.ts';
import { Group } from './group.ts';
import { History } from './history.ts';
import { judge } from './judge.ts';

/** A nats-server that led the stream is replaced within 9 s, by a constant of its own; a machine may be busy. */
const PROGRESS_MS_MAX = 60_000;
/** Answers between two faults. */
const ANSWERS = 60;
const GROUPS = 3;

export interface ClusterTortureOptions {
  readonly folder: string;
  /** The program of a nats-server. */
  readonly program: string;
  readonly faults: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

export async function tortureCluster(options: ClusterTortureOptions): Promise<Tally> {
  const { folder, program, seed } = options;
  const tally = new Tally('nodes and nats-servers of a cluster killed, stopped, cut off and wiped, under load');
  const random = new Random(seed);
  const history = new History(join(folder, 'history.jsonl'));
  const callers = new Callers(history, new Random(seed + 1));
  const group = await Group.start(program, folder);
  try {
    await group.leader();
    await callers.start(group.doors, GROUPS);
    const left = shuffled(random);
    while (tally.injected < options.faults && tally.findings.length === 0) {
      await answersFlow(callers);
      const name = left.next().value;
      const { node: leader, epoch } = await group.leader();
      const follower = random.pick(group.nodes.filter((node) => node !== leader));
      await faults[name]!({ group, random, leader, follower, epoch });
      tally.injected++;
      options.progress?.(`${tally.injected}  ${name}  (epoch ${epoch}, ${callers.heard} answers)`);
    }
    await answersFlow(callers);
    await callers.end();
    await levelAndEnd(group);
    await compareFolders(group, callers, tally);
    for (const finding of callers.findings) tally.err(finding);
    history.close();
    const verdict = await judge(history.path);
    for (const problem of verdict.problems) tally.err(problem);
    tally.how = howOf(callers, history, verdict.said);
  } catch (error) {
    tally.err(`${(error as Error).stack ?? error}; logs: ${Group.logs(folder)}`);
    await callers.abandon();
  } finally {
    await group.kill();
  }
  return tally;
}

/** Somebody is answered in the end, whatever was done. */
async function answersFlow(callers: Callers): Promise<void> {
  const before = callers.heard;
  const over = new AbortController();
  await Promise.race([
    callers.more(ANSWERS).finally(() => over.abort()),
    pause(PROGRESS_MS_MAX, undefined, { signal: over.signal }).catch(() => undefined),
  ]);
  if (callers.heard === before) throw new Error(`nobody was answered for ${PROGRESS_MS_MAX} ms`);
}

/** All faults in some order, and then all again. */
function* shuffled(random: Random): Generator<string, never> {
  for (;;) {
    const names = Object.keys(faults);
    while (names.length > 0) {
      const name = random.pick(names);
      names.splice(names.indexOf(name), 1);
      yield name;
    }
  }
}

function howOf(callers: Callers, history: History, said: string): string {
  const doors = [...callers.answers].map(([door, count]) => `${door} ${count}`).join(', ');
  const { told, refused, unknown } = callers;
  return (
    `answers: ${doors}; ${told.size} transfers told, ${refused.size} refused, ${unknown.size} without an answer; ` +
    `${history.lines} calls, ${said}`
  );
}
