// The vocabulary of encodings: named groups of bits, how they are written, and values derived from several of them.

/** The place of an instruction, for text that depends on it (branch targets). */
export type Place = {
  readonly address: number
  readonly length: number
  /** The address in all of 64 bits: a number holds only 53. */
  readonly wideAddress?: bigint
}

/** Values of an instruction's fields by name, as unsigned numbers (sign-extended where the field is signed). */
export type FieldValues = Readonly<Record<string, number>>

/** How one value is written. `pattern` is the source of a regular expression without capture groups. */
export type Text = {
  readonly pattern: string
  print(value: number, place: Place): string
  /** The value of a text; undefined if the text has none. `symbol` resolves labels. */
  parse(text: string, place: Place, symbol: (name: string) => number | undefined): number | undefined
}

/** Bits that only the builder can look into: a register number, an immediate. */
export type OperandField = {
  readonly role: "operand"
  readonly bits: number
  readonly signed: boolean
  readonly text: Text
}

/** Bits that choose between variants of an instruction: a plain number in the semantics. */
export type ModifierField = {
  readonly role: "modifier"
  readonly bits: number
  readonly names?: readonly string[] | undefined
}

export type Field = OperandField | ModifierField

/** An operand whose bits are in several fields, most significant first (ARM's `D:Vd`). */
export type JoinedOperand = {
  readonly role: "joined"
  readonly of: readonly string[]
  readonly signed: boolean
  readonly shift: number
  readonly text: Text
}

/** An operand that predecoding computes from fields (ARM's modified immediates); at most one in an instruction. */
export type ComputedOperand = {
  readonly role: "computed"
  readonly of: readonly string[]
  readonly value: (...fields: number[]) => number
  readonly text: Text
  /** The fields that give a value, as the assembler prefers them; undefined if no fields give it. */
  readonly invert: ((value: number) => readonly number[] | undefined) | undefined
}

/**
 * A modifier computed from fields: `values` is the number of its values, which count from 0. With `optional`, it exists in
 * every encoding, and a field that the encoding lacks counts as -1.
 */
export type ComputedModifier = {
  readonly role: "computedModifier"
  readonly of: readonly string[]
  readonly values: number
  readonly optional: boolean
  readonly value: (...fields: number[]) => number
  /** The spelling of each value, if text names it. */
  readonly names: readonly string[] | undefined
  readonly invert: ((value: number) => readonly number[] | undefined) | undefined
}

export type Derived = JoinedOperand | ComputedOperand | ComputedModifier

/** A modifier computed from decode context: state outside the word that decoding depends on. */
export type ContextModifier = { readonly values: number; readonly value: (context: number) => number }

/** Text of several fields (a shifted register, an address). The values lack an absent field. */
export type Form = {
  readonly fields: readonly string[]
  readonly pattern: string
  print(values: FieldValues, place: Place): string
  parse(text: string, place: Place, symbol: (name: string) => number | undefined): FieldValues | undefined
}

/** A plain number. */
export const decimal: Text = {
  pattern: "[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)",
  print: (value) => String(value),
  parse: (text) => Number(text),
}

/** An operand field of that many bits; its text is a plain number unless given. */
export function operand(bits: number, options: { signed?: boolean; text?: Text } = {}): OperandField {
  return { role: "operand", bits, signed: options.signed ?? false, text: options.text ?? decimal }
}

/** A modifier field of that many bits, written by name if names are given. An undefined name is a reserved value. */
export function modifier(bits: number, names?: readonly string[]): ModifierField {
  return { role: "modifier", bits, names }
}

/** An operand of several fields, most significant first, shifted left by `shift`; its text is a number unless given. */
export function joined(
  of: readonly string[],
  options: { signed?: boolean; shift?: number; text?: Text } = {},
): JoinedOperand {
  return {
    role: "joined",
    of,
    signed: options.signed ?? false,
    shift: options.shift ?? 0,
    text: options.text ?? decimal,
  }
}

type Invert = (value: number) => readonly number[] | undefined

/** An operand computed when predecoding: an i32. `invert` returns the fields, for the assembler. */
export function computed(
  of: readonly string[],
  value: (...fields: number[]) => number,
  options: { invert?: Invert; text?: Text } = {},
): ComputedOperand {
  return { role: "computed", of, value, text: options.text ?? decimal, invert: options.invert }
}

/** A modifier computed when predecoding, with values 0 to `values - 1`. */
export function computedModifier(
  of: readonly string[],
  values: number,
  value: (...fields: number[]) => number,
  options: { optional?: boolean; names?: readonly string[]; invert?: Invert } = {},
): ComputedModifier {
  const { optional = false, names, invert } = options
  return { role: "computedModifier", of, values, value, optional, names, invert }
}

/** Text of a register operand: the names as printed, and further spellings as aliases. */
export function registerText(names: readonly string[], aliases: Readonly<Record<string, number>> = {}): Text {
  const all = new Map<string, number>([...names.map((n, i) => [n, i] as const), ...Object.entries(aliases)])
  const longestFirst = [...all.keys()].sort((a, b) => b.length - a.length)
  return {
    pattern: `(?:${longestFirst.join("|")})(?![A-Za-z0-9_])`,
    print: (value) => names[value] ?? `?${value}`,
    parse: (text) => all.get(text.toLowerCase()),
  }
}
