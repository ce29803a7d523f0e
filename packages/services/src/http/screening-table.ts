/** The paths of screening, below those of payments. */
import { TallystickError } from 'tallystick/internal/model';
import { checkShape } from '../payments/shapes.ts';
import type { Screening } from '../screening/screening.ts';
import { type Beside, checkEmpty, type Route } from './route.ts';

function on({ screening }: Beside): Screening {
  if (screening !== undefined) return screening;
  throw new TallystickError('not_found', 'screening is off on this server: its setting payments.screening is not set');
}

export const screeningRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/screening',
    about: 'The lists in force, with their versions.',
    guarded: true,
    list: true,
    answers: { 200: ['ScreeningList'] },
    act: async (_payments, _asked, _part, beside) => ({ status: 200, body: on(beside).lists }),
  },
  {
    method: 'POST',
    path: '/screening',
    about: 'Looks a name up: who is like it, the likest first.',
    body: 'screen',
    list: true,
    answers: { 200: ['ScreeningHit'] },
    act: async (_payments, { body }, _part, beside) => {
      checkShape('screen', body);
      return { status: 200, body: on(beside).find((body as { readonly name: string }).name) };
    },
  },
  {
    method: 'POST',
    path: '/screening/reload',
    about: 'Reads the lists anew; until that has worked, every payment waits for people if it fails.',
    list: true,
    answers: { 200: ['ScreeningList'] },
    act: async (_payments, { body }, _part, beside) => {
      // It may have none at all.
      checkEmpty(body ?? {});
      const screening = on(beside);
      await screening.load();
      return { status: 200, body: screening.lists };
    },
  },
];
