// The disassembler: it prints a decoded instruction by its templates, or by those of
// an alias that fits.

import { printedTemplates } from "./alias.ts"
import type { Place } from "./fields.ts"
import { type Decoded, derivedValue, isAvailable } from "./instruction-set.ts"
import { type Part, templateOf } from "./template.ts"

/** Text of an instruction at an address: mnemonic, a space, operands. */
export function disassemble(d: Decoded, address: number | bigint = 0): string {
  const { name, args } = templateOf(printedTemplates(d))
  const place = { address: Number(address), length: encodedLength(d.instruction), wideAddress: BigInt(address) }
  const mnemonic = print(name, d, place)
  const operands = print(args, d, place)
  return guardPrefix(d, place) + (operands === "" ? mnemonic : `${mnemonic} ${operands}`)
}

function guardPrefix(d: Decoded, place: Place): string {
  const { guard } = d.instruction.vocabulary
  if (!guard?.prefix || !isAvailable(d.instruction, guard.field)) return ""
  const value = derivedValue(d, guard.field)
  return value === guard.always ? "" : `${guard.prefix.print(value, place)} `
}

/** Bytes of an encoding, including its extension word. */
export function encodedLength(i: Decoded["instruction"]): number {
  return (i.pattern.width / 8) * (i.pattern.fields.some((f) => f.extension) ? 2 : 1)
}

function print(parts: readonly Part[], d: Decoded, place: Place): string {
  return parts.map((part) => printPart(part, d, place)).join("")
}

function printPart(part: Part, d: Decoded, place: Place): string {
  switch (part.kind) {
    case "literal":
      return part.text
    case "choice":
      return derivedValue(d, part.name) !== 0 ? part.yes : part.no
    case "named": {
      const value = derivedValue(d, part.name)
      return part.names[value] ?? `?${value}`
    }
    case "operand":
      return part.speller.print(d, place)
  }
}
