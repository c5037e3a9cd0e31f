// Fills predecoded entries: handler, guard, word and operand of an instruction. The head of a context block is an instruction
// that sets the decode context of those behind it; they are decoded together with their head.

import { entryOffset } from "../codegen/code-address.ts"
import { CODE, CONTEXT_CONTINUES, ENTRY, SPECIAL } from "../codegen/layout.ts"
import { type CodeFormat, type Decoded, derivedValue, type Fetched, guardOf } from "../isa/index.ts"
import { guardKey, type HandlerIndex } from "./generate.ts"
import type { RegionEntries } from "./region-entries.ts"

/** Whether words of the format are longer than 32 bits; an entry then has no room for a decode context. */
export const isLong = ({ wordBits = 32 }: CodeFormat): boolean => wordBits > 32

/** Fills entries in a linear memory. */
export class Predecoder {
  readonly #index: HandlerIndex
  readonly #half: Uint16Array
  readonly #word: Int32Array
  readonly #long: BigInt64Array
  readonly #regions: RegionEntries
  readonly #pageOf: (entry: number) => number
  /** Number of instructions decoded so far. */
  decoded = 0

  /** `pageOf` gives the address of the first entry in the page of an entry. */
  constructor(index: HandlerIndex, buffer: ArrayBuffer, regions: RegionEntries, pageOf: (entry: number) => number) {
    this.#index = index
    this.#half = new Uint16Array(buffer)
    this.#word = new Int32Array(buffer)
    this.#long = new BigInt64Array(buffer)
    this.#regions = regions
    this.#pageOf = pageOf
  }

  /** Sets the handler of the entry at `pointer` to a special one. */
  special(pointer: number, handler: number): void {
    this.#half[(pointer + ENTRY.handler) >> 1] = handler
  }

  /**
   * Decodes an instruction in a context (0 for none) and fills its entry. A head in a page also fills the entries of its
   * context block; scratch entries are filled one by one. `read` gives the unit of code at a byte offset.
   */
  fill(pointer: number, format: CodeFormat, read: (offset: number) => number, context: number, slot = 0): Fetched {
    const fetched = format.decode(read, context, slot)
    const { decoded, length } = fetched
    this.decoded++
    const variant = decoded && this.#variantOf(decoded)
    const handler = variant?.handler ?? this.#index.undefined.get(format.name)!
    this.#setWord(pointer, format, decoded)
    if (!isLong(format)) {
      const continues = context !== 0 && fetched.context !== 0 ? CONTEXT_CONTINUES : 0
      this.#word[(pointer + ENTRY.context) >> 2] = context | continues
    }
    this.#word[(pointer + ENTRY.computed) >> 2] =
      variant?.computed === undefined ? 0 : derivedValue(decoded!, variant.computed)
    const guard = this.#guard(format, fetched, context)
    if (context === 0 && fetched.context !== 0) {
      this.#half[(pointer + ENTRY.guarded) >> 1] = length / format.unit
      if (pointer >= CODE) this.#fillContextBlock(pointer, format, read, fetched)
      this.special(pointer, SPECIAL.beginContext)
    } else if (guard === undefined) {
      this.special(pointer, handler)
    } else {
      this.#half[(pointer + ENTRY.guarded) >> 1] = handler
      this.special(pointer, guard)
    }
    return fetched
  }

  #setWord(pointer: number, format: CodeFormat, decoded: Decoded | undefined): void {
    if (!isLong(format)) {
      this.#word[(pointer + ENTRY.word) >> 2] = decoded ? decoded.word | 0 : 0
      return
    }
    this.#long[(pointer + ENTRY.word) >> 3] = BigInt(decoded?.word ?? 0)
    if (decoded?.instruction.pattern.fields.some((f) => f.extension)) {
      this.#long[(pointer + ENTRY.size + ENTRY.word) >> 3] = BigInt(decoded.extension)
      this.special(pointer + ENTRY.size, SPECIAL.skip)
    }
  }

  // An entry in a context always has a guard. The guard checks that execution came from the entry before it.
  #guard(format: CodeFormat, { decoded, length, guard }: Fetched, context: number): number | undefined {
    const { vocabulary } = format.sets[0]!
    const field = vocabulary.guard && vocabulary.context[vocabulary.guard.field]
    const ofContext = context !== 0 && field ? field.value(context) : undefined
    const imposed = ofContext !== undefined && decoded?.instruction.unguarded ? vocabulary.guard!.always : ofContext
    const own = decoded === undefined ? guard : decoded.instruction.inlineGuard ? undefined : guardOf(decoded)
    const condition = imposed ?? own
    if (condition === undefined) return undefined
    const { guards } = this.#index
    const size = format.slots ? 1 : length
    return guards.get(guardKey(format, size, condition)) ?? guards.get(guardKey(format, size, 0))
  }

  // Fills the entries of the block behind its head, and drops heads of blocks that it overlaps.
  #fillContextBlock(pointer: number, format: CodeFormat, read: (offset: number) => number, first: Fetched): void {
    let at = first.length
    for (let context = first.context; context !== 0; ) {
      const start = at
      const entry = pointer + entryOffset(format, at)
      const before = this.contextOf(entry)
      const fetched = this.fill(entry, format, (offset) => read(start + offset), context)
      if (before !== 0 && before !== this.contextOf(entry)) this.forgetHeads(entry, pointer, format)
      at += fetched.length
      context = fetched.context
    }
  }

  /** Decode context of an entry, including the bit `CONTEXT_CONTINUES`. */
  contextOf(entry: number): number {
    return this.#word[(entry + ENTRY.context) >> 2]!
  }

  /**
   * Drops the decoded heads before an entry, except the one at `but`, since an entry can have only one context. Context
   * blocks overlap if code is entered at different units, and a branch may lead into the middle of a block.
   */
  forgetHeads(entry: number, but: number, format: CodeFormat): void {
    const first = Math.max(entry - entryOffset(format, format.reach), this.#pageOf(entry))
    for (let at = first; at < entry; at += ENTRY.size) {
      if (at === but) continue
      const handler = this.#half[(at + ENTRY.handler) >> 1]
      if (handler === SPECIAL.beginContext) this.special(at, SPECIAL.undecoded)
      // Where a region begins, the head's handler is in the region entry. The region itself remains valid.
      else this.#regions.forgetHandlers(at, SPECIAL.beginContext)
    }
  }

  #variantOf(decoded: Decoded): { handler: number; computed: string | undefined } {
    let tree = this.#index.variants.get(decoded.instruction)!
    while ("modifier" in tree) tree = tree.children[derivedValue(decoded, tree.modifier)]!
    return tree
  }
}
