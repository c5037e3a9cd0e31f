// Arithmetic on guest addresses in generated code, for addresses of 32 and of 64 bits.

import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** WebAssembly type of guest virtual addresses. */
export type AddressType = "i32" | "i64"

const OPS = {
  i32: { add: OP.i32Add, sub: OP.i32Sub, and: OP.i32And, eq: OP.i32Eq, ltU: OP.i32LtU },
  i64: { add: OP.i64Add, sub: OP.i64Sub, and: OP.i64And, eq: OP.i64Eq, ltU: OP.i64LtU },
} as const

/** Applies an operation to the two addresses on the stack. */
export function addressOp(code: Code, type: AddressType, name: keyof typeof OPS.i32): void {
  code.u8(OPS[type][name])
}

/** Pushes a constant, sign-extended to an address. */
export function pushAddress(code: Code, type: AddressType, value: number): void {
  if (type === "i64") code.i64(BigInt(value))
  else code.i32(value)
}

/** Adds a constant to the address on the stack. */
export function addToAddress(code: Code, type: AddressType, value: number): void {
  pushAddress(code, type, value)
  addressOp(code, type, "add")
}

/** Zero-extends an offset on the stack (i32) to an address. */
export function extendToAddress(code: Code, type: AddressType): void {
  if (type === "i64") code.u8(OP.i64ExtendU)
}

/** Sign-extends an offset on the stack (i32) to an address. */
export function extendOffset(code: Code, type: AddressType): void {
  if (type === "i64") code.u8(OP.i64ExtendS)
}

/** Keeps the low 32 bits of the address on the stack. */
export function wrapAddress(code: Code, type: AddressType): void {
  if (type === "i64") code.u8(OP.i32Wrap)
}

/** Pushes the guest address stored at `at` in linear memory. */
export function loadAddress(code: Code, type: AddressType, at: number): void {
  code.base().memory(MEMORY[type].load, at)
}
