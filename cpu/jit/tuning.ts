// The numbers by which the JIT decides what to translate, how far, and when. Each states its unit and its reason.

/** When code is hot, how large regions become, and how modules are filled. */
export type Tuning = {
  /**
   * Arrivals of branches at an instruction after which it is hot. Translating a region, V8's optimising compiler included,
   * costs about as much as interpreting so many rounds of it.
   */
  readonly hotAfter: number
  /** Arrivals, as a share of `hotAfter`, after which an entry becomes a seed along with a hot one; fewer may be chance. */
  readonly warmShare: number
  /** Regions compiled together: a module costs V8 as much as many functions. */
  readonly regionsPerModule: number
  /** Modules in use beyond which the sparser half is merged: Node aborts without a message at some 32,000. */
  readonly maxModules: number
  /** Regions of a merged module: more than in a new one, so that merging leaves fewer modules. */
  readonly regionsPerMergedModule: number
  /** Instructions of a new region: V8 compiles much larger functions badly. */
  readonly maxInstructions: number
  /** Instructions of a region that has grown: what stays hot is worth a longer compilation. */
  readonly maxGrownInstructions: number
  /** Instructions of a region that its callers translate again as their own: a call would cost more than the copy. */
  readonly maxInlinedInstructions: number
  /** Instructions of a region that absorbs hot code: rebuilding a larger one costs more than it gains. */
  readonly maxAbsorbingInstructions: number
  /** Instructions examined to find whether a warm entry leads back to a region: a case of a switch is short. */
  readonly maxCaseInstructions: number
  /** Seeds of a region: every new one costs a translation of the whole. */
  readonly maxSeeds: number
  /** Times that a region is rebuilt to become larger: each costs a translation. */
  readonly maxGrowths: number
  /** Region-to-region exits per sample: rare enough to cost nothing, and prime, since loops are periodic. */
  readonly exitsPerSample: number
  /** Samples after which the successors of a region become part of it, whatever its size: one may be enough. */
  readonly samplesToGrow: number
  /** Further samples needed per instruction of the grown region: a large one must promise more. */
  readonly samplesPerInstruction: number
  /**
   * Slices within which an entry in the middle of a region must become hot to become a seed. The interpreter crosses
   * regions at the end of every slice; those arrivals add up slowly and mean nothing.
   */
  readonly recentSlices: number
}

/** What measurement has shown to be best. */
export const TUNING: Tuning = {
  hotAfter: 10_000,
  warmShare: 1 / 16,
  regionsPerModule: 16,
  maxModules: 1024,
  regionsPerMergedModule: 64,
  maxInstructions: 192,
  maxGrownInstructions: 384,
  maxInlinedInstructions: 24,
  maxAbsorbingInstructions: 64,
  maxCaseInstructions: 32,
  maxSeeds: 24,
  maxGrowths: 6,
  exitsPerSample: 65_537,
  samplesToGrow: 1,
  samplesPerInstruction: 1 / 48,
  recentSlices: 500,
}
