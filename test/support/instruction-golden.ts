// Text for golden files: the IR of each instruction, and the size of the WebAssembly that the engines make of it. A changed
// size shows the price of a change to an engine or a description.

import { createHash } from "node:crypto"
import { ALIGNMENTS } from "../../cpu/codegen/layout.ts"
import { generateInterpreter, type HandlerIndex, type VariantTree } from "../../cpu/interpreter/generate.ts"
import { type Block, blocksOf, printBlock } from "../../cpu/ir/index.ts"
import {
  type Architecture,
  type CodeFormat,
  type Decoded,
  disassemble,
  encodedLength,
  type Instruction,
  type InstructionSet,
  randomWord,
  seededRandom,
  variants,
} from "../../cpu/isa/index.ts"
import { discover, type Region, type RegionBlock } from "../../cpu/jit/discover.ts"
import type { InstructionIr } from "../../cpu/jit/instruction-ir.ts"
import { IrCache } from "../../cpu/jit/ir-cache.ts"
import { translateRegion } from "../../cpu/jit/translate.ts"
import { fromStart } from "./planned.ts"

/** Text of the instructions of one set, in the order of the table; `wanted` leaves some out. */
export type SetGolden = (format: CodeFormat, set: InstructionSet, wanted?: (i: Instruction) => boolean) => string

/** Measures an architecture's instructions; `regions` is false if the JIT does not translate its code. */
export function goldenOf(arch: Architecture, { regions }: { regions: boolean }): SetGolden {
  const known = { arch, sizes: new HandlerSizes(arch), ir: printAll(arch) }
  return (format, set, wanted = () => true) =>
    `${set.instructions
      .filter(wanted)
      .map((i) => instructionText(known, set, i, regions ? format : undefined))
      .join("\n")}\n`
}

/** The tools to measure all instructions of an architecture. */
type Known = { readonly arch: Architecture; readonly sizes: HandlerSizes; readonly ir: PrintedIr }

function instructionText(
  { arch, sizes, ir }: Known,
  set: InstructionSet,
  i: Instruction,
  regionFormat: CodeFormat | undefined,
): string {
  const bytes = sizes.of(i)
  const sum = bytes.reduce((a, b) => a + b)
  const sample = sampleOf(set, i)
  return [
    `${i.name} ${i.args}`.trim(),
    `  ${sampleText(sample)}${regionFormat ? `: ${regionText(arch, regionFormat, sample)}` : ""}`,
    `  ${bytes.length === 1 ? `handler: ${sum} bytes` : `${bytes.length} handlers: ${sum} bytes, at most ${Math.max(...bytes)}`}`,
    ...ir.get(i)!,
  ].join("\n")
}

/** The IR of the first variant of each instruction, as lines of its text. */
type PrintedIr = ReadonlyMap<Instruction, readonly string[]>

/** IR of fewer lines is printed again for each instruction that has it. */
const SHORT = 4

// The encodings of an instruction mostly have the same IR: it is printed once, and others refer to it.
function printAll({ formats, addressType }: Architecture): PrintedIr {
  const printed = new Map<Instruction, string[]>()
  const first = new Map<string, Instruction>()
  for (const i of formats.flatMap(({ sets }) => sets.flatMap(({ instructions }) => instructions))) {
    const { builder, modifiers } = variants(i, { addressType, length: encodedLength(i) })[0]!
    const title = `  IR${modifiers.length > 0 ? " with" : ""}${modifiers.map(([name, value]) => ` ${name}=${value}`).join("")}`
    const text = builder.block.length === 0 ? "(nothing)" : printBlock(builder.block)
    const lines = text.split("\n")
    const known = lines.length > SHORT ? first.get(text) : undefined
    if (!known) first.set(text, i)
    if (known) printed.set(i, [`${title}: that of ${`${known.vocabulary.name} ${known.name} ${known.args}`.trim()}`])
    else printed.set(i, [`${title}:`, ...shortened(lines).map((line) => `    ${line}`)])
  }
  return printed
}

/** Lines of IR that are printed; a checksum replaces the rest of longer IR, such as work unrolled by lane. */
const SHOWN = 32

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= SHOWN) return lines
  const rest = lines.slice(SHOWN)
  const checksum = createHash("sha256").update(rest.join("\n")).digest("hex").slice(0, 8)
  return [...lines.slice(0, SHOWN), `(and ${rest.length} lines more, checksum ${checksum})`]
}

