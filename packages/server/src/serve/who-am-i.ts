/** `GET /v1/identity`: whom the server takes its caller for. Every known caller may ask. */
import { TallystickError } from 'tallystick/internal/model';
import { describedIdentity } from '../identity/index.ts';
import type { HttpService } from '../server/index.ts';

const PATH = '/v1/identity';

export const whoAmI: HttpService = {
  owns: (path) => path === PATH,
  answer: ({ method, caller }) => {
    if (method !== 'GET' && method !== 'HEAD') {
      return Promise.reject(new TallystickError('invalid_argument', `${PATH} is asked with GET`));
    }
    const body = caller === undefined ? { shown: 'nothing', scopes: 'all' } : describedIdentity(caller);
    return Promise.resolve({ status: 200, body });
  },
};
