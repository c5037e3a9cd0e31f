// Translates a region to a WebAssembly function. Registers live in locals; whatever the region cannot do itself leaves
// it before the instruction at hand, for the interpreter to do.

import { emitMissTest, fetchTable, pushHostAddress } from "../../mmu/tlb-probe.ts"
import { ALIGNMENTS, MAILBOX, REGION_PAGES, STATE } from "../interpreter/layout.ts"
import { type Call, type Load, Locals, Lowering, type Store, type Target } from "../interpreter/lower.ts"
import { memoryOpcode, pushUserBlock, SPECIAL } from "../interpreter/machine-code.ts"
import type { Access, Node, RegisterFile, Statement, Type } from "../ir/index.ts"
import { blocksOf, byteWidth } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, OP } from "../wasm/index.ts"
import { type Branch, branchTarget, type Exit, PAGE, type Region, type RegionBlock, type Step } from "./discover.ts"
import { analyse, type Graph } from "./graph.ts"
import { Structure } from "./structure.ts"

/** Parameters of a region: see REGION_TYPE; and its first locals. */
const LOCAL = { target: 0, tlb: 1, page: 2, budget: 3, count: 4 } as const
const PARAMETERS = 3

/** Entries from which on, and units of code up to which, the dispatcher goes by a table. */
const LEAST_TABLE = 5
const MOST_TABLE = 512

/** A translated region. */
export type Translated = {
  readonly locals: readonly Type[]
  readonly body: Code
  /** Offsets at which it can be entered. */
  readonly entries: readonly number[]
}

/** What a region is translated for. */
export type Circumstances = {
  /** Predecoded code by page, for edges between pages: the pointer that the TLB must hold for the page of an offset. */
  pointer(offset: number): number
  /** Kinds of alignment that are checked now (MAILBOX.aligned). */
  readonly aligned: number
}

/** Translates a region. */
export function translateRegion(arch: Architecture, region: Region, circumstances: Circumstances): Translated {
  return new Translator(arch, region, circumstances).translate()
}

const pageOf = (offset: number) => Math.floor(offset / PAGE)

class Translator {
  readonly #code = new Code()
  readonly #arch: Architecture
  readonly #region: Region
  readonly #circumstances: Circumstances
  readonly #isa: number
  readonly #graph: Graph
  readonly #structure: Structure
  /** Locals of the registers that the region uses, by address of the register. */
  readonly #registers = new Map<number, { readonly local: number; readonly type: Type; written: boolean }>()
  /** Storage that the region uses under two names (ARM's S and D registers): it stays in memory. */
  readonly #shared = new Set<string>()
  readonly #locals: Locals

  constructor(arch: Architecture, region: Region, circumstances: Circumstances) {
    this.#arch = arch
    this.#region = region
    this.#circumstances = circumstances
    this.#isa = arch.formats.indexOf(region.format)
    const { blocks, entries } = region
    // Node 0 is the dispatcher, node n + 1 is block n.
    this.#graph = analyse([entries.map((block) => block + 1), ...blocks.map((block) => this.#successors(block))])
    this.#structure = new Structure(this.#code, this.#graph, (node) =>
      node === 0 ? this.#dispatcher() : this.#block(node - 1),
    )
    const each = (visit: (s: Statement) => void) => {
      for (const block of region.blocks) for (const step of block.steps) visitAll(step.meaning.ir!, visit)
    }
    const names = new Map<string, RegisterFile>()
    each((s) => {
      if (s.kind !== "get" && s.kind !== "set") return
      const { storage } = s.file
      if ((names.get(storage) ?? s.file) !== s.file) this.#shared.add(storage)
      names.set(storage, s.file)
    })
    each((s) => this.#collect(s))
    this.#locals = new Locals(LOCAL.count + this.#registers.size)
  }

  #successors({ steps, next }: RegionBlock): number[] {
    const to = new Set<number>()
    for (const step of steps) {
      for (const branch of step.meaning.branches) {
        const target = branchTarget(branch, step, this.#isa)
        const block = target === undefined ? -1 : this.#region.at.get(target)
        if (block !== undefined) to.add(block + 1)
      }
    }
    if (next && "block" in next) to.add(next.block + 1)
    return [...to]
  }

  #collect(s: Statement): void {
    if ((s.kind !== "get" && s.kind !== "set") || !this.isLocal(s.file)) return
    const address = registerAddress(s.file, s.index)
    let known = this.#registers.get(address)
    if (!known) {
      known = { local: LOCAL.count + this.#registers.size, type: s.file.type, written: false }
      this.#registers.set(address, known)
    }
    if (s.kind === "set") known.written = true
  }

