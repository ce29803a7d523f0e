/** Models of one tree, for tests: what they decide can be read off. */

import { FEATURES } from '../src/fraud/features.ts';
import type { Manifest } from '../src/fraud/model-store.ts';
import { writeLightgbm } from '../src/trees/lightgbm.ts';
import { TreeBuilder } from '../src/trees/tree-builder.ts';

export interface SmallModel {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** Margin 0 up to `review`, 2 up to `deny`, 4 above, of one feature. 1 and 3 are the thresholds. */
export function stepModel(feature: string, review: number, deny: number): SmallModel {
  const at = FEATURES.indexOf(feature);
  const node = { feature: at, missingYes: false };
  const builder = new TreeBuilder(FEATURES);
  builder.add([
    { ...node, threshold: review, yes: 1, no: 2 },
    { leaf: 0 },
    { ...node, threshold: deny, yes: 3, no: 4 },
    { leaf: 2 },
    { leaf: 4 },
  ]);
  const golden = [0, review + 0.5, deny + 0.5].map((x, step) => ({
    row: FEATURES.map((_, index) => (index === at ? x : 0)),
    units: step * 2_000_000,
  }));
  const manifest: Manifest = {
    v: 1,
    features: FEATURES,
    reviewFrom: 1_000_000,
    denyFrom: 3_000_000,
    golden,
    scores: { ends: [1_000_000, 3_000_000], shares: [0.9, 0.06, 0.04] },
  };
  return { bytes: new TextEncoder().encode(writeLightgbm(builder.model(0))), manifest };
}
