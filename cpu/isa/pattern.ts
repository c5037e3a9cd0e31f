// Encoding diagrams as strings, most significant bit first: `0`, `1`, `(0)` and `(1)` (should be), and field names.

/** Where a field stands. In an instruction of two words, bits of the first (extension) word are marked. */
export type FieldPlace = {
  readonly name: string
  readonly low: number
  readonly width: number
  readonly extension: boolean
}

/** A parsed encoding diagram. Words are unsigned numbers of up to 53 bits. */
export type Pattern = {
  readonly width: number
  /** Bits that tell this encoding from others: for each position from 0, "0", "1" or "?". */
  readonly fixed: string
  /** The word with all fixed and should-be bits set as printed. */
  readonly base: number
  readonly fields: readonly FieldPlace[]
}

/** The bits with which words of a diagram begin. */
export function leadOf(diagram: string): string {
  let lead = ""
  for (let at = diagram.indexOf("|") + 1; at < diagram.length; at++) {
    const c = diagram[at]!
    if (c === "0" || c === "1") lead += c
    else if (c !== " ") break
  }
  return lead
}

/** Widths of fields by name. */
type Widths = Readonly<Record<string, { readonly bits: number }>>

/**
 * Parses a diagram; throws where it does not cover the word exactly or names an unknown field.
 * A `|` splits the extension word (first) from the word (second).
 */
export function parsePattern(diagram: string, width: number, widths: Widths): Pattern {
  const [first, second] = diagram.includes("|") ? diagram.split("|") : [undefined, diagram]
  const main = parseWord(second!.trim(), width, widths)
  if (first === undefined) return { width, ...main }
  const extension = parseWord(first.trim(), width, widths)
  if (/[01]/.test(extension.fixed)) throw new Error(`${diagram}: an extension word holds only fields`)
  const fields = extension.fields.map((field) => ({ ...field, extension: true }))
  return { width, ...main, fields: [...fields, ...main.fields] }
}

type Part = Omit<Pattern, "width">

/** Ends of diagrams by their text: every start of the emulator parses hundreds, of which many differ in their beginning alone. */
const ends = new WeakMap<Widths, Map<string, Part>>()

function parseWord(diagram: string, width: number, widths: Widths): Part {
  let known = ends.get(widths)
  if (!known) ends.set(widths, (known = new Map()))
  const space = diagram.indexOf(" ")
  const end = space < 0 ? "" : diagram.slice(space + 1)
  let rest = known.get(end)
  if (!rest) known.set(end, (rest = extend({ fixed: "", base: 0, fields: [] }, end, widths, diagram)))
  const whole = extend(rest, space < 0 ? diagram : diagram.slice(0, space), widths, diagram)
  if (whole.fixed.length > width) throw new Error(`${diagram}: more than ${width} bits`)
  if (whole.fixed.length < width) throw new Error(`${diagram}: ${whole.fixed.length} bits, not ${width}`)
  return whole
}

/** Puts what the text says in front of a part. */
function extend({ fixed, base, fields }: Part, text: string, widths: Widths, diagram: string): Part {
  const tokens = text.split(" ")
  const more: FieldPlace[] = []
  for (let n = tokens.length - 1; n >= 0; n--) {
    const token = tokens[n]!
    if (token === "") continue
    if (token[0]! < "2") {
      const literal = literalOf(token)
      base += literal.value * 2 ** fixed.length
      fixed += literal.fixed
      continue
    }
    const bits = widths[token]?.bits
    if (bits === undefined) throw new Error(`${diagram}: no field ${token}`)
    for (const list of [fields, more])
      for (const { name } of list) if (name === token) throw new Error(`${diagram}: field ${token} stands twice`)
    more.push({ name: token, low: fixed.length, width: bits, extension: false })
    fixed += "?".repeat(bits)
  }
  return { fixed, base, fields: [...more.reverse(), ...fields] }
}

type Literal = { readonly fixed: string; readonly value: number }
const literals = new Map<string, Literal>()

function literalOf(token: string): Literal {
  const known = literals.get(token)
  if (known) return known
  let fixed = ""
  let value = 0
  let decides = true
  for (const c of token) {
    if (c === "(" || c === ")") decides = c === ")"
    else {
      fixed = (decides ? c : "?") + fixed
      value = value * 2 + Number(c)
    }
  }
  const literal = { fixed, value }
  literals.set(token, literal)
  return literal
}

/** Bits `low .. low + width - 1` of a word of up to 53 bits, unsigned. */
export function extract(word: number, low: number, width: number): number {
  if (low + width <= 32) return width === 32 ? word >>> 0 : (word >>> low) & (2 ** width - 1)
  return Math.floor(word / 2 ** low) % 2 ** width
}

/** The same with the sign of the highest bit. */
export function signExtend(value: number, width: number): number {
  return value >= 2 ** (width - 1) ? value - 2 ** width : value
}
