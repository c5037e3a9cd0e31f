// Loads and stores of guest memory at a known address in linear memory, in either byte order. RAM of a big-endian guest keeps
// each aligned 32-bit word in host order. So a byte access inverts the two low address bits, a halfword access inverts
// bit 1, a doubleword access exchanges the two words, and a vector access reverses the four.

import type { Access } from "../ir/index.ts"
import { shuffle } from "../ir/vector-ops.ts"
import type { ByteOrder } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** The WebAssembly load or store of an access, for a value of the type that belongs to its size. */
export function memoryOpcode({ bytes, signed }: Access, kind: "read" | "write"): number {
  const { i32, i64, v128 } = MEMORY
  if (kind === "write") return { 1: i32.store8, 2: i32.store16, 4: i32.store, 8: i64.store, 16: v128.store }[bytes]
  const byte = signed ? i32.load8S : i32.load8U
  const halfword = signed ? i32.load16S : i32.load16U
  return { 1: byte, 2: halfword, 4: i32.load, 8: i64.load, 16: v128.load }[bytes]
}

/** Whether one load or store can make a misaligned access: not if each word stands in host order. */
export const mayBeMisaligned = (byteOrder: ByteOrder): boolean => byteOrder === "little"

// What the address of an access is exclusive-ored with, by its size in bytes.
const SWAPS = { 1: 3, 2: 2, 4: 0, 8: 0, 16: 0 } as const

// Adjusts the host address on the stack for the byte order. The exclusive-or needs the low bits of `offset`, so they are
// added first. Returns the rest of the offset, for the immediate of the access.
function emitAccessAddress(code: Code, { bytes }: Access, byteOrder: ByteOrder, offset: number): number {
  const swap = byteOrder === "big" ? SWAPS[bytes] : 0
  if (swap === 0) return offset
  const low = offset & 3
  if (low !== 0) code.i32(low).u8(OP.i32Add)
  code.i32(swap).u8(OP.i32Xor)
  return offset - low
}

const REVERSED_WORDS = shuffle([12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3])

// Reverses the words of a big-endian doubleword or vector.
function emitExchange(code: Code, { bytes }: Access, byteOrder: ByteOrder): void {
  if (byteOrder !== "big") return
  if (bytes === 8) code.i64(32n).u8(OP.i64Rotl)
  // The second vector of the shuffle does not count.
  if (bytes === 16) code.v128(0n).raw(REVERSED_WORDS.code)
}

/** Loads from the host address on the stack, plus `offset` bytes. */
export function emitLoad(code: Code, access: Access, byteOrder: ByteOrder, offset = 0): void {
  const rest = emitAccessAddress(code, access, byteOrder, offset)
  code.memory(memoryOpcode(access, "read"), rest)
  emitExchange(code, access, byteOrder)
}

/** Stores to the host address on the stack, plus `offset` bytes; `pushValue` pushes the value. */
export function emitStore(code: Code, access: Access, byteOrder: ByteOrder, pushValue: () => void, offset = 0): void {
  const rest = emitAccessAddress(code, access, byteOrder, offset)
  pushValue()
  emitExchange(code, access, byteOrder)
  code.memory(memoryOpcode(access, "write"), rest)
}
