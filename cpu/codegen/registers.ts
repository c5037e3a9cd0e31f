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

/** Pushes the address of the TLB block that the regime probes. */
export function pushBlock(code: Code, arch: Architecture): void {
  pushBlockOf(code, arch, MAILBOX.blocks)
}

/** Pushes the address of the TLB block that unprivileged accesses probe. */
export function pushUnprivilegedBlock(code: Code, arch: Architecture): void {
  pushBlockOf(code, arch, MAILBOX.unprivilegedBlocks)
}

function pushBlockOf(code: Code, { engine }: Architecture, blocks: number): void {
  pushRegister(code, engine.REGIME, 0)
  code.i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, blocks)
}
