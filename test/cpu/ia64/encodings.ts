// Every encoding of a declaration, one for each combination of its named modifiers.

import { type Instruction, isAvailable } from "../../../cpu/isa/index.ts"
import { fixedBit } from "../../../cpu/isa/pattern.ts"

/** One mnemonic with its completers, and the bits that it fixes. */
export type Encoding = {
  readonly name: string
  readonly value: bigint
  readonly mask: bigint
  /** Bits that the manual calls ignored. */
  readonly ignored: bigint
}

/** The encodings of a declaration; bits of fields that its mnemonic spells count as fixed. */
export function encodingsOf(i: Instruction): Encoding[] {
  const { width, fields } = i.pattern
  let mask = 0n
  let value = 0n
  let ignored = (1n << BigInt(width)) - 1n
  for (let position = 0; position < width; position++) {
    const bit = fixedBit(i.pattern, position)
    if (bit === "?") continue
    mask |= 1n << BigInt(position)
    if (bit === "1") value |= 1n << BigInt(position)
  }
  for (const { low, width: bits, extension } of fields)
    if (!extension) ignored &= ~(((1n << BigInt(bits)) - 1n) << BigInt(low))
  ignored &= ~mask
  let found: Encoding[] = [{ name: i.name, value, mask, ignored }]
  for (const { name, low, width: bits, extension } of fields) {
    const field = i.vocabulary.fields[name]!
    if (extension || field.role !== "modifier") continue
    const values = Array.from({ length: 2 ** bits }, (_, n) => n).filter((n) => i.where[name]?.(n) ?? true)
    found = found.flatMap((e) => values.map((n) => fixField(e, i, name, n, low, bits)))
  }
  return found.map((e) => ({ ...e, name: spellDerived(e, i) }))
}

function fixField(e: Encoding, i: Instruction, name: string, n: number, low: number, bits: number): Encoding {
  const field = i.vocabulary.fields[name]!
  const spelled = field.role === "modifier" ? field.names?.[n] : undefined
  const text = e.name
    .replace(`{${name}}`, spelled ?? "")
    .replace(new RegExp(`\\{${name}\\?([^:}]*):?([^}]*)\\}`), (_, yes: string, no: string) => (n !== 0 ? yes : no))
  return {
    ...e,
    name: text,
    value: e.value | (BigInt(n) << BigInt(low)),
    mask: e.mask | (((1n << BigInt(bits)) - 1n) << BigInt(low)),
  }
}

function spellDerived(e: Encoding, i: Instruction): string {
  return e.name.replace(/\{(\w+)\}/, (whole, name: string) => {
    const derived = i.vocabulary.derived[name]
    if (derived?.role !== "computedModifier" || !isAvailable(i, name)) return whole
    const parts = derived.of.map((f) => {
      const place = i.pattern.fields.find((p) => p.name === f)!
      return Number((e.value >> BigInt(place.low)) & ((1n << BigInt(place.width)) - 1n))
    })
    return derived.names?.[derived.value(...parts)] ?? whole
  })
}
