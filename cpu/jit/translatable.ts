// Decides which instructions, and which of their paths, a region can execute. Privileged instructions that change only
// state are translated. A path that calls a helper or raises an exception becomes a side exit: the interpreter restarts it.

import type { Block, RegisterFile, Statement } from "../ir/index.ts"
import type { Architecture, CodeFormat } from "../isa/index.ts"
import { type Branch, reachesEnd } from "./instruction-ir.ts"

/** The IR of an instruction in the form that a region executes, with what discovery needs to know. */
export type Translatable = {
  /** The IR, in which branches to code under changed state are marked (`leaves`). */
  readonly ir: Block
  readonly branches: readonly Branch[]
  /** Whether it may unmask interrupts. */
  readonly attends: boolean
  /** Whether the code behind it belongs to another variant. */
  readonly endsRegion: boolean
}

// How a path has changed the state that code runs under, in rising order: not at all; the instruction set or decode
// context; the translation regime.
const UNCHANGED = 0
const OTHER_CODE = 1
const OTHER_REGIME = 2
type Change = typeof UNCHANGED | typeof OTHER_CODE | typeof OTHER_REGIME

/** What a path through an instruction has done up to a point. */
type Path = { hasWritten: boolean; change: Change; changesVariant: boolean }

class Analysis {
  readonly branches: Branch[] = []
  attends = false
  isTranslatable = true
  readonly #arch: Architecture
  readonly #varying: readonly RegisterFile[]

  constructor(arch: Architecture, format: CodeFormat) {
    this.#arch = arch
    this.#varying = format.variesBy ?? []
  }

  /** Returns a block with its branches marked, and advances `path` to the block's end. */
  rewrite(block: Block, path: Path, isUnconditional: boolean): Block {
    let isSame = true
    const out = block.map((s) => {
      const rewritten = this.#statement(s, path, isUnconditional)
      if (rewritten !== s) isSame = false
      return rewritten
    })
    return isSame ? block : out
  }

  #statement(s: Statement, path: Path, isUnconditional: boolean): Statement {
    switch (s.kind) {
      case "get":
        if (this.#isExceptionState(s.file)) this.isTranslatable = false
        return s
      case "set":
        this.#set(s.file, path)
        path.hasWritten = true
        return s
      case "branch":
        return this.#branch(s, path)
      case "attend":
        this.attends = true
        return s
      case "load":
      case "store":
        // The region's TLB block belongs to the old regime.
        if (path.change === OTHER_REGIME) this.isTranslatable = false
        path.hasWritten ||= s.kind === "store"
        return s
      case "call":
      case "perform":
      case "exit":
        if (path.hasWritten || isUnconditional) this.isTranslatable = false
        return s
      case "raise":
        // The interpreter restarts the instruction to raise it, so the path must not depend on what it changed.
        if (path.change !== UNCHANGED) this.isTranslatable = false
        return s
      case "if":
        return this.#if(s, path)
      case "eachBit":
        return this.#eachBit(s, path)
      default:
        return s
    }
  }

  #isExceptionState(file: RegisterFile): boolean {
    const { EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = this.#arch.engine
    return [EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG].includes(file)
  }

  #set(file: RegisterFile, path: Path): void {
    const { ISA, CONTEXT, REGIME } = this.#arch.engine
    if (this.#isExceptionState(file)) this.isTranslatable = false
    if (file === REGIME) path.change = OTHER_REGIME
    else if ((file === ISA || file === CONTEXT) && path.change === UNCHANGED) path.change = OTHER_CODE
    else if (this.#varying.includes(file)) path.changesVariant = true
  }

  #branch(s: Branch, { change, changesVariant }: Path): Branch {
    const leaves = change === OTHER_REGIME ? "otherRegime" : change === OTHER_CODE || changesVariant ? "far" : undefined
    const branch: Branch = leaves ? { ...s, leaves } : s
    this.branches.push(branch)
    return branch
  }

  #if(s: Extract<Statement, { kind: "if" }>, path: Path): Statement {
    const ends: Path[] = []
    const side = (block: Block) => {
      const own = { ...path }
      const rewritten = this.rewrite(block, own, false)
      if (reachesEnd(block)) ends.push(own)
      return rewritten
    }
    const passed = side(s.passed)
    const otherwise = side(s.otherwise)
    for (const end of ends) join(path, end)
    return passed === s.passed && otherwise === s.otherwise ? s : { ...s, passed, otherwise }
  }

  #eachBit(s: Extract<Statement, { kind: "eachBit" }>, path: Path): Statement {
    const hasWritten = path.hasWritten || s.body.some(({ kind }) => kind === "set" || kind === "store")
    const own = { ...path, hasWritten }
    const body = this.rewrite(s.body, own, false)
    join(path, own)
    return body === s.body ? s : { ...s, body }
  }
}

function join(path: Path, end: Path): void {
  path.hasWritten ||= end.hasWritten
  path.changesVariant ||= end.changesVariant
  if (end.change > path.change) path.change = end.change
}

/**
 * The translatable form of an instruction; undefined if only the interpreter can execute it. A path may need the
 * interpreter, by a side exit, if it writes nothing before and is not the only path.
 */
export function translatable(ir: Block, arch: Architecture, format: CodeFormat): Translatable | undefined {
  const analysis = new Analysis(arch, format)
  const end: Path = { hasWritten: false, change: UNCHANGED, changesVariant: false }
  const marked = analysis.rewrite(ir, end, true)
  const { isTranslatable, branches, attends } = analysis
  const fallsThroughChanged = reachesEnd(ir) && end.change !== UNCHANGED
  if (!isTranslatable || fallsThroughChanged) return undefined
  return { ir: marked, branches, attends, endsRegion: end.changesVariant && reachesEnd(ir) }
}
