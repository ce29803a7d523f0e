/** Opinions of Open Policy Agent: asked over HTTP, or compiled to WebAssembly and asked in this process. */
import { TallystickError } from 'tallystick/internal/model';
import { WatchedFiles } from 'tallystick/internal/platform';
import { type Opinion, opinionOf, type Policy, type PolicyInput } from './policy.ts';

const ANSWER_SIZE_MAX = 65_536;

/** `address`: of the decision, such as http://127.0.0.1:8181/v1/data/tally/authz/decision. */
export class OpaSidecar implements Policy {
  readonly #address: URL;
  readonly #timeoutMs: number;

  constructor(address: string, timeoutMs: number) {
    this.#address = new URL(address);
    this.#timeoutMs = timeoutMs;
  }

  async decide(input: PolicyInput): Promise<Opinion> {
    const response = await fetch(this.#address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input }),
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const text = await boundedText(response);
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return opinionOf((JSON.parse(text) as { readonly result?: unknown }).result);
  }

  close(): void {}
}

/** Throws as soon as there is too much of it, which is not read. */
async function boundedText({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > ANSWER_SIZE_MAX) throw new Error(`its answer has more than ${ANSWER_SIZE_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The package, as far as it is used here: it is installed by whoever wants it. */
export interface OpaWasmPackage {
  loadPolicy(wasm: Uint8Array): Promise<LoadedPolicy>;
}

export interface LoadedPolicy {
  evaluate(input: unknown): readonly { readonly result?: unknown }[];
}

export class OpaWasm implements Policy {
  readonly #files: WatchedFiles;
  readonly #report: (problem: TallystickError) => void;
  readonly #changed: () => void;
  readonly #opa: OpaWasmPackage;
  #policy: LoadedPolicy;

  private constructor(
    files: WatchedFiles,
    opa: OpaWasmPackage,
    policy: LoadedPolicy,
    report: (problem: TallystickError) => void,
    changed: () => void,
  ) {
    this.#files = files;
    this.#opa = opa;
    this.#policy = policy;
    this.#report = report;
    this.#changed = changed;
  }

  /**
   * `path`: what `opa build -t wasm -e tally/authz/decision` made, out of its bundle. It is read again when it changes;
   * one that cannot be used leaves the one before in force. Rejects with `package_missing` or `configuration_invalid`.
   */
  static async load(
    path: string,
    report: (problem: TallystickError) => void,
    changed: () => void = () => {},
    load: () => Promise<OpaWasmPackage> = loadPackage,
  ): Promise<OpaWasm> {
    const opa = await load();
    let loaded: OpaWasm | undefined;
    const files = new WatchedFiles([path], () => void loaded?.reload());
    try {
      const [bytes] = await files.read();
      loaded = new OpaWasm(files, opa, await opa.loadPolicy(bytes!), report, changed);
      return loaded;
    } catch (cause) {
      files.close();
      const why = (cause as Error).message;
      throw new TallystickError('configuration_invalid', `policy.wasm: ${path} cannot be used: ${why}`, { cause });
    }
  }

  async reload(): Promise<void> {
    try {
      const [bytes] = await this.#files.read();
      this.#policy = await this.#opa.loadPolicy(bytes!);
      this.#changed();
    } catch (cause) {
      const why = (cause as Error).message;
      this.#report(new TallystickError('configuration_invalid', `the policy cannot be used: ${why}`, { cause }));
    }
  }

  decide(input: PolicyInput): Promise<Opinion> {
    return new Promise((resolve) => resolve(opinionOf(this.#policy.evaluate(input)[0]?.result)));
  }

  close(): void {
    this.#files.close();
  }
}

async function loadPackage(): Promise<OpaWasmPackage> {
  const name: string = '@open-policy-agent/opa-wasm';
  try {
    const found = (await import(name)) as OpaWasmPackage & { readonly default?: OpaWasmPackage };
    return found.default ?? found;
  } catch (cause) {
    const install = 'policies in this process take a package: npm install @open-policy-agent/opa-wasm';
    throw new TallystickError('package_missing', install, { cause });
  }
}
