/**
 * Which blocks of the project's own code have been reached, asked of V8. To be started before the code is loaded: what
 * was compiled before is counted by functions only.
 */
import { Session } from 'node:inspector';

interface Taken {
  readonly result: readonly {
    readonly scriptId: string;
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

export class Coverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The blocks that were reached since the last time, by name. */
  take(): Set<string> {
    const reached = new Set<string>();
    const { result } = this.#post('Profiler.takePreciseCoverage') as Taken;
    for (const { scriptId, url, functions } of result) {
      if (!/\/dist\/(src|packages)\//.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) reached.add(`${scriptId}:${startOffset}:${endOffset}`);
        }
      }
    }
    return reached;
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** On one's own thread the answer comes before the call returns. */
  #post(method: string, parameters?: object): unknown {
    let answer: unknown;
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}