  // block $left; block $plain: the graph; end, write back, return; end, write back, return.
  translate(): Translated {
    const code = this.#code
    code.get(LOCAL.target).i32(-PAGE).u8(OP.i32And)
    code.get(LOCAL.page).i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, REGION_PAGES).u8(OP.i32Sub).set(LOCAL.page)
    code.i32(0).memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
    for (const [address, { local, type }] of this.#registers) code.i32(0).memory(MEMORY[type].load, address).set(local)
    code.block().block()
    this.#structure.write()
    code.u8(OP.unreachable).end()
    this.#writeBack()
    code.i32(SPECIAL.plain).return().end()
    this.#writeBack()
    code.i32(SPECIAL.farContext).i32(SPECIAL.far)
    code
      .i32(0)
      .memory(MEMORY.i32.load, STATE + this.#arch.engine.CONTEXT.offset)
      .select()
    const locals: Type[] = [
      ...new Array<Type>(LOCAL.count - PARAMETERS).fill("i32"),
      ...[...this.#registers.values()].map(({ type }) => type),
      ...this.#locals.types,
    ]
    const entries = this.#graph.entries.map((node) => this.#region.blocks[node - 1]!.offset)
    return { locals, body: code, entries }
  }

  #writeBack(): void {
    const code = this.#code
    for (const [address, { local, type, written }] of this.#registers) {
      if (written) code.i32(0).get(local).memory(MEMORY[type].store, address)
    }
    code.i32(0).get(LOCAL.target).memory(MEMORY.i32.store, MAILBOX.target)
    code.i32(0).get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
  }

  // Enough for any way through the region that comes to a check again, or to none.
  #checkBudget(pushTarget: () => void): void {
    const code = this.#code
    code.get(LOCAL.budget).i32(this.#region.instructions).u8(OP.i32LtS).if()
    pushTarget()
    this.leaveTo(0, 1, true)
    code.end()
  }

  // Goes to the entry whose address is the target, or leaves the region to it.
  #dispatcher(): void {
    const code = this.#code
    const { blocks } = this.#region
    const offsetOf = (node: number) => blocks[node - 1]!.offset
    this.#checkBudget(() => code.get(LOCAL.target))
    const nodes = [...this.#graph.entries].sort((a, b) => offsetOf(a) - offsetOf(b))
    if (nodes.length === 1 && !this.#graph.isLoop[0]) {
      this.#structure.goTo(0, nodes[0]!, 0)
      return
    }
    const pages = new Set(nodes.map((node) => pageOf(offsetOf(node))))
    for (const page of pages) {
      const inside = pages.size > 1 ? 1 : 0
      if (inside) {
        const start = () =>
          code
            .get(LOCAL.page)
            .i32(page * PAGE)
            .u8(OP.i32Add)
        code.get(LOCAL.target).i32(-PAGE).u8(OP.i32And)
        start()
        code.u8(OP.i32Eq).if()
        this.#checkMapping(page * PAGE, start, () => code.get(LOCAL.target), 1)
      }
      this.#dispatchIn(
        nodes.filter((node) => pageOf(offsetOf(node)) === page),
        inside,
      )
      if (inside) code.end()
    }
    code.get(LOCAL.target)
    this.leaveTo(0, 0, false)
  }

  // Goes to one of the entries of a page, if the target is one of those.
  #dispatchIn(nodes: readonly number[], inside: number): void {
    const code = this.#code
    const { unit } = this.#region.format
    const offsets = nodes.map((node) => this.#region.blocks[node - 1]!.offset)
    const lowest = offsets[0]!
    const size = (offsets[offsets.length - 1]! - lowest) / unit + 1
    const pushOffset = () => code.get(LOCAL.target).get(LOCAL.page).u8(OP.i32Sub)
    if (nodes.length >= LEAST_TABLE && size <= MOST_TABLE) {
      const labels = new Array<number>(size).fill(0)
      for (const [i, node] of nodes.entries())
        labels[(offsets[i]! - lowest) / unit] = this.#structure.label(node, inside + 1)
      code.block()
      pushOffset()
      // An address between two units is beyond the table.
      code.i32(lowest).u8(OP.i32Sub).i32(Math.log2(unit)).u8(OP.i32Rotr).brTable(labels, 0)
      code.end()
      return
    }
    for (const [i, node] of nodes.entries()) {
      pushOffset()
      code.i32(offsets[i]!).u8(OP.i32Eq).if()
      this.#structure.goTo(0, node, inside + 1)
      code.end()
    }
  }

