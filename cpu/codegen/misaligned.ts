// Misaligned accesses of 2 and 4 bytes in memory whose words stand in host order: functions that put them together.

import type { Access } from "../ir/index.ts"
import { op } from "../ir/ops.ts"
import { Code, MEMORY, type Module, OP } from "../wasm/index.ts"

/** Kinds of access that have a function, in the order of their functions. */
const KINDS = [
  { bytes: 2, kind: "read" },
  { bytes: 4, kind: "read" },
  { bytes: 2, kind: "write" },
  { bytes: 4, kind: "write" },
] as const

/** Number of the functions. */
export const MISALIGNED_ACCESSES = KINDS.length

/** Whether an access can be put together: all of its bytes must lie in a page that the TLB holds. */
export const hasPieces = ({ bytes }: Access): boolean => bytes === 2 || bytes === 4

/** Adds the functions: (host address) → value without sign, or (host address, value). */
export function addMisalignedAccesses(module: Module): void {
  for (const { bytes, kind } of KINDS) {
    if (kind === "read") module.addFunction({ params: ["i32"], result: "i32" }, [], loadCode(bytes))
    else module.addFunction({ params: ["i32", "i32"] }, [], storeCode(bytes))
  }
}

/** Calls the function for an access, whose operands are on the stack; `first` is the index of the first function. */
export function callMisaligned(code: Code, first: number, { bytes, signed }: Access, kind: "read" | "write"): void {
  code.call(first + KINDS.findIndex((one) => one.bytes === bytes && one.kind === kind))
  if (kind === "read" && bytes === 2 && signed) code.raw(op("i32.extend16S").code)
}

/** Address of byte `n` of the access: a byte of a word has its place from the other end. */
function pushByteAddress(code: Code, n: number): void {
  code.get(0)
  if (n > 0) code.i32(n).u8(OP.i32Add)
  code.i32(3).u8(OP.i32Xor)
}

function loadCode(bytes: 2 | 4): Code {
  const code = new Code()
  for (let n = 0; n < bytes; n++) {
    pushByteAddress(code, n)
    code.memory(MEMORY.i32.load8U, 0)
    const shift = 8 * (bytes - 1 - n)
    if (shift > 0) code.i32(shift).u8(OP.i32Shl)
    if (n > 0) code.u8(OP.i32Or)
  }
  return code
}

function storeCode(bytes: 2 | 4): Code {
  const code = new Code()
  for (let n = 0; n < bytes; n++) {
    pushByteAddress(code, n)
    code.get(1)
    const shift = 8 * (bytes - 1 - n)
    if (shift > 0) code.i32(shift).u8(OP.i32ShrU)
    code.memory(MEMORY.i32.store8, 0)
  }
  return code
}
