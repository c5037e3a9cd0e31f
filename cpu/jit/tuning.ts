// Tuning parameters of the JIT: what it translates, how far, and when. Each states its unit and its reason.

/** Thresholds of hotness, sizes of regions, and sizes of modules. */
export type Tuning = {
  /**
   * Branch arrivals after which an instruction is hot. Translating a region, including V8's optimising compiler, costs
   * about as much as interpreting it that often.
   */
  readonly hotAfter: number
  /** Arrivals, as a share of `hotAfter`, after which an entry is warm: a seed along with a hot one. Fewer may be chance. */
  readonly warmShare: number
  /** Regions per module: to V8 a module costs as much as many functions. */
  readonly regionsPerModule: number
  /** Live modules beyond which the sparser half is merged: Node aborts without a message at some 32,000. */
  readonly maxModules: number
  /** Regions per merged module: more than in a new one, so that merging leaves fewer modules. */
  readonly regionsPerMergedModule: number
  /** Translated instructions at a time: each takes some hundred bytes of the host's memory, in several forms. */
  readonly maxTranslated: number
  /** Instructions of a new region at most: V8 compiles much larger functions badly. */
  readonly maxInstructions: number
  /** Instructions of a grown region at most: what stays hot is worth a longer compilation. */
  readonly maxGrownInstructions: number
  /** Instructions of a region that is inlined in its callers, at most: leaving for it would cost more than the copy. */
  readonly maxInlinedInstructions: number
  /** Instructions of a region that absorbs hot code, at most: rebuilding a larger one costs more than it gains. */
  readonly maxAbsorbingInstructions: number
  /** Instructions examined to find whether a warm entry leads back to a region: a case of a switch is short. */
  readonly maxCaseInstructions: number
  /** Seeds of a region at most: every new one costs a translation of the whole. */
  readonly maxSeeds: number
  /** Growths of a region at most: each costs a translation. */
  readonly maxGrowths: number
  /** Region-to-region exits per sample: rare enough to cost nothing, and prime, since loops are periodic. */
  readonly exitsPerSample: number
  /** Samples after which a region takes in its successors, whatever its size: one may be enough. */
  readonly samplesToGrow: number
  /** Further samples per instruction of the grown region: a large one must promise more. */
  readonly samplesPerInstruction: number
  /**
   * Slices within which an entry inside a region must become hot to become a seed. At the end of every slice the
   * interpreter executes code of regions; those arrivals add up slowly and mean nothing.
   */
  readonly recentSlices: number
}

/** The parameters that measured best. */
export const TUNING: Tuning = {
  hotAfter: 10_000,
  warmShare: 1 / 16,
  regionsPerModule: 16,
  maxModules: 1024,
  regionsPerMergedModule: 64,
  maxTranslated: 1 << 20,
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
