// Extended mnemonics: which of an instruction's aliases fits a word, and the fields that an alias leaves out.

import { fieldValue } from "./decode-table.ts"
import type { FieldValues } from "./fields.ts"
import type { Alias, Instruction } from "./instruction.ts"
import type { Decoded } from "./instruction-set.ts"

/** One way to write an instruction: the instruction with the templates of an alias, or with its own. */
export type Spelled = { readonly templates: Instruction; readonly alias: Alias | undefined }

const cache = new WeakMap<Instruction, readonly Spelled[]>()

/** Every way to write an instruction: its aliases, then its own templates. */
export function spellingsOf(i: Instruction): readonly Spelled[] {
  let found = cache.get(i)
  if (!found) {
    const own: Spelled = { templates: i, alias: undefined }
    found = [...i.aliases.map((alias) => ({ templates: withTemplates(i, alias), alias })), own]
    cache.set(i, found)
  }
  return found
}

// An object of its own, since what is derived of an instruction is memoised by object.
const withTemplates = (i: Instruction, { name, args = "" }: Alias): Instruction =>
  Object.create(i, { name: { value: name }, args: { value: args } })

/** The templates by which a decoded instruction is printed. */
export function printedTemplates(d: Decoded): Instruction {
  const { instruction: i } = d
  if (i.aliases.length === 0) return i
  const values: Record<string, number> = {}
  for (const { name } of i.pattern.fields) values[name] = fieldValue(i, name, d.word, d.extension)
  return spellingsOf(i).find(({ alias }) => !alias || (!alias.unprinted && fits(alias, values)))!.templates
}

function fits({ fields }: Alias, values: FieldValues): boolean {
  return Object.entries(fields).every(([name, value]) => values[name] === impliedValue(value, values))
}

const impliedValue = (value: Alias["fields"][string], values: FieldValues) =>
  typeof value === "number" ? value : value(values)

/** The values of all fields, with those that an alias leaves out. */
export function completed(alias: Alias, values: FieldValues): FieldValues {
  const all: Record<string, number> = { ...values }
  for (const [name, value] of Object.entries(alias.fields)) all[name] = impliedValue(value, values)
  return all
}
