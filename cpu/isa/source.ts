// A small assembler for source files: labels, data directives, literal pools. It repeats its pass over the source until no
// address moves any more, so that a branch takes the short encoding if its target is near.

import type { CodeFormat } from "./architecture.ts"
import { type Assembled, Assembler, AssemblyError, type Spelling } from "./assemble.ts"
import { evaluateExpression, unescapeText } from "./expression.ts"
import { LineError, parseSource, type SourceStatement, splitOperands } from "./source-lines.ts"

/** A line that loads a value from the literal pool (ARM's `ldr rX, =value`). */
export type LiteralLoad = {
  /** The value, as written. */
  readonly expression: string
  /** The instruction that loads it from the label of its pool entry. */
  load(label: string): string
  /** An instruction that contains the value; if it does not assemble, the pool is used. */
  immediate?(value: number): string
}

/** What the source assembler needs of an architecture. */
export type SourceDialect = {
  /** Code formats by the directive that selects them, with its dot; the first is in force at the start. */
  readonly formats: Readonly<Record<string, CodeFormat>>
  readonly spelling?: Spelling
  readonly bigEndian?: boolean
  /** What begins a comment to the end of the line; `@`, `;` and `//` unless given. */
  readonly comments?: readonly string[]
  /** Whether `.align n` aligns to 2^n bytes, as GNU as does on ARM and PowerPC, instead of n. */
  readonly alignIsPower?: boolean
  literal?(mnemonic: string, operands: string): LiteralLoad | undefined
}

/** Name, address and symbols of a source. */
export type SourceOptions = {
  /** Name for error messages; "source" unless given. */
  readonly file?: string
  /** Address of the first byte; 0 unless given. */
  readonly origin?: number
  /** Symbols that the source may use. */
  readonly symbols?: Readonly<Record<string, number>>
}

/** Assembled source. */
export type AssembledSource = {
  readonly bytes: Uint8Array
  /** Labels and `.equ` symbols with their values. */
  readonly symbols: ReadonlyMap<string, number>
  readonly origin: number
  /** The bytes of each line, in order of address. */
  readonly listing: readonly ListedLine[]
}

/** The bytes of one line of source. */
export type ListedLine = {
  /** From 1; undefined for values of the literal pool at the end of the source. */
  readonly line: number | undefined
  readonly address: number
  readonly length: number
  /** The format of an instruction; undefined for data. */
  readonly format: CodeFormat | undefined
}

/** Source that does not assemble; the message has a line `file:line: message` for each problem. */
export class SourceError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join("\n"))
    this.problems = problems
  }
}

const COMMENTS = ["@", ";", "//"]
/** Character constants. */
const CHARACTERS = /'(?:\\.|[^\\])'/g
const MAX_PROBLEMS = 20
const MAX_PASSES = 32
/** After so many passes an instruction that was long once stays long, so that addresses only grow and converge. */
const FREE_PASSES = 6
/** Limit of an image, to catch a mistake in a `.space`. */
const MAX_BYTES = 2 ** 24

/** Assembles a source file; throws a `SourceError`. */
export function assembleSource(source: string, dialect: SourceDialect, options: SourceOptions = {}): AssembledSource {
  const { file = "source", origin = 0 } = options
  const located = (problem: LineError) => `${file}:${problem.line}: ${problem.message}`
  try {
    const statements = parseSource(source, dialect.comments ?? COMMENTS)
    let symbols: ReadonlyMap<string, number> = new Map()
    const lengths: number[] = []
    for (let n = 0; n < MAX_PASSES; n++) {
      const pass = new Pass(dialect, options, symbols, lengths, n >= FREE_PASSES)
      pass.run(statements)
      const settled =
        symbols.size === pass.symbols.size && [...pass.symbols].every(([name, v]) => symbols.get(name) === v)
      symbols = pass.symbols
      if (!settled) continue
      if (pass.problems.length > 0) throw new SourceError(pass.problems.slice(0, MAX_PROBLEMS).map(located))
      return { bytes: Uint8Array.from(pass.bytes), symbols: visible(symbols), origin, listing: pass.listing }
    }
    throw new SourceError([`${file}: addresses do not settle`])
  } catch (error) {
    if (error instanceof LineError) throw new SourceError([located(error)])
    throw error
  }
}

