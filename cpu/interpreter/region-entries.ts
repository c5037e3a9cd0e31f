// Where regions begin: an entry of predecoded code leads to a chain of them, each for other register values.

import { ENTRY, REGION_ENTRIES, REGION_ENTRY, SPECIAL } from "../codegen/layout.ts"

/** The region entries in linear memory; regions are named by the places of their functions in the table. */
export class RegionEntries {
  readonly #half: Uint16Array

  constructor(buffer: ArrayBuffer) {
    this.#half = new Uint16Array(buffer)
  }

  /** Makes execution that comes to the entry go on in a region, by the place of its function in the table. */
  add(entry: number, region: number): void {
    const record = REGION_ENTRIES + region * REGION_ENTRY.size
    const first = this.at(entry)
    const handler = first === 0 ? this.#half[(entry + ENTRY.handler) >> 1]! : this.instructionHandler(first)
    this.#half[(record + REGION_ENTRY.handler) >> 1] = handler
    this.#half[(record + REGION_ENTRY.next) >> 1] = first
    this.#half[(entry + ENTRY.region) >> 1] = region
    this.#half[(entry + ENTRY.handler) >> 1] = SPECIAL.region
  }

  /** Undoes `begin`, if that region still begins at the entry. */
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

  /** Place in the table of the first region that begins at an entry; 0 if none does. */
  at(entry: number): number {
    if (this.#half[(entry + ENTRY.handler) >> 1] !== SPECIAL.region) return 0
    return this.#half[(entry + ENTRY.region) >> 1]!
  }

  /** The next region that begins at the same entry; 0 if there is none. */
  next(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.next) >> 1]!
  }

  /** The handler of the instruction at the entry of a region. */
  instructionHandler(region: number): number {
    return this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1]!
  }

  /** Forgets that regions begin at an entry. */
  clear(entry: number): void {
    this.#half[(entry + ENTRY.region) >> 1] = 0
  }

  /** Lets the interpreter decode the instruction at an entry anew where it takes the place of these regions. */
  forgetHandlers(entry: number, handler: number): void {
    for (let region = this.at(entry); region !== 0; region = this.next(region)) {
      if (this.instructionHandler(region) !== handler) continue
      this.#half[(REGION_ENTRIES + region * REGION_ENTRY.size + REGION_ENTRY.handler) >> 1] = SPECIAL.undecoded
    }
  }
}
