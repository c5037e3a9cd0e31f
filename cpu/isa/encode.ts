// From the values that text names to the word: it turns derived operands into fields and puts fields in place.

import { fieldValue } from "./decode-table.ts"
import type { Derived, FieldValues } from "./fields.ts"
import type { Instruction } from "./instruction.ts"
import { signExtend } from "./pattern.ts"

/** Text that cannot be assembled; the message is one line that says why. */
export class AssemblyError extends Error {}

/** The word of an instruction, and the extension word before it (0 if there is none). */
export type Word = { readonly word: number; readonly extension: number }

/** Values of all fields of an encoding, from values of fields and derived operands; a field without a value is 0. */
export function settleFields(i: Instruction, given: FieldValues): Record<string, number> {
  const settled: Record<string, number> = {}
  const { guard } = i.vocabulary
  const put = (name: string, value: number): void => {
    const place = i.pattern.fields.find((f) => f.name === name)
    const derived = i.vocabulary.derived[name]
    if (place) {
      const known = settled[name]
      if (known !== undefined && known !== value) throw new AssemblyError(`${name} is both ${known} and ${value}`)
      checkRange(name, value, place.width, isSigned(i, name))
      settled[name] = value
    } else if (derived) {
      const parts = takeBack(i, name, derived, value)
      for (const [n, part] of parts.entries()) put(derived.of[n]!, part)
    } else if (!(name in i.vocabulary.context) && value !== 0) throw new AssemblyError(`${name} is not in the encoding`)
  }
  for (const [name, value] of Object.entries(given)) put(name, value)
  for (const { name } of i.pattern.fields) settled[name] ??= guard?.field === name && !i.unguarded ? guard.always : 0
  return settled
}

const isSigned = (i: Instruction, name: string) => {
  const field = i.vocabulary.fields[name]
  return field?.role === "operand" && field.signed
}

function checkRange(name: string, value: number, width: number, signed: boolean): void {
  const low = signed ? -(2 ** (width - 1)) : 0
  const high = signed ? 2 ** (width - 1) - 1 : 2 ** width - 1
  if (!(value >= low && value <= high) || !Number.isInteger(value)) {
    throw new AssemblyError(`${name} holds ${low} to ${high}, not ${value}`)
  }
}

function takeBack(i: Instruction, name: string, derived: Derived, value: number): readonly number[] {
  if (derived.role !== "joined") {
    const parts = derived.invert?.(value)
    if (!parts) throw new AssemblyError(`${value} cannot be encoded as ${name}`)
    return parts
  }
  const unit = 2 ** derived.shift
  const widths = derived.of.map((f) => i.vocabulary.fields[f]!.bits)
  const width = widths.reduce((sum, w) => sum + w, 0)
  const scaled = value / unit
  if (!Number.isInteger(scaled)) throw new AssemblyError(`${name} is a multiple of ${unit}, not ${value}`)
  checkRange(unit === 1 ? name : `${name}/${unit}`, scaled, width, derived.signed)
  const parts: number[] = []
  let rest = scaled < 0 ? scaled + 2 ** width : scaled
  for (const [n, w] of [...widths.entries()].reverse()) {
    const raw = rest % 2 ** w
    parts[n] = isSigned(i, derived.of[n]!) ? signExtend(raw, w) : raw
    rest = Math.floor(rest / 2 ** w)
  }
  return parts
}

/** Makes a word of field values; throws if the encoding's `where` or its guard excludes one. */
export function encodeFields(i: Instruction, values: FieldValues): Word {
  const { guard, fields } = i.vocabulary
  if (i.defined && !i.defined(values)) throw new AssemblyError("these operands are in another encoding, or in none")
  let word = i.pattern.base
  let extension = 0
  for (const { name, low, width, extension: inExtension } of i.pattern.fields) {
    const value = values[name] ?? 0
    if (i.where[name]?.(value) === false) throw new AssemblyError(`${name} is ${value} in another encoding`)
    const field = fields[name]
    if (guard?.field === name && !i.unguarded && field?.role === "modifier" && field.names?.[value] === undefined) {
      throw new AssemblyError(`${name} ${value} is no condition`)
    }
    const placed = (value < 0 ? value + 2 ** width : value) * 2 ** low
    if (inExtension) extension += placed
    else word += placed
  }
  return { word, extension }
}

/** The values that `where` and `unpredictable` get: fields, and the modifiers of the decode context. */
export function allValues(i: Instruction, { word, extension }: Word, context: number): Record<string, number> {
  const values: Record<string, number> = {}
  for (const [name, modifier] of Object.entries(i.vocabulary.context)) values[name] = modifier.value(context)
  for (const { name } of i.pattern.fields) values[name] = fieldValue(i, name, word, extension)
  return values
}
