/** `@tallystick/ai`: fraud scored in the way of payments, datasets that resume exactly, and models that are served. */

export { type ChatOptions, chat } from './commands/chat.ts';
export { demoAi } from './commands/demo.ts';
export { type ServedModels, type ServeModelsOptions, serveModels } from './commands/serve-models.ts';
export type { AudioSpec } from './data/audio.ts';
export type { Detected, DetectionSpec } from './data/detection.ts';
export { type FeaturesSpec, type Split, type Statistics, statisticsOf } from './data/features.ts';
export type { BadRecord } from './data/filled.ts';
export type { Box } from './data/letterbox.ts';
export { type Batch, Loader, type LoadOptions, load } from './data/loader.ts';
export { type LoaderState, readState, saveState } from './data/loader-state.ts';
export { Mel, type MelOptions } from './data/mel.ts';
export { type NpyArray, type NpySpec, readNpy, readNpz } from './data/npy.ts';
export { type ModuleSpec, openSource, type SourceSpec } from './data/open-source.ts';
export type { ParquetSpec } from './data/parquet.ts';
export { ReaderPool } from './data/reader-pool.ts';
export { resample } from './data/resample.ts';
export type { SeriesSpec } from './data/series.ts';
export type { Sample, Source } from './data/source.ts';
export type { TextSpec } from './data/text.ts';
export { mono, readWav, type Wav } from './data/wav.ts';
export { AccountState } from './fraud/account-state.ts';
export { ModelState } from './fraud/control.ts';
export { Action, type Decision, decodeDecision, Why } from './fraud/decision.ts';
export { FEATURES } from './fraud/features.ts';
export { type ManifestOptions, makeManifest } from './fraud/make-manifest.ts';
export {
  type CheckedModel,
  checkModel,
  FolderModels,
  type Manifest,
  MemoryModels,
  type ModelStore,
} from './fraud/model-store.ts';
export { type OpenScoredOptions, openScored, type ScoredLedger } from './fraud/open-scored.ts';
export type { FailMode, LedgerPolicy } from './fraud/policy.ts';
export type { Rows } from './fraud/rows.ts';
export { DENIED, Scorer, type ScorerOptions } from './fraud/scorer.ts';
export type { ScoreCounts, ShadowCounts } from './fraud/watch.ts';
export { INSPECTED, type Inspected } from './inspect/guess.ts';
export { type InspectDatasetOptions, inspectDataset } from './inspect/inspect-dataset.ts';
export { Answer, type AskOptions, type Finish } from './language/answer.ts';
export { Engine, type EngineOptions, type EngineWatch } from './language/engine.ts';
export { type LanguageModel, openModel } from './language/model.ts';
export { Pipeline, type PipelineOptions } from './language/pipeline.ts';
export type { Chosen, SamplerOptions } from './language/sampler.ts';
export { fetchModel, modelPath, TINY_MODEL } from './language/shipped.ts';
export { TextStream } from './language/text-stream.ts';
export { type Message, TextCodec } from './language/tokenizer.ts';
export { AiServer, type AiServerOptions } from './serving/ai-server.ts';
export { type Caller, type Identify, type Quota, Quotas, type QuotaTable } from './serving/callers.ts';
export { KserveApi } from './serving/kserve.ts';
export { KserveGrpc, type KserveGrpcOptions } from './serving/kserve-grpc.ts';
export { ServingMetrics } from './serving/metrics.ts';
export { type HubOptions, type HubWatch, ModelHub } from './tensors/hub.ts';
export { type ModelEntry, ModelRepository, type VersionState } from './tensors/repository.ts';
export { averagePrecision } from './trees/average-precision.ts';
export { readLightgbm, writeLightgbm } from './trees/lightgbm.ts';
export { readOnnx } from './trees/onnx.ts';
export { readModel } from './trees/read-model.ts';
export { type TrainOptions, trainTrees } from './trees/train.ts';
export { marginUnits, probability, TreeModel } from './trees/tree-model.ts';
export { readXgboost } from './trees/xgboost.ts';