  #block(number: number): void {
    const code = this.#code
    const block = this.#region.blocks[number]!
    if (this.#graph.isLoop[number + 1]) this.#checkBudget(() => code.get(LOCAL.page).i32(block.offset).u8(OP.i32Add))
    code.get(LOCAL.budget).i32(block.steps.length).u8(OP.i32Sub).set(LOCAL.budget)
    for (const [i, step] of block.steps.entries()) {
      const left = block.steps.length - i
      const target = new RegionTarget(this, number, step, left)
      const lowering = new Lowering(code, this.#locals, target)
      const mark = this.#locals.mark()
      const open = lowering.instruction(step.meaning.ir!)
      this.#locals.release(mark)
      if (!open) return
    }
    this.goTo(number, block.next!, 0)
  }

  // What `RegionTarget` uses

  get arch(): Architecture {
    return this.#arch
  }

  get isa(): number {
    return this.#isa
  }

  /** Gives instructions of the block that are not executed back. */
  refund(instructions: number): void {
    if (instructions !== 0) this.#code.get(LOCAL.budget).i32(instructions).u8(OP.i32Add).set(LOCAL.budget)
  }

  /** Whether registers of a file are held in locals. */
  isLocal(file: RegisterFile): boolean {
    return !this.#shared.has(file.storage)
  }

  registerOf(file: RegisterFile, index: Node): number {
    return this.#registers.get(registerAddress(file, index))!.local
  }

  get aligned(): number {
    return this.#circumstances.aligned
  }

  /** Goes from a block along an exit, from inside so many labels of an instruction. */
  goTo(from: number, exit: Exit, inside: number): void {
    if (!("block" in exit)) {
      this.leave(exit, 0, inside)
      return
    }
    const { blocks } = this.#region
    const { offset } = blocks[exit.block]!
    if (this.#graph.isDispatched(from + 1, exit.block + 1)) {
      this.#code.get(LOCAL.page).i32(offset).u8(OP.i32Add)
      this.dispatch(from, inside)
      return
    }
    const { steps } = blocks[from]!
    this.#enterPage(offset, pageOf(steps[steps.length - 1]!.offset), inside)
    this.#structure.goTo(from + 1, exit.block + 1, inside)
  }

  /** Goes to the address on the stack by way of the dispatcher. */
  dispatch(from: number, inside: number): void {
    this.#code.set(LOCAL.target)
    this.#structure.goTo(from + 1, 0, inside)
  }

  // The page of an offset must be mapped to the code that was translated, if it is another one.
  #enterPage(offset: number, from: number, inside: number): void {
    if (pageOf(offset) === from) return
    const target = () => this.#code.get(LOCAL.page).i32(offset).u8(OP.i32Add)
    this.#checkMapping(offset, target, target, inside)
  }

