// Numbers as text in the present base (IEEE 1275-1994, sections 2.4.1.2 and 7.3.4.1).

import { ForthError, THROW } from "./errors.ts"

/** The value of a digit, 0 to 35; undefined if the character is none in this base. */
export function digitOf(char: number, base: number): number | undefined {
  const lower = char | 0x20
  const value = char >= 48 && char <= 57 ? char - 48 : lower >= 97 && lower <= 122 ? lower - 87 : base
  return value < base ? value : undefined
}

/** The character of a digit. */
export const digitChar = (value: number): string => value.toString(36)

/** A base that numbers can be written in. */
export function checkedBase(base: number): number {
  if (base < 2 || base > 36) throw new ForthError(THROW.OUT_OF_RANGE, `There are no numbers in base ${base}`)
  return base
}

/** A longer word is no number. */
const MOST_DIGITS = 255

/** A number that the text interpreter found. */
export interface ParsedNumber {
  readonly low: number
  readonly high: number
  /** Written with a point at its end, so it takes two cells. */
  readonly isDouble: boolean
}

/** The number that a word stands for; undefined if it is none. Points and commas inside are ignored. */
export function parseNumber(text: string, base: number): ParsedNumber | undefined {
  const isNegative = text.startsWith("-")
  const isDouble = text.endsWith(".")
  const digits = text.slice(isNegative ? 1 : 0).replace(/(?<=.)[.,]/g, "")
  if (digits === "" || digits.length > MOST_DIGITS) return undefined
  let value = 0n
  for (const char of digits) {
    const digit = digitOf(char.charCodeAt(0), base)
    if (digit === undefined) return undefined
    value = BigInt.asUintN(64, value * BigInt(base) + BigInt(digit))
  }
  const signed = isNegative ? -value : value
  const low = Number(BigInt.asIntN(32, signed))
  return { low, high: Number(BigInt.asIntN(32, signed >> 32n)), isDouble }
}

/** Text of an unsigned number. */
export const unsignedText = (value: number, base: number): string => (value >>> 0).toString(checkedBase(base))

/** Text of a signed number. */
export const signedText = (value: number, base: number): string => (value | 0).toString(checkedBase(base))
