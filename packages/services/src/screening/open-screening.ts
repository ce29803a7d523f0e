/** Screening as an operator has configured it: read as strictly as requests, and loaded before anything is served. */
import { invalidField } from 'tallystick/internal/model';
import { checkObject, type Shape } from '../base/shape.ts';
import { LIST_FORMATS } from './lists.ts';
import { type ListAt, Screening } from './screening.ts';

const LISTS_MAX = 32;
const APPROVALS_MAX = 100;

/** `{"lists": [{"path": "sdn.csv", "format": "ofac-csv"}], "score_min": 85, "approvals": 1}` */
const shape: Shape = {
  lists: { check: [{ path: { check: 'text' }, format: { check: LIST_FORMATS } }], parts: LISTS_MAX },
  score_min: { check: 'count', optional: true },
  approvals: { check: 'count', optional: true },
};

interface Configured {
  readonly lists: readonly ListAt[];
  readonly score_min?: number;
  readonly approvals?: number;
}

/** Rejects with `invalid_argument` for what is no configuration, and as the lists do. */
export async function openScreening(given: unknown): Promise<Screening> {
  checkObject(shape, given, '');
  const { lists, score_min: scoreMin, approvals } = given as Configured;
  if (approvals !== undefined && (approvals < 1 || approvals > APPROVALS_MAX)) {
    throw invalidField('approvals', `must be from 1 to ${APPROVALS_MAX}`);
  }
  const screening = new Screening({
    lists,
    ...(scoreMin === undefined ? {} : { scoreMin }),
    ...(approvals === undefined ? {} : { approvals }),
  });
  await screening.load();
  return screening;
}
