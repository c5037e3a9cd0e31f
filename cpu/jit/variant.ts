// Code variants: the values of the registers that the meaning of code depends on (`CodeFormat.variesBy`). A region is
// specialised for one variant and treats those registers as constants.

import { STATE } from "../codegen/layout.ts"
import { type RegisterFile, StateView, type Value } from "../ir/index.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"

/** One set of values of the registers that a code format varies by. */
export type Variant = {
  /** Equal for equal values; 0 for formats that vary by no register. */
  readonly id: number
  readonly values: ReadonlyMap<RegisterFile, readonly Value[]>
}

/** The variant of formats that vary by no register. */
export const NO_VARIANT: Variant = { id: 0, values: new Map() }

// Variants that exist at a time. One more invalidates all regions, so that a guest cannot make the map grow without bound.
const MAX_VARIANTS = 4096

/** Interns the variants of one CPU. */
export class Variants {
  readonly #state: StateView
  readonly #known = new Map<string, Variant>()
  readonly #onOverflow: () => void

  /** `onOverflow` is called before numbering starts at 1 again; it must invalidate all regions. */
  constructor(arch: Architecture, memory: WebAssembly.Memory, onOverflow: () => void) {
    this.#state = new StateView(arch.state, memory.buffer, STATE)
    this.#onOverflow = onOverflow
  }

  /** The variant that the registers in memory select now. */
  current({ variesBy }: CodeFormat): Variant {
    if (!variesBy) return NO_VARIANT
    const values = variesBy.map((file) => Array.from({ length: file.count }, (_, n) => this.#state.read(file, n)))
    const key = values.join()
    let variant = this.#known.get(key)
    if (variant) return variant
    if (this.#known.size === MAX_VARIANTS) {
      this.#onOverflow()
      this.#known.clear()
    }
    variant = { id: this.#known.size + 1, values: new Map(variesBy.map((file, n) => [file, values[n]!])) }
    this.#known.set(key, variant)
    return variant
  }
}
