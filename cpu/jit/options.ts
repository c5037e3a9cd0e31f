// What the JIT can be asked to do, what it counts, and what its parts share.

import type { Interpreter } from "../interpreter/interpreter.ts"
import type { Architecture } from "../isa/index.ts"
import type { TranslatedRegion } from "./installed-region.ts"
import type { Profiler } from "./profile.ts"
import type { RegionIndex } from "./region-index.ts"
import type { Tuning } from "./tuning.ts"

/** How the JIT translates, and who watches it. */
export type JitOptions = {
  /** Numbers that replace those of `TUNING`. */
  readonly tuning?: Partial<Tuning>
  /** Milliseconds of a steady clock, to measure the time that translation takes; not measured if not given. */
  readonly now?: () => number
  /** Names of passes to leave out. */
  readonly without?: readonly string[]
  /** Runs the thorough passes on every region, not only on those that have grown. */
  readonly thorough?: boolean
  /** Makes translated code count what it does, for `profiles`; this slows it down. */
  readonly count?: boolean
  /** Called with each region that is translated. */
  readonly onRegion?: (region: TranslatedRegion) => void
}

/** Counters of the JIT. */
export type JitStats = {
  /** Regions installed. */
  regions: number
  /** Modules compiled. */
  modules: number
  /** Regions rebuilt to become larger. */
  grown: number
  /** Times that the sparser half of the modules was merged. */
  merges: number
  /** Guest instructions translated. */
  instructions: number
  wasmBytes: number
  dropped: number
  /** Hot instructions at which no region can begin. */
  refused: number
  translationMs: number
}

/** What the parts of one JIT share. */
export type JitContext = {
  readonly arch: Architecture
  readonly memory: WebAssembly.Memory
  readonly interpreter: Interpreter
  readonly regions: RegionIndex
  readonly tuning: Tuning
  readonly stats: JitStats
  /** Present if regions count what they do. */
  readonly profiler: Profiler | undefined
}
