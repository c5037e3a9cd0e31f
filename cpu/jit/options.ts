// What the JIT may be told, and what it counts.

import type { TranslatedRegion } from "./installed-region.ts"

/** How eagerly code is translated. */
export type JitOptions = {
  /** Arrivals of branches at an instruction after which the code from there on is translated. */
  readonly hotAfter?: number
  /** Times that regions leave to others for each that it is looked at, so that one takes the other in. */
  readonly sampled?: number
  /** Regions of a batch: a module costs V8 as much as many functions. */
  readonly batch?: number
  /** Modules with regions left beyond which half of them are merged; fewer than V8 has room for. */
  readonly modules?: number
  /** Milliseconds of a steady clock, for the time that translation takes; not measured if not given. */
  readonly now?: () => number
  /** Names of passes that regions do not go through. */
  readonly without?: readonly string[]
  /** Takes every region through the thorough passes, not only those that have grown. */
  readonly thorough?: boolean
  /** Lets translated code count what it does, for `profiles`; that takes some of its time. */
  readonly count?: boolean
  /** Is told of each region that is translated. */
  readonly onRegion?: (told: TranslatedRegion) => void
}

/** Counters of the JIT. */
export type JitStats = {
  regions: number
  modules: number
  /** Regions that were made anew, to become larger. */
  grown: number
  /** Times that half of the modules were merged. */
  merges: number
  instructions: number
  wasmBytes: number
  dropped: number
  refused: number
  translationMs: number
}
