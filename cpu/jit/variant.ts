// Variants of code: the values of registers that are part of what code means (`CodeFormat.variesBy`). A region is made for
// one variant, and treats those registers as constants.

import { STATE } from "../codegen/layout.ts"
import { type RegisterFile, StateView, type Value } from "../ir/index.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"

/** Values of the registers that code of a format varies by. */
export type Variant = {
  /** The same for equal values; 0 for formats that vary by nothing. */
  readonly id: number
  readonly values: ReadonlyMap<RegisterFile, readonly Value[]>
}

/** The variant of code that varies by nothing. */
export const NO_VARIANT: Variant = { id: 0, values: new Map() }

/** Variants that are told apart: with more, all regions are dropped. */
const MAX_VARIANTS = 4096

/** Names the variants of the code of one CPU. */
export class Variants {
  readonly #state: StateView
  readonly #known = new Map<string, Variant>()
  readonly #onOverflow: () => void

  /** `onOverflow` is called before variants are numbered from 1 again. */
  constructor(arch: Architecture, memory: WebAssembly.Memory, onOverflow: () => void) {
    this.#state = new StateView(arch.state, memory.buffer, STATE)
    this.#onOverflow = onOverflow
  }

  /** The variant in force, by the registers in memory. */
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
