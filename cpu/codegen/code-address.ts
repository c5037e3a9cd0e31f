// Where code of a format is predecoded: the entry of an address in a page, and the address of an entry. An entry stands for a
// unit of code, or for a slot of it: a unit of several slots has four entries, of which those behind its slots are skipped.

import { PAGE_BYTES } from "../../mmu/address.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { ENTRY, STATE } from "./layout.ts"

/** log2 of the entries of a unit that has slots. */
const SLOTS_LOG2 = 2
const ENTRY_LOG2 = Math.log2(ENTRY.size)

/** log2 of bytes of entries per byte of code. */
export const entryShift = ({ unit, slots }: CodeFormat): number =>
  ENTRY_LOG2 + (slots ? SLOTS_LOG2 : 0) - Math.log2(unit)

/** Bytes from the entries of a page to the entry of the instruction at an offset in it. */
export function entryOffset(format: CodeFormat, offset: number): number {
  const { unit, slots } = format
  if (!slots) return offset << entryShift(format)
  return ((offset & -unit) << entryShift(format)) + (offset & (unit - 1)) * ENTRY.size
}

/** The offset in its page of the instruction of an entry, which is so many bytes behind the page's first. */
export function codeOffset(format: CodeFormat, bytes: number): number {
  const { unit, slots } = format
  if (!slots) return bytes >> entryShift(format)
  return ((bytes >> entryShift(format)) & -unit) + ((bytes / ENTRY.size) & ((1 << SLOTS_LOG2) - 1))
}

/** Bytes from an address to the next one that an instruction may have. */
export const granuleOf = ({ unit, slots }: CodeFormat): number => (slots ? 1 : unit)

/** Pushes log2 of bytes of entries per byte of code in the instruction set in force. */
export function pushEntryShift(code: Code, { formats, engine }: Architecture): void {
  const [first, second] = formats
  if (!second) code.i32(entryShift(first!))
  else {
    code.i32(entryShift(second)).i32(entryShift(first!))
    code
      .i32(0)
      .memory(MEMORY.i32.load, STATE + engine.ISA.offset)
      .select()
  }
}

/** Turns the offset in a page, on the stack, into bytes from the page's entries. `pushShift` pushes the entry shift. */
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
