// Translates a region to a WebAssembly function. Registers live in locals; whatever the region cannot do itself leaves
// it before the instruction at hand, for the interpreter to do.

import { emitProbe, emitUnalignedTest, fetchTable, pushHostAddress } from "../../mmu/tlb-probe.ts"
import { mayBeMisaligned, pushAllowed } from "../interpreter/data-miss.ts"
import { MAILBOX, STATE } from "../interpreter/layout.ts"
import { type Call, type Load, Locals, Lowering, type Store, type Target } from "../interpreter/lower.ts"
import { memoryOpcode, pushUserBlock, SPECIAL } from "../interpreter/machine-code.ts"
import type { Access, Node, RegisterFile, Statement, Type } from "../ir/index.ts"
import { blocksOf, byteWidth } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, OP } from "../wasm/index.ts"
import { type Branch, branchTarget, type Exit, PAGE, type Region, type RegionBlock, type Step } from "./discover.ts"
import { analyse, type Graph } from "./graph.ts"
import { Structure } from "./structure.ts"

/** Parameters of a region: address of the page of its entry, base of the regime's TLB block; and its first locals. */
const LOCAL = { page: 0, tlb: 1, budget: 2, target: 3, refund: 4, count: 5 } as const

/** A translated region. */
export type Translated = { readonly locals: readonly Type[]; readonly body: Code }

/** Predecoded code by page, for edges between pages: the pointer that the TLB must hold for the page of an offset. */
export type PagePointers = (offset: number) => number

/** Translates a region. */
export function translateRegion(arch: Architecture, region: Region, pointers: PagePointers): Translated {
  return new Translator(arch, region, pointers).translate()
}

class Translator {
  readonly #code = new Code()
  readonly #arch: Architecture
  readonly #region: Region
  readonly #pointers: PagePointers
  readonly #isa: number
  readonly #graph: Graph
  readonly #structure: Structure
  readonly #cut = new Set<string>()
  /** Locals of the registers that the region uses, by address of the register. */
  readonly #registers = new Map<number, { readonly local: number; readonly type: Type; written: boolean }>()
  /** Storage that the region uses under two names (ARM's S and D registers): it stays in memory. */
  readonly #shared = new Set<string>()
  readonly #locals: Locals

  constructor(arch: Architecture, region: Region, pointers: PagePointers) {
    this.#arch = arch
    this.#region = region
    this.#pointers = pointers
    this.#isa = arch.formats.indexOf(region.format)
    const successors = region.blocks.map((block) => this.#successors(block))
    this.#graph = analyse(successors, (from, to) => this.#cut.add(`${from} ${to}`))
    this.#structure = new Structure(this.#code, this.#graph, (block) => this.#block(block))
    const each = (visit: (s: Statement) => void) => {
      for (const block of region.blocks) for (const step of block.steps) visitAll(step.meaning.ir, visit)
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
        for (const offset of target === undefined ? this.#region.returns : [target]) {
          const block = this.#region.at.get(offset)
          if (block !== undefined) to.add(block)
        }
      }
    }
    if (next && "block" in next) to.add(next.block)
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
      ...new Array<Type>(LOCAL.count - 2).fill("i32"),
      ...[...this.#registers.values()].map(({ type }) => type),
      ...this.#locals.types,
    ]
    return { locals, body: code }
  }

