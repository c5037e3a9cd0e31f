// How IA-64 operands are written, as GNU binutils prints them (Software Developer's Manual, volume 3, chapter 2).

import { type Form, registerText, type Text } from "../isa/index.ts"
import { applicationNames } from "./state.ts"

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

export const grText = registerText(names("r", 128), { gp: 1, sp: 12, tp: 13 })
export const frText = registerText(names("f", 128))
export const prText = registerText(names("p", 64))
export const brText = registerText(names("b", 8), { rp: 0 })
export const arText = registerText(applicationNames)

/** The predicate before an instruction. */
export const guardText: Text = {
  pattern: "\\(p[0-9]{1,2}\\)",
  print: (value) => `(p${String(value).padStart(2, "0")})`,
  parse: (text) => Number(text.slice(2, -1)),
}

const integer = "[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)"

/** A number printed in hexadecimal. */
export const hex: Text = {
  pattern: integer,
  print: (value) => `0x${value.toString(16)}`,
  parse: (text) => Number(text),
}

function parseLong(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""))
}

const hexLong = (value: bigint) => `0x${BigInt.asUintN(64, value).toString(16)}`

/** A 64-bit mask made of a sign-extended value. */
export const mask: Text = {
  pattern: integer,
  print: (value) => hexLong(BigInt(value)),
  parse: (text) => Number(BigInt.asIntN(64, parseLong(text))),
}

/** A branch target: the value is its distance from the bundle. */
export const target: Text = {
  pattern: `(?:${integer}|[A-Za-z_.$][\\w.$]*)`,
  print: (value, place) => hexLong(bundleOf(place) + BigInt(value)),
  parse(text, place, symbol) {
    const known = /^[-+0-9]/.test(text) ? parseLong(text) : symbol(text)
    return known === undefined ? undefined : Number(BigInt.asIntN(64, BigInt(known) - bundleOf(place)))
  },
}

const bundleOf = (place: { address: number; wideAddress?: bigint }) =>
  (place.wideAddress ?? BigInt(place.address)) & ~15n

/** Immediates of more bits than a number holds exactly, fields most significant first. */
function longImmediate(parts: readonly (readonly [name: string, bits: number])[]): Form {
  return {
    fields: parts.map(([name]) => name),
    pattern: integer,
    print: (values) => hexLong(parts.reduce((sum, [name, bits]) => (sum << BigInt(bits)) | BigInt(values[name]!), 0n)),
    parse(text) {
      const width = parts.reduce((sum, [, bits]) => sum + bits, 0)
      const value = parseLong(text)
      if (value < -(1n << BigInt(width - 1)) || value >= 1n << BigInt(width)) return undefined
      const found: Record<string, number> = {}
      let rest = BigInt.asUintN(width, value)
      for (const [name, bits] of [...parts].reverse()) {
        found[name] = Number(BigInt.asUintN(bits, rest))
        rest >>= BigInt(bits)
      }
      return found
    },
  }
}

/** Operands that several fields make up. */
export const forms: Record<string, Form> = {
  imm64: longImmediate([
    ["i", 1],
    ["imm41", 41],
    ["ic", 1],
    ["imm5c", 5],
    ["imm9d", 9],
    ["imm7b", 7],
  ]),
  imm62: longImmediate([
    ["imm41", 41],
    ["i", 1],
    ["imm20a", 20],
  ]),
}
