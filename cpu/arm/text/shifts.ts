// How shifts by an immediate are written (ARM DDI 0406C, A8.4.1).

import { decimal } from "../../isa/index.ts"

/** The shifts by their type. */
export const SHIFTS = ["lsl", "lsr", "asr", "ror"] as const

/** A number without its `#`. */
export const number = decimal.pattern

/** The numbers in a text. */
export const numbersIn = (text: string): number[] => (text.match(new RegExp(number, "g")) ?? []).map(Number)

/** The type of a shift by its name; `asl` is `lsl`. */
export const shiftType = (name: string): number => SHIFTS.indexOf(name.toLowerCase().replace("asl", "lsl") as "lsl")

/** A shift and the comma before it. */
export const shiftPattern = `, ?(?:(?:lsl|lsr|asr|asl|ror) ?#?${number}|rrx)`

/** Text of a shift behind an operand, nothing for none; lsr and asr by 32 are encoded as 0, and ror by 0 is rrx. */
export function printShift(type: number, amount: number): string {
  if (amount === 0 && type === 0) return ""
  if (amount === 0 && type === 3) return ", rrx"
  return `, ${SHIFTS[type]} #${amount === 0 ? 32 : amount}`
}

/** Type and encoded amount of `lsl #2`, or of no text at all; undefined if they cannot be encoded. */
export function parseShift(text: string | undefined): { type: number; amount: number } | undefined {
  const shift = text?.trim().toLowerCase()
  if (shift === undefined) return { type: 0, amount: 0 }
  if (shift === "rrx") return { type: 3, amount: 0 }
  const type = shiftType(shift.slice(0, 3))
  const amount = numbersIn(shift)[0]!
  if (amount === 0) return { type: 0, amount: 0 }
  const most = type === 1 || type === 2 ? 32 : 31
  return amount > 0 && amount <= most ? { type, amount: amount & 31 } : undefined
}
