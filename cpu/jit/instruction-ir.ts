// The IR of an instruction as the JIT needs it: what it branches to, and whether a region can do it. It is remembered by the
// instruction's word, since code repeats itself.

import type { Block, Node, RegisterFile, Statement } from "../ir/index.ts"
import { blocksOf } from "../ir/index.ts"
import { type Architecture, type CodeFormat, type Fetched, translate } from "../isa/index.ts"

/** Bytes of a page of code. */
export const PAGE = 4096

/** The code around a hot instruction. Offsets count from the start of the page that the region's first seed lies in. */
export type CodeView = {
  /** The unit of code at an offset; undefined where no code is known to be. */
  read(offset: number): number | undefined
}

/** A branch of the IR. */
export type Branch = Extract<Statement, { kind: "branch" }>

/** An instruction without its address: the same object wherever it stands. */
export type InstructionIr = {
  readonly length: number
  /** What it does; undefined if only the interpreter can do it. */
  readonly ir: Block | undefined
  /** Every branch in it. */
  readonly branches: readonly Branch[]
  /** Whether it is a call: it branches, and keeps the address of the instruction after it in a register. */
  readonly isCall: boolean
  /** Whether the instruction after it may be executed next. */
  readonly fallsThrough: boolean
  /** Decode context of the instruction after it. */
  readonly contextAfter: number
}

/** The offset that a value stands for, whatever address the region runs at; undefined if it is not known. */
export function staticOffset(node: Node, pc: number): number | undefined {
  const found = locate(node, pc)
  return found?.isRelative ? found.value : undefined
}

/** A constant, or the distance from the start of the region's page. */
type Located = { readonly isRelative: boolean; readonly value: number }

// Follows sums of the program counter and constants, and masks that clear only bits within a page.
function locate(node: Node, pc: number): Located | undefined {
  if (node.kind === "const" && node.type === "i32") return { isRelative: false, value: Number(node.value) }
  if (node.kind === "pc") return { isRelative: true, value: pc }
  if (node.kind !== "op") return undefined
  const [a, b] = node.args.map((arg) => locate(arg, pc))
  if (!a || !b || b.isRelative) return undefined
  switch (node.op.name) {
    case "i32.add":
      return { isRelative: a.isRelative, value: (a.value + b.value) | 0 }
    case "i32.sub":
      return { isRelative: a.isRelative, value: (a.value - b.value) | 0 }
    case "i32.and":
      return (b.value | (PAGE - 1)) === -1 ? { isRelative: a.isRelative, value: a.value & b.value } : undefined
    default:
      return undefined
  }
}

/**
 * The branches of an instruction; undefined if a region cannot do it. A path that needs the interpreter exits the region,
 * and the interpreter starts the instruction again. So nothing may be written before on that path, and other paths must
 * exist. Registers that change how the engine runs always need the interpreter.
 */
function branchesOf(ir: Block, arch: Architecture): Branch[] | undefined {
  const engine = engineFiles(arch)
  const branches: Branch[] = []
  let isTranslatable = true
  const follow = (block: Block, wroteBefore: boolean, always: boolean): boolean => {
    let wrote = wroteBefore
    for (const s of block) {
      if (s.kind === "get" || s.kind === "set") {
        if (engine.has(s.file) || s.index.kind !== "const") isTranslatable = false
        wrote ||= s.kind === "set"
        continue
      }
      if (s.kind === "branch") branches.push(s)
      if (needsInterpreter(s) && (wrote || always)) isTranslatable = false
      const before = wrote || (s.kind === "eachBit" && s.body.some((t) => t.kind === "set" || t.kind === "store"))
      for (const nested of blocksOf(s)) wrote = follow(nested, before, false) || wrote
      wrote ||= s.kind === "store"
    }
    return wrote
  }
  follow(ir, false, true)
  return isTranslatable ? branches : undefined
}

const engineFilesOf = new WeakMap<Architecture, ReadonlySet<RegisterFile>>()