  #writeBack(): void {
    const code = this.#code
    for (const [address, { local, type, written }] of this.#registers) {
      if (written) code.i32(0).get(local).memory(MEMORY[type].store, address)
    }
    code.i32(0).get(LOCAL.target).memory(MEMORY.i32.store, MAILBOX.target)
    code.i32(0).get(LOCAL.budget).get(LOCAL.refund).u8(OP.i32Add).memory(MEMORY.i32.store, MAILBOX.budget)
  }

  #block(number: number): void {
    const code = this.#code
    const block = this.#region.blocks[number]!
    if (number === 0 || this.#graph.isLoop[number]) {
      // Enough for any way through the region that comes here again, or to no such place.
      code.get(LOCAL.budget).i32(this.#region.instructions).u8(OP.i32LtS).if()
      this.leave({ offset: block.offset, context: 0 }, 0, 1, true)
      code.end()
    }
    code.get(LOCAL.budget).i32(block.steps.length).u8(OP.i32Sub).set(LOCAL.budget)
    for (const [i, step] of block.steps.entries()) {
      const left = block.steps.length - i
      const target = new RegionTarget(this, number, step, left)
      const lowering = new Lowering(code, this.#locals, target)
      const mark = this.#locals.mark()
      const open = lowering.instruction(step.meaning.ir)
      this.#locals.release(mark)
      if (!open) return
    }
    this.goTo(number, block.next!, 0)
  }

  // What `RegionTarget` uses

  get arch(): Architecture {
    return this.#arch
  }

  /** Whether registers of a file are held in locals. */
  isLocal(file: RegisterFile): boolean {
    return !this.#shared.has(file.storage)
  }

  registerOf(file: RegisterFile, index: Node): number {
    return this.#registers.get(registerAddress(file, index))!.local
  }

  /** Goes from a block along an exit, from inside so many labels of an instruction. */
  goTo(from: number, exit: Exit, inside: number): void {
    if (!("block" in exit)) {
      this.leave(exit, 0, inside)
      return
    }
    const { blocks } = this.#region
    const { offset } = blocks[exit.block]!
    if (this.#cut.has(`${from} ${exit.block}`)) {
      this.leave({ offset, context: 0 }, 0, inside)
      return
    }
    const page = Math.floor(offset / PAGE)
    const step = blocks[from]!.steps
    if (page !== Math.floor(step[step.length - 1]!.offset / PAGE)) {
      // The next page must be mapped to the code that was translated.
      const code = this.#code
      code
        .get(LOCAL.page)
        .i32(page * PAGE)
        .u8(OP.i32Add)
        .i32(10)
        .u8(OP.i32ShrU)
        .get(LOCAL.tlb)
        .u8(OP.i32Add)
      code.memory(MEMORY.i32.load, fetchTable(this.#isa)).i32(this.#pointers(offset)).u8(OP.i32Ne).if()
      this.leave({ offset, context: 0 }, 0, inside + 1)
      code.end()
    }
    this.#structure.goTo(from, exit.block, inside)
  }

  /** Goes to where a call of the region returns to, if the target is there. */
  goToReturn(from: number, unexecuted: number, isa: number | undefined, inside: number): void {
    if (unexecuted !== 0) return
    const code = this.#code
    for (const offset of this.#region.returns) {
      code.get(LOCAL.target).get(LOCAL.page).i32(offset).u8(OP.i32Add).u8(OP.i32Eq)
      if (isa !== undefined) code.get(isa).i32(this.#isa).u8(OP.i32Eq).u8(OP.i32And)
      code.if()
      this.goTo(from, { block: this.#region.at.get(offset)! }, inside + 1)
      code.end()
    }
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
    this.#code.set(LOCAL.target).i32(refund).set(LOCAL.refund)
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
    const entry = l.locals.take("i32")
    const pushBlock = () => (access.asUser ? pushUserBlock(code, this.#t.arch) : code.get(LOCAL.tlb))
    emitProbe(code, { address, entry, pushBlock }, access.bytes, kind)
    code.u8(OP.i32Eqz).if()
    if (mayBeMisaligned(access)) {
      emitUnalignedTest(code, { address, entry }, access.bytes)
      pushAllowed(code, access, address)
      code.u8(OP.i32And).u8(OP.i32Eqz).if()
      this.#interpret(l.depth + 2)
      code.end()
    } else this.#interpret(l.depth + 1)
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
      if (before !== 0) code.get(LOCAL.budget).i32(before).u8(OP.i32Add).set(LOCAL.budget)
      this.#t.goTo(this.#from, exit, l.depth)
      return
    }
    const isa = branch.context && l.locals.take("i32")
    if (isa !== undefined) {
      l.value(branch.context!)
      code.set(isa)
    }
    l.value(branch.target)
    code.set(LOCAL.target)
    if (!exit) this.#t.goToReturn(this.#from, before, isa, l.depth)
    if (isa !== undefined) {
      code.i32(0)
      code.get(isa).memory(MEMORY.i32.store, STATE + this.#t.arch.engine.ISA.offset)
    }
    code.get(LOCAL.target)
    this.#t.leaveTo(before, l.depth, false)
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
