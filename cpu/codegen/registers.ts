// Where registers stand in linear memory, and the code that reads them there.

import { byteWidth, type RegisterFile } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { MAILBOX, STATE } from "./layout.ts"

/** Address in linear memory of a register. */
export const registerAddress = (file: RegisterFile, index: number): number =>
  STATE + file.offset + index * byteWidth(file.type)

/** Pushes a register from its place in memory. */
export function pushRegister(code: Code, file: RegisterFile, index: number): void {
  code.i32(0).memory(MEMORY[file.type].load, registerAddress(file, index))
}

/** Pushes the address of the block that the regime probes. */
export function pushBlock(code: Code, arch: Architecture): void {
  pushRegister(code, arch.engine.REGIME, 0)
  code.i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, MAILBOX.blocks)
}

/** Pushes the address of the block that unprivileged accesses of the regime probe. */
export function pushUserBlock(code: Code, arch: Architecture): void {
  pushRegister(code, arch.engine.REGIME, 0)
  code.i32(unprivilegedMask(arch)).u8(OP.i32And).i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, MAILBOX.blocks)
}

/** The bits of a regime's number that make the number of the regime of its unprivileged accesses. */
function unprivilegedMask({ name, regimes }: Architecture): number {
  const mask = regimes.reduce((bits, { unprivileged }) => bits | unprivileged, 0)
  if (regimes.some(({ unprivileged }, n) => (n & mask) !== unprivileged)) {
    throw new Error(`${name}: the numbers of its unprivileged regimes are no part of the others'`)
  }
  return mask
}