const visible = (symbols: ReadonlyMap<string, number>) =>
  new Map([...symbols].filter(([name]) => !name.startsWith(".local.")))

type PoolEntry = { readonly label: string; readonly expression: string; readonly line: number }

type Operation = (args: readonly string[], line: number) => void

/** One pass: addresses of labels come from the pass before it. */
class Pass {
  readonly bytes: number[] = []
  readonly symbols: Map<string, number>
  readonly problems: LineError[] = []
  readonly listing: ListedLine[] = []
  readonly #dialect: SourceDialect
  readonly #origin: number
  readonly #before: ReadonlyMap<string, number>
  readonly #defined = new Set<string>()
  readonly #constants: Set<string>
  readonly #lengths: number[]
  readonly #growOnly: boolean
  #format: CodeFormat
  #context = 0
  #pool: PoolEntry[] = []
  #pools = 0

  constructor(
    dialect: SourceDialect,
    { origin = 0, symbols = {} }: SourceOptions,
    before: ReadonlyMap<string, number>,
    lengths: number[],
    growOnly: boolean,
  ) {
    this.#dialect = dialect
    this.#origin = origin
    this.symbols = new Map(Object.entries(symbols))
    this.#constants = new Set(this.symbols.keys())
    this.#before = before
    this.#lengths = lengths
    this.#growOnly = growOnly
    this.#format = Object.values(dialect.formats)[0]!
  }

