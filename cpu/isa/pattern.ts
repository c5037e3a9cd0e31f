// Encoding diagrams as strings, most significant bit first: `0`, `1`, `(0)` and `(1)` (should be), and field names.

/** The place of a field. In a two-word instruction, fields of the first (extension) word are marked. */
export type FieldPlace = {
  readonly name: string
  readonly low: number
  readonly width: number
  readonly extension: boolean
}

/** A parsed encoding diagram. Words are unsigned numbers of up to 53 bits. */
export type Pattern = {
  readonly width: number
  /** The fixed bits that identify this encoding: their mask and their values. */
  readonly mask: number
  readonly value: number
  /** The word with all fixed and should-be bits set as printed. */
  readonly base: number
  readonly fields: readonly FieldPlace[]
}

/** The fixed bits at the start of a diagram. */
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
  if (extension.mask !== 0) throw new Error(`${diagram}: an extension word holds only fields`)
  const fields = extension.fields.map((field) => ({ ...field, extension: true }))
  return { width, ...main, fields: [...fields, ...main.fields] }
}

/** The lower bits of a diagram. */
type Part = Omit<Pattern, "width"> & { readonly bits: number }

/** Memoised ends of diagrams: the emulator parses hundreds of diagrams, and many differ only at their beginning. */
const ends = new WeakMap<Widths, Map<string, Part>>()
const NOTHING: Part = { bits: 0, mask: 0, value: 0, base: 0, fields: [] }

function parseWord(diagram: string, width: number, widths: Widths): Part {
  let known = ends.get(widths)
  if (!known) ends.set(widths, (known = new Map()))
  const space = diagram.indexOf(" ")
  const end = space < 0 ? "" : diagram.slice(space + 1)
  let rest = known.get(end)
  if (!rest) known.set(end, (rest = extend(NOTHING, end, widths, diagram)))
  const whole = extend(rest, space < 0 ? diagram : diagram.slice(0, space), widths, diagram)
  if (whole.bits > width) throw new Error(`${diagram}: more than ${width} bits`)
  if (whole.bits < width) throw new Error(`${diagram}: ${whole.bits} bits, not ${width}`)
  return whole
}

/** Prepends the bits of a text to a part. */
function extend(part: Part, text: string, widths: Widths, diagram: string): Part {
  let { bits, mask, value, base } = part
  const tokens = text.split(" ")
  const more: FieldPlace[] = []
  for (let n = tokens.length - 1; n >= 0; n--) {
    const token = tokens[n]!
    if (token === "") continue
    if (token[0]! < "2") {
      const literal = literalOf(token)
      const unit = 2 ** bits
      mask += literal.mask * unit
      value += literal.value * unit
      base += literal.base * unit
      bits += literal.bits
      continue
    }
    const width = widths[token]?.bits
    if (width === undefined) throw new Error(`${diagram}: no field ${token}`)
    for (const list of [part.fields, more])
      for (const { name } of list) if (name === token) throw new Error(`${diagram}: field ${token} stands twice`)
    more.push({ name: token, low: bits, width, extension: false })
    bits += width
  }
  return { bits, mask, value, base, fields: [...more.reverse(), ...part.fields] }
}

type Literal = Omit<Part, "fields">
const literals = new Map<string, Literal>()

function literalOf(token: string): Literal {
  const known = literals.get(token)
  if (known) return known
  let [bits, mask, value, base] = [0, 0, 0, 0]
  let decides = 1
  for (const c of token) {
    if (c === "(" || c === ")") decides = c === ")" ? 1 : 0
    else {
      const bit = Number(c)
      bits++
      mask = mask * 2 + decides
      value = value * 2 + (decides ? bit : 0)
      base = base * 2 + bit
    }
  }
  const literal = { bits, mask, value, base }
  literals.set(token, literal)
  return literal
}

/** A bit of an encoding: "0" or "1" if it is fixed, else "?". */
export function fixedBit({ mask, value }: Pattern, position: number): "0" | "1" | "?" {
  if (extract(mask, position, 1) === 0) return "?"
  return extract(value, position, 1) === 0 ? "0" : "1"
}

/** Bits `low .. low + width - 1` of a word of up to 53 bits, unsigned. */
export function extract(word: number, low: number, width: number): number {
  if (low + width <= 32) return width === 32 ? word >>> 0 : (word >>> low) & ((1 << width) - 1)
  return Math.floor(word / 2 ** low) % 2 ** width
}

/** Sign-extends a value of `width` bits. */
export function signExtend(value: number, width: number): number {
  return value >= 2 ** (width - 1) ? value - 2 ** width : value
}
