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
  readonly fixed: readonly ("0" | "1" | "?")[]
  /** The word with all fixed and should-be bits set as printed. */
  readonly base: number
  readonly fields: readonly FieldPlace[]
}

/**
 * Parses a diagram; throws where it does not cover the word exactly or names an unknown field.
 * A `|` splits the extension word (first) from the word (second).
 */
export function parsePattern(diagram: string, width: number, widthOf: (field: string) => number | undefined): Pattern {
  const [first, second] = diagram.includes("|") ? diagram.split("|") : [undefined, diagram]
  const main = parseWord(second ?? "", width, widthOf, false)
  const extension = first === undefined ? undefined : parseWord(first, width, widthOf, true)
  if (extension?.fixed.some((bit) => bit !== "?")) throw new Error(`${diagram}: an extension word holds only fields`)
  return { width, fixed: main.fixed, base: main.base, fields: [...(extension?.fields ?? []), ...main.fields] }
}

type Bit = "0" | "1" | "?"
type Literal = { readonly bits: readonly Bit[]; readonly value: number }

/** Literals by their text: every start of the emulator parses hundreds of diagrams, which have most of them in common. */
const literals = new Map<string, Literal>()

function literalOf(token: string): Literal {
  const known = literals.get(token)
  if (known) return known
  const bits: Bit[] = []
  let value = 0
  let decides = true
  for (const c of token) {
    if (c === "(" || c === ")") decides = c === ")"
    else {
      bits.push(decides ? (c as Bit) : "?")
      value = value * 2 + Number(c)
    }
  }
  const literal = { bits, value }
  literals.set(token, literal)
  return literal
}

const isLiteral = (token: string) => token[0]! < "2"
const unknown: readonly Bit[] = new Array<Bit>(64).fill("?")

function parseWord(diagram: string, width: number, widthOf: (field: string) => number | undefined, extension: boolean) {
  const fixed: Bit[] = []
  const fields: FieldPlace[] = []
  let base = 0
  for (const token of diagram.split(" ")) {
    if (token === "") continue
    const literal = isLiteral(token) ? literalOf(token) : undefined
    const bits = literal?.bits.length ?? widthOf(token)
    if (bits === undefined) throw new Error(`${diagram}: no field ${token}`)
    base = base * 2 ** bits + (literal?.value ?? 0)
    fixed.push(...(literal?.bits ?? unknown.slice(0, bits)))
    if (literal) continue
    for (const { name } of fields) if (name === token) throw new Error(`${diagram}: field ${token} stands twice`)
    fields.push({ name: token, low: width - fixed.length, width: bits, extension })
  }
  if (fixed.length > width) throw new Error(`${diagram}: more than ${width} bits`)
  if (fixed.length < width) throw new Error(`${diagram}: ${fixed.length} bits, not ${width}`)
  return { fixed: fixed.reverse(), fields, base }
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