// The sample changes only with the encoding. Its operands differ, so that nothing cancels out; its modifiers are the first
// possible. If that is UNPREDICTABLE or another instruction, another word is drawn.
function sampleOf(set: InstructionSet, i: Instruction): Decoded {
  const { fields, guard } = i.vocabulary
  const operands = i.pattern.fields.filter(({ name }) => fields[name]!.role === "operand")
  const choose = (name: string): number => {
    if (guard?.field === name) return guard.always
    const { width } = i.pattern.fields.find((f) => f.name === name)!
    const place = operands.findIndex((f) => f.name === name)
    const allowed = i.where[name] ?? (() => true)
    for (let value = (place + 1) % 2 ** width; value < 2 ** width; value++) if (allowed(value)) return value
    return 0
  }
  const word =
    randomWord(i, seededRandom(1), { set, choose, tries: 1 }) ?? randomWord(i, seededRandom(1), { set, tries: 10_000 })
  if (!word) throw new Error(`no word of ${i.name} ${i.args} could be drawn`)
  return { instruction: i, context: 0, ...word }
}

const ADDRESS = 0x4000_0000
/** Linux's setting: only accesses that must be aligned are checked. */
const ALIGNED = 1 << ALIGNMENTS.indexOf("required")

function sampleText(d: Decoded): string {
  const hex = (word: number) => word.toString(16)
  return `${hex(d.word)}${d.extension === 0 ? "" : ` after ${hex(d.extension)}`} ${disassemble(d, ADDRESS)}`
}

function regionText(arch: Architecture, format: CodeFormat, d: Decoded): string {
  const units = encodedLength(d.instruction) / format.unit
  // The unit that comes first holds the high half.
  const unitAt = (n: number) => (units === 2 && n === 0 ? d.word >>> 16 : units === 2 ? d.word & 0xffff : d.word)
  const view = { read: (at: number) => (at / format.unit < units ? unitAt(at / format.unit) : undefined) }
  const region = discover(arch, new IrCache(arch, format), view, fromStart(1))
  if (!region) return "left to the interpreter"
  const bytes = (r: Region) => translateRegion(arch, r, { pageNumber: () => 0, aligned: ALIGNED }).body.length
  const statements = region.blocks
    .flatMap(({ steps }) => steps)
    .reduce((n, s) => n + statementsIn(s.instruction.ir!), 0)
  return `${bytes(region) - bytes(emptied(region))} bytes in a region, from ${statements} statements`
}

// What every region has is no part of an instruction's price.
function emptied(region: Region): Region {
  const instruction: InstructionIr = {
    length: 0,
    ir: [],
    branches: [],
    isCall: false,
    fallsThrough: true,
    contextAfter: 0,
    attends: false,
    endsRegion: false,
  }
  const [{ steps }] = region.blocks as [RegionBlock]
  const nothing = steps.map((step) => ({ ...step, instruction: { ...instruction, length: step.instruction.length } }))
  const next = { offset: steps[0]!.instruction.length, context: 0 }
  return {
    ...region,
    blocks: [{ offset: 0, steps: nothing, next }],
    blockAt: new Map([[0, 0]]),
    entries: [0],
    isIndirect: false,
  }
}

const statementsIn = (block: Block): number =>
  block.reduce((n, s) => n + 1 + blocksOf(s).reduce((inner, b) => inner + statementsIn(b), 0), 0)

/** Bytes of code of the handlers of an interpreter in which each is a function of its own. */
class HandlerSizes {
  readonly #index: HandlerIndex
  readonly #bodies: readonly number[]
  readonly #handlers: number

  constructor(arch: Architecture) {
    const { bytes, index, names } = generateInterpreter({ ...arch, hotHandlers: [] })
    this.#index = index
    this.#bodies = codeSizes(bytes)
    this.#handlers = names.length
  }

  /** Sizes of the handlers of an instruction's variants. */
  of(i: Instruction): number[] {
    // The functions of handlers come last, in order.
    return handlersIn(this.#index.variants.get(i)!).map((n) => this.#bodies[this.#bodies.length - this.#handlers + n]!)
  }
}

const handlersIn = (tree: VariantTree): number[] =>
  "handler" in tree ? [tree.handler] : tree.children.flatMap((child) => (child ? handlersIn(child) : []))

const CODE_SECTION = 10

/** Bytes of code of each function in a module, without its declarations of locals. */
function codeSizes(module: Uint8Array): number[] {
  let at = 8
  const u32 = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
  for (;;) {
    const section = module[at++]
    const end = u32() + at
    if (section === CODE_SECTION) break
    at = end
  }
  return Array.from({ length: u32() }, () => {
    const end = u32() + at
    for (let locals = u32(); locals > 0; locals--) {
      u32()
      at++
    }
    const size = end - at
    at = end
    return size
  })
}
