/** `@tallystick/ai`: fraud scored in the way of payments, and datasets that resume exactly. */
export { AccountState } from './fraud/account-state.ts';
export { ModelState } from './fraud/control.ts';
export { Action, type Decision, decodeDecision, Why } from './fraud/decision.ts';
export { FEATURES } from './fraud/features.ts';
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
export { readLightgbm, writeLightgbm } from './trees/lightgbm.ts';
export { readOnnx } from './trees/onnx.ts';
export { readModel } from './trees/read-model.ts';
export { marginUnits, probability, TreeModel } from './trees/tree-model.ts';
export { readXgboost } from './trees/xgboost.ts';
