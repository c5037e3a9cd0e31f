// Loads and stores of guest memory once their place in linear memory is known, in either byte order. Of a big-endian guest,
// each aligned word of 32 bits stands in host order: a byte is found at its address with the two low bits inverted, a
// halfword with the second one inverted, and a doubleword has its words exchanged.

import type { Access } from "../ir/index.ts"
import type { ByteOrder } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** The opcode that makes the access in linear memory. */
export function memoryOpcode({ bytes, signed }: Access, kind: "read" | "write"): number {
  const { i32, i64 } = MEMORY
  if (kind === "write") return { 1: i32.store8, 2: i32.store16, 4: i32.store, 8: i64.store }[bytes]
  return { 1: signed ? i32.load8S : i32.load8U, 2: signed ? i32.load16S : i32.load16U, 4: i32.load, 8: i64.load }[bytes]
}

/** Whether memory can hold the access at an address that is no multiple of its size: not in parts of two words. */
export const mayBeMisaligned = (byteOrder: ByteOrder): boolean => byteOrder === "little"

// What the address of an access is exchanged with, and the part of an offset that has to be added before.
const SWAPS = { 1: 3, 2: 2, 4: 0, 8: 0 } as const

/**
 * Turns the place on the stack into that of an access so many bytes beyond it. Gives what is left of the offset, for the
 * access itself.
 */
function emitAccessAddress(code: Code, { bytes }: Access, byteOrder: ByteOrder, offset: number): number {
  const swap = byteOrder === "big" ? SWAPS[bytes] : 0
  if (swap === 0) return offset
  const low = offset & 3
  if (low !== 0) code.i32(low).u8(OP.i32Add)
  code.i32(swap).u8(OP.i32Xor)
  return offset - low
}

// The words of a doubleword change places.
function emitExchange(code: Code, { bytes }: Access, byteOrder: ByteOrder): void {
  if (byteOrder === "big" && bytes === 8) code.i64(32n).u8(OP.i64Rotl)
}

/** Loads from the place on the stack and an offset. */
export function emitLoad(code: Code, access: Access, byteOrder: ByteOrder, offset = 0): void {
  const rest = emitAccessAddress(code, access, byteOrder, offset)
  code.memory(memoryOpcode(access, "read"), rest)
  emitExchange(code, access, byteOrder)
}

/** Stores to the place on the stack and an offset; `pushValue` pushes what is stored. */
export function emitStore(code: Code, access: Access, byteOrder: ByteOrder, pushValue: () => void, offset = 0): void {
  const rest = emitAccessAddress(code, access, byteOrder, offset)
  pushValue()
  emitExchange(code, access, byteOrder)
  code.memory(memoryOpcode(access, "write"), rest)
}
