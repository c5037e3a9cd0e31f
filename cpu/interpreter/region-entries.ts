// Region entries: an entry of predecoded code at which regions begin has a chain of variants, each for other register values.

import { ENTRY, REGION_ENTRIES, REGION_ENTRY, SPECIAL } from "../codegen/layout.ts"

/** The region entries in linear memory. A region is identified by its index in the interpreter's table. */
export class RegionEntries {
  readonly #half: Uint16Array

  constructor(buffer: ArrayBuffer) {
    this.#half = new Uint16Array(buffer)
  }

  /** Puts a region first in the chain of an entry, so that the interpreter calls it there. */
  add(entry: number, region: number): void {
    const record = REGION_ENTRIES + region * REGION_ENTRY.size
    const first = this.at(entry)
    const handler = first === 0 ? this.#half[(entry + ENTRY.handler) >> 1]! : this.instructionHandler(first)
    this.#half[(record + REGION_ENTRY.handler) >> 1] = handler
    this.#half[(record + REGION_ENTRY.next) >> 1] = first
    this.#half[(entry + ENTRY.region) >> 1] = region
    this.#half[(entry + ENTRY.handler) >> 1] = SPECIAL.region
  }

  /** Removes a region from the chain of an entry, if it is there; the last one restores the instruction's handler. */
  remove(entry: number, region: number): void {
    const next = this.next(region)
    for (let at = this.at(entry), before = 0; at !== 0; before = at, at = this.next(at)) {
      if (at !== region) continue
      if (before !== 0) this.#half[(REGION_ENTRIES + before * REGION_ENTRY.size + REGION_ENTRY.next) >> 1] = next
      else this.#half[(entry + ENTRY.region) >> 1] = next
      if (before === 0 && next === 0) this.#half[(entry + ENTRY.handler) >> 1] = this.instructionHandler(region)
      return
    }
  }

  /** The first region of an entry's chain; 0 if no region begins there. */
  at(entry: number): number {
    if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.region) return 0
    return this.#half[(entry + ENTRY.region) >> 1]!
  }

  /** The next variant in the chain; 0 if there is none. */
  next(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.next) >> 1]!
  }

  /** The handler of the instruction at the entry of a region. */
  instructionHandler(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1]!
  }

  /** Drops the chain of an entry, whose handler the caller replaces. */
  clear(entry: number): void {
    this.#half[(entry + ENTRY.region) >> 1] = 0
  }

  /** Makes the interpreter decode the instruction behind a chain anew, if that has the given handler. */
  forgetHandlers(entry: number, handler: number): void {
    for (let region = this.at(entry); region !== 0; region = this.next(region)) {
      if (this.instructionHandler(region) !== handler) continue
      this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1] = SPECIAL.undecoded
    }
  }
}
