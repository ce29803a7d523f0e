/** The lanes as configured, and the rules that choose them, from their file. */
import { readFileSync } from 'node:fs';
import { TallystickError } from 'tallystick/internal/model';
import { z } from 'zod';
import type { Configuration } from '../config/index.ts';
import { type IngressOptions, LANES, ROLES, type Rule } from '../server/index.ts';

const bigint = z
  .union([z.int().min(0), z.string().regex(/^(\d+|0x[0-9a-fA-F]+)$/)])
  .transform((value) => BigInt(value));

const ruleSchema: z.ZodType<Rule> = z.strictObject({
  lane: z.enum(LANES),
  code: z.int().min(1).max(65_535).exactOptional(),
  account: bigint.exactOptional(),
  amountMin: bigint.exactOptional(),
  role: z.enum(ROLES).exactOptional(),
  asked: z.boolean().exactOptional(),
});

export function laneOptions(configuration: Configuration): IngressOptions {
  const lane = (name: (typeof LANES)[number]): { quantum: number; credit: number } => ({
    quantum: configuration[`lanes.${name}.weight`],
    credit: configuration[`lanes.${name}.credit`],
  });
  const lanes = { critical: lane('critical'), high: lane('high'), normal: lane('normal') };
  const policy = configuration['lanes.policy'];
  const queryTimeoutMs = configuration['limits.query'];
  return { lanes, queryTimeoutMs, ...(policy === undefined ? {} : { rules: readRules(policy) }) };
}

/** A list of rules; the first that fits decides. Throws `configuration_invalid`. */
export function readRules(path: string): readonly Rule[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TallystickError(
      'configuration_invalid',
      `lanes.policy: ${path} cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  const rules = z.array(ruleSchema).safeParse(content);
  if (rules.success) return rules.data;
  const problems = rules.error.issues.map(({ path: at, message }) => `rule ${at.join('.') || '?'}: ${message}`);
  throw new TallystickError('configuration_invalid', `lanes.policy: ${path}\n${problems.join('\n')}`);
}