  run(statements: readonly SourceStatement[]): void {
    for (const [n, s] of statements.entries()) {
      const address = this.#here()
      this.#guarded(s.line, () => {
        if (s.kind === "label") this.#define(s.name, this.#here())
        else if (s.kind === "directive") this.#directive(s)
        else this.#instruction(n, s)
      })
      this.#list(s.line, address, s.kind === "instruction" ? this.#format : undefined)
    }
    if (this.#pool.length > 0) this.#align(4)
    const address = this.#here()
    this.#flushPool()
    this.#list(undefined, address, undefined)
  }

  #list(line: number | undefined, address: number, format: CodeFormat | undefined): void {
    const length = this.#here() - address
    if (length > 0) this.listing.push({ line, address, length, format })
  }

  #guarded(line: number, action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error
      this.problems.push(new LineError(line, error.message))
    }
  }

  #here = () => this.#origin + this.bytes.length

  #define(name: string, value: number): void {
    if (this.#defined.has(name)) throw new AssemblyError(`${name} is defined twice`)
    this.#defined.add(name)
    this.symbols.set(name, value)
  }

  #symbol = (name: string): number | undefined => {
    if (name === ".") return this.#here()
    return this.symbols.get(name) ?? this.#before.get(name)
  }

  #value = (text: string) => evaluateExpression(text, this.#symbol)

  // Instructions

  #instruction(n: number, s: Extract<SourceStatement, { kind: "instruction" }>): void {
    const literal = this.#dialect.literal?.(s.mnemonic, s.operands)
    const text = literal ? this.#literal(literal, s.line) : `${s.mnemonic} ${this.#substitute(s.operands)}`
    const context = this.#context
    this.#context = 0
    let assembled: Assembled
    try {
      assembled = this.#assemble(text, context, this.#growOnly ? this.#lengths[n] : undefined)
    } catch (error) {
      // Until its symbols are known, an instruction counts as short; later passes may lengthen it.
      this.#emit(0, this.#lengths[n] ?? Math.min(...this.#format.lengths))
      throw error
    }
    this.#lengths[n] = assembled.length
    const start = this.bytes.length
    if (assembled.length > assembled.instruction.pattern.width / 8) this.#word(assembled.extension, assembled)
    this.#word(assembled.word, assembled)
    this.#context = this.#format.decode((offset) => this.#unitAt(start + offset), context).context
  }

  #assemble(text: string, context: number, atLeast: number | undefined): Assembled {
    const assembler = assemblerOf(this.#dialect, this.#format)
    const place = { address: this.#here(), context, symbol: this.#symbol }
    const found = assembler.assemble(text, place)
    return atLeast !== undefined && found.length < atLeast
      ? assembler.assemble(text, { ...place, length: atLeast })
      : found
  }

  #literal(literal: LiteralLoad, line: number): string {
    const { expression } = literal
    const inline = this.#immediate(literal)
    if (inline !== undefined) return inline
    let entry = this.#pool.find((e) => e.expression === expression)
    if (!entry) {
      entry = { label: `.local.pool.${this.#pools}.${this.#pool.length}`, expression, line }
      this.#pool.push(entry)
    }
    return literal.load(entry.label)
  }

  // Only a constant is inlined: an address may still move, and passes must agree on the choice.
  #immediate(literal: LiteralLoad): string | undefined {
    if (!literal.immediate) return undefined
    try {
      const constant = (name: string) => (this.#constants.has(name) ? this.symbols.get(name) : undefined)
      const text = literal.immediate(evaluateExpression(literal.expression, constant))
      this.#assemble(text, this.#context, undefined)
      return text
    } catch (error) {
      if (error instanceof AssemblyError) return undefined
      throw error
    }
  }

  // Templates know only numbers and symbols, so expressions are evaluated first.
  #substitute(operands: string): string {
    const immediates = operands.replace(/#\s*([^,\]}]+)/g, (whole, text: string) =>
      /^[-+]?(?:0x[0-9a-f]+|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)\s*$/i.test(text) ? whole : `#${this.#value(text)}`,
    )
    const halved = immediates.replace(/[\w.$]+@(?:ha?|l)\b/gi, (half) => String(this.#value(half)))
    return splitOperands(halved)
      .map((operand) => {
        // Of `displacement(register)`, only the displacement is an expression.
        const indexed = /^(.*[\w.$')])(\(\w+\))$/.exec(operand)
        return indexed ? this.#evaluated(indexed[1]!) + indexed[2]! : this.#evaluated(operand)
      })
      .join(", ")
  }

  /** The value of an operand that is an expression of known symbols; any other operand as it is. */
  #evaluated(operand: string): string {
    const isExpression = operand === "." || /^[(~']|^-\s*[A-Za-z_.$]|^[^[{#"].*[-+*/<>&|^]/.test(operand)
    const withoutCharacters = operand.replace(CHARACTERS, "0")
    if (!isExpression || /[[\]{}#"]/.test(withoutCharacters)) return operand
    const words = withoutCharacters.match(/(?<![\w.$])[A-Za-z_.$][\w.$]*/g) ?? []
    return words.every((w) => this.#symbol(w) !== undefined) ? String(this.#value(operand)) : operand
  }

  // Directives

  #directive({ name, args, line }: Extract<SourceStatement, { kind: "directive" }>): void {
    const format = this.#dialect.formats[name]
    if (format) {
      this.#format = format
      return
    }
    const operation = this.#operations[name]
    if (!operation) throw new AssemblyError(`no directive ${name}`)
    operation(args, line)
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    ".word": (args) => this.#data(args, 4),
    ".long": (args) => this.#data(args, 4),
    ".int": (args) => this.#data(args, 4),
    ".half": (args) => this.#data(args, 2),
    ".hword": (args) => this.#data(args, 2),
    ".short": (args) => this.#data(args, 2),
    ".byte": (args) => this.#data(args, 1),
    ".ascii": (args) => this.#strings(args, ""),
    ".asciz": (args) => this.#strings(args, "\0"),
    ".string": (args) => this.#strings(args, "\0"),
    ".align": ([n = "0"]) => this.#align(this.#dialect.alignIsPower === false ? this.#value(n) : 2 ** this.#value(n)),
    ".p2align": ([n = "0"]) => this.#align(2 ** this.#value(n)),
    ".balign": ([n = "1"]) => this.#align(this.#value(n)),
    ".space": ([n = "", fill = "0"]) => this.#emit(this.#value(fill), this.#value(n), 1),
    ".skip": ([n = "", fill = "0"]) => this.#emit(this.#value(fill), this.#value(n), 1),
    ".org": ([n = ""]) => this.#emit(0, this.#value(n) - this.bytes.length, 1),
    ".equ": ([name = "", value = ""]) => this.#equate(name, value),
    ".set": ([name = "", value = ""]) => this.#equate(name, value),
    ".pool": () => this.#flushPool(),
    ".ltorg": () => this.#flushPool(),
    ...Object.fromEntries([".global", ".globl", ".text", ".type", ".size", ".syntax"].map((name) => [name, () => {}])),
  }

  #equate(name: string, value: string): void {
    if (this.#defined.has(name)) throw new AssemblyError(`${name} is defined twice`)
    this.symbols.set(name, this.#value(value))
    this.#constants.add(name)
  }

  #data(args: readonly string[], width: 1 | 2 | 4): void {
    for (const text of args) {
      const at = this.bytes.length
      this.#emit(0, width)
      const value = this.#value(text)
      if (!(value >= -(2 ** (width * 8 - 1)) && value < 2 ** (width * 8))) {
        throw new AssemblyError(`${value} does not fit ${width} bytes`)
      }
      this.bytes.length = at
      this.#emit(value, width)
    }
  }

  #strings(args: readonly string[], end: string): void {
    for (const text of args) {
      if (!/^".*"$/s.test(text)) throw new AssemblyError(`${text} is no string`)
      this.bytes.push(...new TextEncoder().encode(unescapeText(text.slice(1, -1)) + end))
    }
  }

  #align(unit: number): void {
    if (!(unit >= 1 && unit <= 2 ** 20)) throw new AssemblyError(`alignment to ${unit} bytes`)
    this.#emit(0, (unit - (this.#here() % unit)) % unit, 1)
  }

  #flushPool(): void {
    if (this.#pool.length === 0) return
    this.#align(4)
    for (const { label, expression, line } of this.#pool) {
      this.#guarded(line, () => {
        this.#define(label, this.#here())
        this.#data([expression], 4)
      })
    }
    this.#pool = []
    this.#pools++
  }

  // Bytes

  /** One value of `count` bytes, or with `unit` 1 that many bytes of the value. */
  #emit(value: number, count: number, unit = count): void {
    if (!(count >= 0 && this.bytes.length + count <= MAX_BYTES)) throw new AssemblyError(`${count} bytes`)
    const big = BigInt.asUintN(unit * 8, BigInt(value))
    for (let n = 0; n < count; n++) {
      const at = this.#dialect.bigEndian ? unit - 1 - (n % unit) : n % unit
      this.bytes.push(Number((big >> BigInt(at * 8)) & 0xffn))
    }
  }

  // The most significant unit of a word comes first; each unit has the byte order of the dialect.
  #word(word: number, { instruction }: Assembled): void {
    const bytes = instruction.pattern.width / 8
    const unit = Math.min(this.#format.unit, bytes)
    for (let n = bytes / unit - 1; n >= 0; n--)
      this.#emit(Math.floor(word / 2 ** (n * unit * 8)) % 2 ** (unit * 8), unit)
  }

  #unitAt(offset: number): number {
    const { unit } = this.#format
    let value = 0
    for (let n = 0; n < unit; n++) {
      const byte = this.bytes[offset + (this.#dialect.bigEndian ? n : unit - 1 - n)] ?? 0
      value = value * 256 + byte
    }
    return value
  }
}

const assemblers = new WeakMap<SourceDialect, Map<CodeFormat, Assembler>>()

function assemblerOf(dialect: SourceDialect, format: CodeFormat): Assembler {
  const ofDialect = assemblers.get(dialect) ?? new Map<CodeFormat, Assembler>()
  assemblers.set(dialect, ofDialect)
  const found = ofDialect.get(format) ?? new Assembler(format.sets, dialect.spelling)
  ofDialect.set(format, found)
  return found
}
