/** Sends spans to a collector, over OTLP. The SDK is loaded here, when a collector is configured, and nowhere else. */
import { trace } from '@opentelemetry/api';
import { TallystickError } from 'tallystick/internal/model';

export interface TracingOptions {
  /** Where OTLP is spoken over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added when there is no path. */
  readonly endpoint: string;
  /** Share of requests, 0 to 1, of those whose caller has not decided already. */
  readonly sampleRatio: number;
  readonly service: { readonly version: string; readonly node: string };
}

export interface Tracing {
  /** Sends what is left. */
  close(): Promise<void>;
}

/**
 * From here on there are spans. Throws `configuration_invalid` when the SDK's packages were left out of the
 * installation.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await load();
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'tallystick',
      'service.version': options.service.version,
      'service.instance.id': options.service.node,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: tracesUrl(options.endpoint) }) }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  return {
    async close() {
      trace.disable();
      await provider.shutdown();
    },
  };
}

function load() {
  return Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]).catch((cause: unknown) => {
    throw new TallystickError(
      'configuration_invalid',
      'traces.endpoint wants the packages @opentelemetry/sdk-trace, @opentelemetry/resources and ' +
        '@opentelemetry/exporter-trace-otlp-http',
      { cause },
    );
  });
}

export function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}
