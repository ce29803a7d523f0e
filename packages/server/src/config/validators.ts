/**
 * What values of each kind must be like. Flags and variables bring text, the file may bring numbers: both are
 * understood.
 */

import { parseDuration } from 'tallystick/internal/base';
import { z } from 'zod';
import type { Kind } from './keys.ts';

const text = z.string().min(1);
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^\d[\d_]*$/.test(value) ? Number(value.replaceAll('_', '')) : value;

const parts = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
const HTTP = ['http:', 'https:'];

const numeric = (schema: z.ZodType<unknown>): z.ZodType<unknown> => z.preprocess(digits, schema);

/** What `read` makes of the text; its undefined is an issue like any other. */
function parsed(read: (text: string) => unknown): z.ZodType<unknown> {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
}

/** A u128, in decimal or hex. */
function parseU128(text: string): bigint | undefined {
  const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? BigInt(text) : -1n;
  return value < 0n || value >= 1n << 128n ? undefined : value;
}

const isUrl = (value: string, protocols: readonly string[]): boolean =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol);

/** A year. */
const MAX_MS = 366 * 24 * 3_600_000;

export function validator(kind: Kind): z.ZodType<unknown> {
  switch (kind.is) {
    case 'count':
      return numeric(z.int().min(kind.min).max(kind.max));
    case 'choice':
      return z.enum(kind.of);
    case 'text':
    case 'path':
      return text;
    case 'address':
      return text.regex(/^[\w.:-]+$/);
    case 'port':
      return z.union([z.literal('off'), numeric(z.int().min(0).max(65_535))]);
    case 'ratio':
      return z.preprocess(
        (value) => (typeof value === 'string' && /^\d*\.?\d+$/.test(value) ? Number(value) : value),
        z.number().min(0).max(1),
      );
    case 'u128':
      return z.preprocess((value) => (Number.isSafeInteger(value) ? String(value) : value), parsed(parseU128));
    case 'list':
      return z.preprocess(parts, z.array(text.regex(/^(?:(?:nats|tls|tcps?|https?):\/\/)?[\w.:[\]-]+$/)));
    case 'ranges':
      return z.preprocess(parts, z.array(text.regex(/^[\w.:-]+(?:\/\d+)?$/)));
    case 'origins':
      return z.preprocess(
        parts,
        z.array(text.refine((value) => isUrl(value, HTTP) && /^[^*]+$/.test(value) && new URL(value).origin === value)),
      );
    case 'choices':
      return z.preprocess(parts, z.array(z.enum(kind.of)));
    case 'switch':
      return z.preprocess((value) => ({ true: true, false: false })[String(value)] ?? value, z.boolean());
    case 'url':
      return text.refine((value) => isUrl(value, HTTP));
    case 'keys':
      return text.refine((value) => !/^\w+:\/\//.test(value) || isUrl(value, ['https:', 'http:']));
    case 'duration':
      return z.union([numeric(z.number().min(0).max(MAX_MS)), parsed(parseDuration)]);
  }
}