  #checkMapping(offset: number, pushAddress: () => void, pushTarget: () => void, inside: number): void {
    const code = this.#code
    pushAddress()
    code.i32(10).u8(OP.i32ShrU).i32(0x3f_fffc).u8(OP.i32And).get(LOCAL.tlb).u8(OP.i32Add)
    code.memory(MEMORY.i32.load, fetchTable(this.#isa)).i32(this.#circumstances.pointer(offset)).u8(OP.i32Ne).if()
    pushTarget()
    this.leaveTo(0, inside + 1, false)
    code.end()
  }

  /** The block of a branch's target, or the way out to it; undefined if only running tells. */
  exitOf(branch: Branch, step: Step): Exit | undefined {
    const offset = branchTarget(branch, step, this.#isa)
    if (offset === undefined) return undefined
    const block = this.#region.at.get(offset)
    return block !== undefined ? { block } : { offset, context: 0 }
  }

  /**
   * Leaves the region; of the block's instructions, so many have not been executed. `plain` leaves the next instruction,
   * which is one of the region, to the interpreter.
   */
  leave(exit: Extract<Exit, { offset: number }>, refund: number, inside: number, plain = false): void {
    const code = this.#code
    if (exit.context !== 0)
      code
        .i32(0)
        .i32(exit.context)
        .memory(MEMORY.i32.store, STATE + this.#arch.engine.CONTEXT.offset)
    code.get(LOCAL.page).i32(exit.offset).u8(OP.i32Add)
    this.leaveTo(refund, inside, plain)
  }

  /** The same, to the address on the stack. */
  leaveTo(refund: number, inside: number, plain: boolean): void {
    this.#code.set(LOCAL.target)
    this.refund(refund)
    this.#code.br(this.#structure.depth + inside + (plain ? 0 : 1))
  }
}

/** Writes the instructions of a region. */
class RegionTarget implements Target {
  readonly #t: Translator
  readonly #from: number
  readonly #step: Step
  /** Instructions of the block from this one on. */
  readonly #left: number

  constructor(translator: Translator, from: number, step: Step, left: number) {
    this.#t = translator
    this.#from = from
    this.#step = step
    this.#left = left
  }

  #interpret(inside: number): void {
    this.#t.leave({ offset: this.#step.offset, context: this.#step.context }, this.#left, inside, true)
  }

  field(): void {
    throw new Error("a translated instruction has no fields")
  }

  derived(): void {
    throw new Error("a translated instruction has no computed operand")
  }

  pc(l: Lowering): void {
    l.code.get(LOCAL.page).i32(this.#step.offset).u8(OP.i32Add)
  }

  get(l: Lowering, file: RegisterFile, index: Node): void {
    if (this.#t.isLocal(file)) l.code.get(this.#t.registerOf(file, index))
    else l.code.i32(0).memory(MEMORY[file.type].load, registerAddress(file, index))
  }

  set(l: Lowering, { file, index, value }: Extract<Statement, { kind: "set" }>): void {
    if (this.#t.isLocal(file)) {
      l.value(value)
      l.code.set(this.#t.registerOf(file, index))
      return
    }
    l.code.i32(0)
    l.value(value)
    l.code.memory(MEMORY[file.type].store, registerAddress(file, index))
  }

  load(l: Lowering, { access, address: at }: Load): void {
    const { code } = l
    const address = this.#address(l, at)
    const entry = this.#probe(l, address, access, "read")
    pushHostAddress(code, entry, address)
    code.memory(memoryOpcode(access, "read"), 0)
  }

  store(l: Lowering, { access, address: at, value }: Store): void {
    const { code } = l
    const address = this.#address(l, at)
    const entry = this.#probe(l, address, access, "write")
    pushHostAddress(code, entry, address)
    l.value(value)
    code.memory(memoryOpcode(access, "write"), 0)
  }

  #address(l: Lowering, node: Node): number {
    const local = l.locals.take("i32")
    l.value(node)
    l.code.set(local)
    return local
  }

  #probe(l: Lowering, address: number, access: Access, kind: "read" | "write"): number {
    const { code } = l
    const { bytes, align } = access
    const entry = l.locals.take("i32")
    const pushBlock = () => (access.asUser ? pushUserBlock(code, this.#t.arch) : code.get(LOCAL.tlb))
    const isStrict = (this.#t.aligned & (1 << ALIGNMENTS.indexOf(align))) !== 0
    // Eight bytes count as two words.
    const alignment = isStrict ? Math.min(bytes, 4) : 1
    emitMissTest(code, { address, entry, pushBlock }, { alignment, bytes }, kind)
    code.if()
    this.#interpret(l.depth + 1)
    code.end()
    return entry
  }

  // What comes after in the instruction finds a value of the right type, and is never reached.
  call(l: Lowering, _: Call): void {
    this.#interpret(l.depth)
  }

  branch(l: Lowering, branch: Branch): void {
    const exit = this.#t.exitOf(branch, this.#step)
    const before = this.#left - 1
    const { code } = l
    if (exit && "block" in exit) {
      this.#t.refund(before)
      this.#t.goTo(this.#from, exit, l.depth)
      return
    }
    const isa = branch.context && l.locals.take("i32")
    if (isa !== undefined) {
      l.value(branch.context!)
      code.set(isa)
    }
    l.value(branch.target)
    this.#t.refund(before)
    if (!exit && isa === undefined) {
      this.#t.dispatch(this.#from, l.depth)
      return
    }
    code.set(LOCAL.target)
    if (isa !== undefined) {
      if (!exit) {
        code.get(isa).i32(this.#t.isa).u8(OP.i32Eq).if().get(LOCAL.target)
        this.#t.dispatch(this.#from, l.depth + 1)
        code.end()
      }
      code.i32(0)
      code.get(isa).memory(MEMORY.i32.store, STATE + this.#t.arch.engine.ISA.offset)
    }
    code.get(LOCAL.target)
    this.#t.leaveTo(0, l.depth, false)
  }

  raise(l: Lowering): void {
    this.#interpret(l.depth)
  }

  exit(l: Lowering): void {
    this.#interpret(l.depth)
  }

  attend(l: Lowering): void {
    this.#interpret(l.depth)
  }
}

function visitAll(block: readonly Statement[], visit: (s: Statement) => void): void {
  for (const s of block) {
    visit(s)
    for (const inner of blocksOf(s)) visitAll(inner, visit)
  }
}

function registerAddress(file: RegisterFile, index: Node): number {
  if (index.kind !== "const") throw new Error(`${file.name} is read by a computed index`)
  return STATE + file.offset + Number(index.value) * byteWidth(file.type)
}
