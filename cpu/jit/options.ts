// Options and counters of the JIT, and the context that its parts share.

import type { Interpreter } from "../interpreter/interpreter.ts"
import type { Architecture } from "../isa/index.ts"
import type { TranslatedRegion } from "./installed-region.ts"
import type { Profiler } from "./profile.ts"
import type { RegionIndex } from "./region-index.ts"
import type { Tuning } from "./tuning.ts"
import type { Variants } from "./variant.ts"

/** Options of a JIT; all are optional. */
export type JitOptions = {
  /** Parameters that override those of `TUNING`. */
  readonly tuning?: Partial<Tuning>
  /** A monotonic clock in milliseconds, to measure translation; without it `translationMs` stays 0. */
  readonly now?: () => number
  /** Names of passes that do not run. */
  readonly without?: readonly string[]
  /** Runs the thorough passes on new regions too, not only on grown ones. */
  readonly thorough?: boolean
  /** Makes regions count entries, instructions and exits for `Jit.profiles`; this slows them down. */
  readonly count?: boolean
  /** Called with each region that is translated. */
  readonly onRegion?: (region: TranslatedRegion) => void
}

/** Counters of the JIT since its start. */
export type JitStats = {
  /** Regions installed. */
  regions: number
  /** Modules compiled. */
  modules: number
  /** Regions rebuilt to become larger. */
  grown: number
  /** Merges of the sparser half of the modules. */
  merges: number
  /** Guest instructions translated. */
  instructions: number
  /** Bytes of WebAssembly modules compiled. */
  wasmBytes: number
  /** Regions invalidated. */
  invalidated: number
  /** Reports of hot instructions at which no region can begin. */
  refused: number
  /** Milliseconds spent on discovery, translation, compilation and installation. */
  translationMs: number
}

/** Shared by the parts of one JIT. */
export type JitContext = {
  readonly arch: Architecture
  readonly memory: WebAssembly.Memory
  readonly interpreter: Interpreter
  readonly regions: RegionIndex
  readonly tuning: Tuning
  readonly stats: JitStats
  readonly variants: Variants
  /** Undefined unless regions count. */
  readonly profiler: Profiler | undefined
}
