// How ARM operands are written (UAL: ARM DDI 0406C, A8.1 and D2), and the immediates that encodings compress.

import type { Form, Text } from "../../isa/index.ts"
import { addressForms } from "./addresses.ts"
import { number } from "./shifts.ts"
import { psrForms } from "./system.ts"

/** ARMExpandImm (A5.2.4): an 8-bit value rotated right by twice the rotation. */
export function armExpandImm(rotate: number, imm8: number): number {
  const by = 2 * rotate
  return by === 0 ? imm8 : (imm8 >>> by) | (imm8 << (32 - by))
}

/** ThumbExpandImm (A6.3.2). */
export function thumbExpandImm(i: number, imm3: number, imm8: number): number {
  const code = (i << 3) | imm3
  if (code === 0) return imm8
  if (code === 1) return (imm8 << 16) | imm8
  if (code === 2) return (imm8 << 24) | (imm8 << 8)
  if (code === 3) return (imm8 << 24) | (imm8 << 16) | (imm8 << 8) | imm8
  const by = (code << 1) | (imm8 >> 7)
  return ((imm8 | 0x80) >>> by) | ((imm8 | 0x80) << (32 - by))
}

/** `#n` */
export const immediate: Text = {
  pattern: `#?${number}`,
  print: (value) => `#${value}`,
  parse: (text) => Number(text.replace("#", "")),
}

/** Operands that several fields make up. */
export const forms: Record<string, Form> = { ...addressForms, ...psrForms }