// The registers by which instructions change how the engine runs.
function engineFiles(arch: Architecture): ReadonlySet<RegisterFile> {
  let files = engineFilesOf.get(arch)
  if (!files) {
    const { ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = arch.engine
    files = new Set([ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG])
    engineFilesOf.set(arch, files)
  }
  return files
}

const needsInterpreter = (s: Statement): boolean =>
  s.kind === "call" || s.kind === "perform" || s.kind === "exit" || s.kind === "attend"

/** Whether the end of a block is reached. */
function reachesEnd(block: Block): boolean {
  const last = block[block.length - 1]
  if (!last) return true
  if (last.kind === "branch" || last.kind === "raise" || last.kind === "exit") return false
  if (last.kind === "if") return reachesEnd(last.passed) || reachesEnd(last.otherwise)
  return true
}

// Whether a register gets the return address. Its bit 0 may stand for the instruction set.
const setsReturnAddress = (block: Block, length: number): boolean =>
  block.some(
    (s) =>
      (s.kind === "set" && ((staticOffset(s.value, 0) ?? 0) & ~1) === length) ||
      blocksOf(s).some((inner) => setsReturnAddress(inner, length)),
  )

/** The offset that a branch of a step goes to in the same instruction set; undefined if it is not known before it runs. */
export function branchTarget(branch: Branch, step: { readonly offset: number }, isa: number): number | undefined {
  if (branch.context && !(branch.context.kind === "const" && branch.context.value === isa)) return undefined
  return staticOffset(branch.target, step.offset)
}

/** Instructions remembered. */
const MAX_REMEMBERED = 1 << 13

function innerMap<T>(maps: Map<number, Map<number, T>>, key: number): Map<number, T> {
  let found = maps.get(key)
  if (!found) maps.set(key, (found = new Map()))
  return found
}

/** Remembers the IR of the instructions of one code format, by their words. */
export class IrCache {
  readonly #arch: Architecture
  readonly format: CodeFormat
  readonly #isVariable: boolean
  /** Instructions of one unit, by decode context and unit. */
  readonly #short = new Map<number, Map<number, InstructionIr | null>>()
  /** Others, by decode context and whether the second unit is known, then by both units as one number. */
  readonly #long = new Map<number, Map<number, InstructionIr | null>>()
  #count = 0

  constructor(arch: Architecture, format: CodeFormat) {
    this.#arch = arch
    this.format = format
    this.#isVariable = format.lengths.some((n) => n > format.unit)
  }

  /** The instruction at an offset; undefined if no code is known to be there, or it is no instruction. */
  at(view: CodeView, offset: number, context: number): InstructionIr | undefined {
    const first = view.read(offset)
    if (first === undefined) return undefined
    const known = innerMap(this.#short, context).get(first | 0)
    if (known) return known
    // An instruction must lie in one page.
    const after = offset + this.format.unit
    const second = this.#isVariable ? (after % PAGE === 0 ? undefined : view.read(after)) : 0
    const kind = context * 2 + (second === undefined ? 1 : 0)
    const key = ((second ?? 0) << 16) | first
    let instruction = innerMap(this.#long, kind).get(key)
    if (instruction === undefined) {
      instruction = this.#decode(first, second, context)
      if (++this.#count > MAX_REMEMBERED) {
        this.#short.clear()
        this.#long.clear()
        this.#count = 1
      }
      const isShort = instruction?.length === this.format.unit
      const known = isShort ? innerMap(this.#short, context) : innerMap(this.#long, kind)
      known.set(isShort ? first | 0 : key, instruction)
    }
    return instruction ?? undefined
  }

  #decode(first: number, second: number | undefined, context: number): InstructionIr | null {
    let missing = false
    const fetched = this.format.decode((at) => {
      const value = at === 0 ? first : second
      if (value === undefined) missing = true
      return value ?? 0
    }, context)
    return (!missing && this.#translate(fetched)) || null
  }

  #translate({ decoded, length, context }: Fetched): InstructionIr | undefined {
    if (!decoded) return undefined
    const ir = translate(decoded, { addressType: this.#arch.addressType, length }).block
    const branches = branchesOf(ir, this.#arch)
    return {
      length,
      ir: branches && ir,
      branches: branches ?? [],
      isCall: branches !== undefined && branches.length > 0 && setsReturnAddress(ir, length),
      fallsThrough: reachesEnd(ir),
      contextAfter: context,
    }
  }
}
