// Arithmetic on guest addresses in generated code, whichever width they have.

import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** Type of guest addresses. */
export type AddressType = "i32" | "i64"

const OPS = {
  i32: { add: OP.i32Add, sub: OP.i32Sub, and: OP.i32And, eq: OP.i32Eq, ltU: OP.i32LtU },
  i64: { add: OP.i64Add, sub: OP.i64Sub, and: OP.i64And, eq: OP.i64Eq, ltU: OP.i64LtU },
} as const

/** Writes one operation on the addresses on the stack. */
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

/** Turns an unsigned offset on the stack (i32) into an address. */
export function extendToAddress(code: Code, type: AddressType): void {
  if (type === "i64") code.u8(OP.i64ExtendU)
}

/** Turns the address on the stack into its low 32 bits. */
export function wrapAddress(code: Code, type: AddressType): void {
  if (type === "i64") code.u8(OP.i32Wrap)
}

/** Pushes an address that stands in linear memory. */
export function loadAddress(code: Code, type: AddressType, at: number): void {
  code.i32(0).memory(MEMORY[type].load, at)
}
