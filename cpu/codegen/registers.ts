// Addresses of registers in linear memory, and code that reads them from there.

import { byteWidth, type RegisterFile } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"
import { MAILBOX, STATE } from "./layout.ts"

/** Address in linear memory of a register. */
export const registerAddress = (file: RegisterFile, index: number): number =>
  STATE + file.offset + index * byteWidth(file.type)

/** Pushes the value of a register, from memory. */
export function pushRegister(code: Code, file: RegisterFile, index: number): void {
  code.base().memory(MEMORY[file.type].load, registerAddress(file, index))
}

/** Converts the register number on the stack to a byte offset from `fileAddress`. */
export function scaleIndex(code: Code, file: RegisterFile): void {
  code.i32(Math.log2(byteWidth(file.type))).u8(OP.i32Shl)
}

/** Address in linear memory of a file's first register. */
export const fileAddress = (file: RegisterFile): number => STATE + file.offset

/** Pushes the address of the TLB block that accesses probe in the current regime. */
export function pushBlock(code: Code, arch: Architecture): void {
  pushBlockOf(code, arch, MAILBOX.blocks)
}

/** Pushes the address of the TLB block that unprivileged accesses probe in the current regime. */
export function pushUnprivilegedBlock(code: Code, arch: Architecture): void {
  pushBlockOf(code, arch, MAILBOX.unprivilegedBlocks)
}

function pushBlockOf(code: Code, { engine }: Architecture, blocks: number): void {
  pushRegister(code, engine.REGIME, 0)
  code.i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, blocks)
}
