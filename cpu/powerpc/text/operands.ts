// How PowerPC operands are written, as GNU binutils prints them (Programming Environments Manual, appendix F).

import { registerText, type Text } from "../../isa/index.ts"
import { sprNumber } from "../system/spr.ts"

const integer = "[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)"
const symbolName = "[A-Za-z_.$][\\w.$]*"

/** The names of a register file, and bare numbers as other spellings. */
export function registers(prefix: string, count: number): Text {
  const numbers = Array.from({ length: count }, (_, n) => n)
  return registerText(
    numbers.map((n) => `${prefix}${n}`),
    Object.fromEntries(numbers.map((n) => [String(n), n])),
  )
}

const gprs = registers("r", 32)

/** `rA|0`: the number 0 stands for the value 0. */
export const registerOrZero: Text = {
  pattern: gprs.pattern,
  print: (value, place) => (value === 0 ? "0" : gprs.print(value, place)),
  parse: gprs.parse,
}

/** A field of the condition register. */
export const conditionField = registers("cr", 8)

const BITS = ["lt", "gt", "eq", "so"]

/** A bit of the condition register: `eq` in field 0, `4*cr7+eq` in the others. */
export const conditionBit: Text = {
  pattern: "(?:4\\*cr[0-7]\\+)?(?:lt|gt|eq|so|un)|cr[0-7]|[0-9]+",
  print: (value) => (value < 4 ? "" : `4*cr${value >> 2}+`) + BITS[value & 3],
  parse(text) {
    if (/^[0-9]+$/.test(text)) return Number(text) < 32 ? Number(text) : undefined
    const [, field = "0", bit] = /^(?:4\*)?(?:cr([0-7]))?\+?(\w\w)?$/.exec(text.toLowerCase()) ?? []
    const number = bit === undefined ? 0 : BITS.indexOf(bit.replace("un", "so"))
    return number < 0 ? undefined : 4 * Number(field) + number
  },
}

/** A signed immediate of 16 bits. Half of an address, which the assembler computes as unsigned, is one too. */
export const signedImmediate: Text = {
  pattern: `(?:${integer}|${symbolName})`,
  print: (value) => String(value),
  parse(text, _place, symbol) {
    const value = parsed(text, symbol)
    return value !== undefined && value >= 0x8000 && value <= 0xffff ? value - 0x1_0000 : value
  },
}

/** An unsigned immediate. */
export const unsignedImmediate: Text = {
  pattern: signedImmediate.pattern,
  print: (value) => String(value),
  parse: (text, _place, symbol) => parsed(text, symbol),
}

/** A signed displacement. */
export const displacement: Text = signedImmediate

/** A special-purpose register: its number is printed, and its name understood. */
export const sprText: Text = {
  pattern: "[0-9]+|[a-z]\\w*",
  print: (value) => String(value),
  parse: (text) => (/^[0-9]/.test(text) ? Number(text) : sprNumber(text.toLowerCase())),
}

const parsed = (text: string, symbol: (name: string) => number | undefined) =>
  /^[-+0-9]/.test(text) ? Number(text) : symbol(text)

/** A branch target relative to the instruction: the value is the distance. */
export const target: Text = {
  pattern: `(?:${integer}|${symbolName})`,
  print: (value, place) => `0x${((place.address + value) >>> 0).toString(16)}`,
  parse(text, place, symbol) {
    const to = parsed(text, symbol)
    return to === undefined ? undefined : (to - place.address) | 0
  },
}

/** A branch target as an absolute address. */
export const absoluteTarget: Text = {
  ...target,
  print: (value) => `0x${(value >>> 0).toString(16)}`,
  parse(text, _place, symbol) {
    const to = parsed(text, symbol)
    return to === undefined ? undefined : to | 0
  },
}

/** The bytes of a string: the field 0 stands for 32. */
export const byteCount: Text = {
  pattern: "[0-9]+",
  print: (value) => String(value || 32),
  parse: (text) => (Number(text) === 32 ? 0 : Number(text)),
}
