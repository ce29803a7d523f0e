export { type Figure, type Figures, serveFigures } from './figures.ts';
export { Heartbeat, type Stuck, type WatchedThread } from './heartbeat.ts';
export {
  createLogger,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type Logger,
  type LogLevel,
  type LogOptions,
} from './log.ts';
export { type Metric, type MetricKey, metrics } from './metrics.ts';
export { createRegistry } from './registry.ts';
export { Answers, MetricsServer, type MetricsServerOptions, PATHS } from './server.ts';
export {
  type Backend,
  type Lanes,
  type Opened,
  type ServiceFigures,
  type Settlement,
  Sources,
  type Standing,
  type State,
} from './sources.ts';
export { startTracing, type Tracing, type TracingOptions } from './tracing.ts';
