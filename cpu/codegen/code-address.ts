// Maps code addresses to predecoded entries and back. A unit of code has one entry. A unit with slots has four: one for each
// slot, and the rest are skipped, so that the entry of a slot is found by a shift.

import { PAGE_BYTES } from "../../mmu/address.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { ENTRY, STATE } from "./layout.ts"

/** log2 of the number of entries of a unit with slots. */
const SLOTS_LOG2 = 2
const ENTRY_LOG2 = Math.log2(ENTRY.size)

/** The entry shift of a format: log2 of the bytes of entries for each byte of code. */
export const entryShift = ({ unit, slots }: CodeFormat): number =>
  ENTRY_LOG2 + (slots ? SLOTS_LOG2 : 0) - Math.log2(unit)

/** Byte offset of an instruction's entry in its predecoded page, from the instruction's offset in the page. */
export function entryOffset(format: CodeFormat, offset: number): number {
  const { unit, slots } = format
  if (!slots) return offset << entryShift(format)
  return ((offset & -unit) << entryShift(format)) + (offset & (unit - 1)) * ENTRY.size
}

/** Offset of an instruction in its page, from the byte offset of its entry: the inverse of `entryOffset`. */
export function codeOffset(format: CodeFormat, bytes: number): number {
  const { unit, slots } = format
  if (!slots) return bytes >> entryShift(format)
  return ((bytes >> entryShift(format)) & -unit) + ((bytes / ENTRY.size) & ((1 << SLOTS_LOG2) - 1))
}

/** Distance in bytes between addresses at which an instruction may begin. */
export const granuleOf = ({ unit, slots }: CodeFormat): number => (slots ? 1 : unit)

/** Pushes the entry shift of the current instruction set (the ISA register). */
export function pushEntryShift(code: Code, { formats, engine }: Architecture): void {
  const [first, second] = formats
  if (!second) code.i32(entryShift(first!))
  else {
    code.i32(entryShift(second)).i32(entryShift(first!))
    code
      .base()
      .memory(MEMORY.i32.load, STATE + engine.ISA.offset)
      .select()
  }
}

/**
 * Converts the offset in a page on the stack as `entryOffset` does. `offset` is a scratch local (i32), `pushShift` pushes
 * the entry shift.
 */
export function emitEntryOffset(code: Code, format: CodeFormat, offset: number, pushShift: () => void): void {
  const { unit, slots } = format
  if (!slots) {
    pushShift()
    code.u8(OP.i32Shl)
    return
  }
  code
    .tee(offset)
    .i32(PAGE_BYTES - unit)
    .u8(OP.i32And)
    .i32(entryShift(format))
    .u8(OP.i32Shl)
  code
    .get(offset)
    .i32(unit - 1)
    .u8(OP.i32And)
    .i32(ENTRY_LOG2)
    .u8(OP.i32Shl)
    .u8(OP.i32Add)
}
