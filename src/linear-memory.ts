// The linear memory in which engines keep their tables, and behind them guest RAM and ROM, range by range.

import { RAM } from "../cpu/codegen/layout.ts"
import type { ByteOrder } from "../cpu/isa/index.ts"
import type { Instance, Line } from "../devices/kit/index.ts"
import { PAGE_BYTES } from "../mmu/address.ts"
import type { Bus } from "./bus.ts"

/** A range of memory that linear memory holds. */
export type MemoryOptions = {
  readonly name: string
  readonly base: number
  readonly size: number
  readonly writable: boolean
}

/** Flash behind a read-only range: its pages are copied when first used, and again after it has been programmed. */
type Backing = {
  readonly range: MemoryOptions
  instance: Instance | undefined
  direct: boolean
  readonly copied: Set<number>
}

/** Bytes of a WebAssembly page. */
const WASM_PAGE = 65_536

/** Linear memory with the guest's ranges in it, all of them known to the bus. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory
  readonly #bytes: Uint8Array
  /** Mask for the exclusive-or that gives a byte's place: a big-endian guest's words are in host order. */
  readonly #swap: number
  readonly #backings = new Map<string, Backing>()

  constructor(bus: Bus, ranges: readonly MemoryOptions[], byteOrder: ByteOrder) {
    this.#swap = byteOrder === "big" ? 3 : 0
    const starts: number[] = []
    let end = RAM
    for (const { size } of ranges) {
      starts.push(end)
      end += Math.ceil(size / WASM_PAGE) * WASM_PAGE
    }
    const pages = end / WASM_PAGE
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.#bytes = new Uint8Array(this.memory.buffer)
    for (const [n, range] of ranges.entries()) {
      const start = starts[n]!
      bus.addMemory({ ...range, host: range.writable ? (offset) => start + offset : this.#flash(range, start) })
    }
  }

  #flash(range: MemoryOptions, start: number): (offset: number) => number {
    const backing: Backing = { range, instance: undefined, direct: true, copied: new Set() }
    this.#backings.set(range.name, backing)
    return (offset) => {
      if (!backing.direct || !backing.instance) return -1
      if (!backing.copied.has(offset)) {
        const bytes = backing.instance.direct(offset)
        if (!bytes) return -1
        for (let n = 0; n < PAGE_BYTES; n++) this.#bytes[(start + offset + n) ^ this.#swap] = bytes[n]!
        backing.copied.add(offset)
      }
      return start + offset
    }
  }

  #backing(name: string): Backing {
    const backing = this.#backings.get(name)
    if (!backing) throw new Error(`there is no read-only memory ${name}`)
    return backing
  }

  /** Gives a read-only range its contents. */
  back(name: string, instance: Instance): void {
    this.#backing(name).instance = instance
  }

  /** The line that says whether a flash can be read directly; `changed` is called with its range at each change. */
  modeLine(name: string, changed: (range: MemoryOptions) => void): Line {
    const backing = this.#backing(name)
    return {
      set: (direct) => {
        if (backing.direct === direct) return
        backing.direct = direct
        backing.copied.clear()
        changed(backing.range)
      },
    }
  }
}
