// Translates a region to a WebAssembly function. Registers live in locals. Before an instruction that the region cannot do, it
// exits, and the interpreter does it.

import { flatProbe } from "../../mmu/tlb-probe.ts"
import { MAILBOX, REGION_PAGES, SPECIAL, STATE } from "../codegen/layout.ts"
import { deferrable, pushMade, SOURCE, sourceAddress, WAYS, wayMask, wayShift } from "../codegen/lazy-flags.ts"
import { Locals, Lowering } from "../codegen/lowering.ts"
import { registerAddress } from "../codegen/registers.ts"
import type { Node, RegisterFile, Type } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, OP } from "../wasm/index.ts"
import type { Edge, OutsideOffset, Region, RegionBlock, Step } from "./discover.ts"
import { analyse, type Graph } from "./graph.ts"
import { type Branch, branchTarget, PAGE } from "./instruction-ir.ts"
import { PASSES, type Pass, type Plan, type PlannedStep, planOf } from "./passes/index.ts"
import { type Settled, SOURCES } from "./passes/plan.ts"
import { emitCount, emitExecuted, isInterpreted, type RegionExit } from "./profile.ts"
import { LOCAL, type RegionCode, RegionTarget } from "./region-target.ts"
import { type AllocatedRegister, allocateRegisters, constantIndex } from "./register-allocation.ts"
import { Structure } from "./structure.ts"

const PARAMETERS = 3
/** Number of the function that makes deferred values (`addSettle`), in the module of a region. */
export const SETTLE = 0

/** LOCAL.at holds the offset to go on at, shifted by so many bits, and the instructions of the block not executed. */
const AT_SHIFT = 9

/** Bytes of code that are enough for most regions. */
const CODE_BYTES = 4096

/** The dispatcher uses a table if a page has so many entries at least, over so many units of code at most. */
const MIN_TABLE_ENTRIES = 5
const MAX_TABLE_UNITS = 512

/** The function of a region. */
export type Compiled = { readonly locals: readonly Type[]; readonly body: Code }

/** A translated region. */
export type Translated = Compiled & {
  /** Offsets at which it can be entered. */
  readonly entries: readonly number[]
  /** The region as it was translated. */
  readonly plan: Plan
  /** Names of the parameters and the first locals, for people who read the code. */
  readonly names: readonly string[]
}

/** What a translation depends on besides the region. */
export type Circumstances = {
  /** Passes to run; all unless given. */
  readonly passes?: readonly Pass[]
  /** The predecoded page of an offset: the pointer that the TLB must hold when an edge enters the page. */
  pointer(offset: number): number
  /** Kinds of alignment that are checked (MAILBOX.aligned). */
  readonly aligned: number
  /** Address of the region's counters, if it counts (profile.ts). */
  readonly counters?: number | undefined
}

/** Translates a region. */
export function translateRegion(arch: Architecture, region: Region, circumstances: Circumstances): Translated {
  return new Translator(arch, region, circumstances).translate()
}

/** The index of the one register of a file. */
const ONLY: Node = { kind: "const", type: "i32", value: 0 }

const pageOf = (offset: number) => Math.floor(offset / PAGE)

class Translator implements RegionCode {
  readonly #code = new Code(CODE_BYTES)
  readonly #arch: Architecture
  readonly #region: Region
  readonly #circumstances: Circumstances
  readonly #isa: number
  readonly #graph: Graph
  readonly #plan: Plan
  readonly #structure: Structure
  readonly #registers: ReadonlyMap<number, AllocatedRegister>
  readonly #locals: Locals
  /** Whether something in it is deferred, or made of what was. */
  readonly #isDeferring: boolean
  /** First local of the host addresses that accesses of a block share. */
  readonly #addresses: number
  #addressCount = 0
  /** First local of the predicted TLB entries. */
  readonly #predicted: number
  #predictedCount = 0
  /** The local that tells how deferred registers are made, as WAYS does. */
  readonly #ways: number
  /** Locals of what they are made from. */
  readonly #sources: number

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
    this.#plan = planOf(arch, region, this.#graph)
    for (const pass of circumstances.passes ?? PASSES) pass.run(this.#plan)
    const steps = this.#plan.blocks.flatMap((block) => block.steps)
    this.#registers = allocateRegisters(this.#plan, LOCAL.count)
    this.#isDeferring = steps.some(({ settle, made }) => settle.length > 0 || made.mask !== 0)
    this.#sources = LOCAL.count + this.#registers.size
    this.#ways = this.#sources + SOURCES.count
    this.#addresses = this.#ways + 1
    for (const { sharedChecks } of steps)
      for (const check of sharedChecks.values()) this.#addressCount = Math.max(this.#addressCount, check.number + 1)
    this.#predicted = this.#addresses + this.#addressCount
    for (const { predicted } of steps) this.#predictedCount += predicted.size
    this.#locals = new Locals(this.#predicted + this.#predictedCount)
  }

  #successors({ steps, next }: RegionBlock): number[] {
    const to = new Set<number>()
    for (const step of steps) {
      for (const branch of step.instruction.branches) {
        const target = branchTarget(branch, step, this.#isa)
        const block = target === undefined ? -1 : this.#region.blockAt.get(target)
        if (block !== undefined) to.add(block + 1)
      }
    }
    if (next && "block" in next) to.add(next.block + 1)
    return [...to]
  }

  // block $done; block $exit; block $interpreted; block $at: the graph. Behind each stands what remains to be done there.
  translate(): Translated {
    const code = this.#code
    code.get(LOCAL.target).i32(-PAGE).u8(OP.i32And)
    code.get(LOCAL.page).i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, REGION_PAGES).u8(OP.i32Sub).set(LOCAL.page)
    code.i32(0).memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
    this.#count("entered")
    for (const { address, local, type } of this.#registers.values())
      code.i32(0).memory(MEMORY[type].load, address).set(local)
    this.#eachDeferred((local, address) => code.i32(0).memory(MEMORY.i32.load, address).set(local))
    code.block().block().block().block()
    this.#structure.write()
    code.u8(OP.unreachable).end()
    code.get(LOCAL.page).get(LOCAL.at).i32(AT_SHIFT).u8(OP.i32ShrS).u8(OP.i32Add).set(LOCAL.target)
    code.get(LOCAL.budget).get(LOCAL.at)
    code
      .i32((1 << AT_SHIFT) - 1)
      .u8(OP.i32And)
      .u8(OP.i32Add)
      .set(LOCAL.budget)
    code.end().i32(SPECIAL.plain).set(LOCAL.result).br(1).end()
    code.i32(SPECIAL.farContext).i32(SPECIAL.far)
    code
      .i32(0)
      .memory(MEMORY.i32.load, STATE + this.#arch.engine.CONTEXT.offset)
      .select()
    code.set(LOCAL.result).end()
    this.#writeBack()
    code.get(LOCAL.result)
    const locals: Type[] = [
      ...new Array<Type>(LOCAL.count - PARAMETERS).fill("i32"),
      ...[...this.#registers.values()].map(({ type }) => type),
      ...new Array<Type>(SOURCES.count + 1 + this.#addressCount + this.#predictedCount).fill("i32"),
      ...this.#locals.types,
    ]
    const entries = this.#graph.entries.map((node) => this.#region.blocks[node - 1]!.offset)
    const registers = [...this.#registers.values()].map(({ name }) => name)
    return {
      locals,
      body: code,
      entries,
      plan: this.#plan,
      names: [...Object.keys(LOCAL).slice(0, LOCAL.count), ...registers, ...SOURCES.names, "ways"],
    }
  }

  #count(counter: "entered" | RegionExit): void {
    const { counters } = this.#circumstances
    if (counters !== undefined) emitCount(this.#code, counters, counter)
  }

  #writeBack(): void {
    const code = this.#code
    this.#eachDeferred((local, address) => code.i32(0).get(local).memory(MEMORY.i32.store, address))
    for (const { address, local, type, isWritten } of this.#registers.values()) {
      if (isWritten) code.i32(0).get(local).memory(MEMORY[type].store, address)
    }
    code.i32(0).get(LOCAL.target).memory(MEMORY.i32.store, MAILBOX.target)
    const { counters } = this.#circumstances
    if (counters !== undefined) emitExecuted(code, counters, LOCAL.budget)
    code.i32(0).get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
  }

  // Locals of what is deferred, and their places in memory.
  #eachDeferred(visit: (local: number, address: number) => void): void {
    if (!this.#isDeferring) return
    for (let source = 0; source < SOURCE.count; source++) visit(this.#sources + source, sourceAddress(source))
    visit(this.#ways, WAYS)
  }

  // Whether the budget may be too small for a path through the region up to its next check, or its end.
  #pushIsSpent(): void {
    this.#code.get(LOCAL.budget).i32(this.#region.instructions).u8(OP.i32LtS)
  }

  // Goes to the entry whose address is the target, or exits to it.
  #dispatcher(): void {
    const code = this.#code
    const { blocks } = this.#region
    const offsetOf = (node: number) => blocks[node - 1]!.offset
    this.#pushIsSpent()
    code.if().get(LOCAL.target)
    this.exitTo("budget", 1)
    code.end()
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
    this.exitTo("indirect", 0)
  }

  // Goes to the entry of a page that is the target, if there is one.
  #dispatchIn(nodes: readonly number[], inside: number): void {
    const code = this.#code
    const { unit } = this.#region.format
    const offsets = nodes.map((node) => this.#region.blocks[node - 1]!.offset)
    const lowest = offsets[0]!
    const size = (offsets[offsets.length - 1]! - lowest) / unit + 1
    const pushOffset = () => code.get(LOCAL.target).get(LOCAL.page).u8(OP.i32Sub)
    if (nodes.length >= MIN_TABLE_ENTRIES && size <= MAX_TABLE_UNITS) {
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
    const block = this.#plan.blocks[number]!
    if (this.#graph.isLoop[number + 1])
      this.exitIf({ offset: block.offset, context: 0 }, "budget", 0, 0, () => this.#pushIsSpent())
    code.get(LOCAL.budget).i32(block.steps.length).u8(OP.i32Sub).set(LOCAL.budget)
    const target = new RegionTarget(this, number)
    const lowering = new Lowering(code, this.#locals, target)
    for (const [i, step] of block.steps.entries()) {
      for (const settled of step.settle) this.#settle(settled)
      const mark = this.#locals.mark()
      target.begin(step, block.steps.length - i)
      const open = lowering.instruction(step.ir)
      this.#locals.release(mark)
      if (!open) return
      this.note(step)
    }
    this.goTo(number, block.next!, 0)
  }

  /** Notes how registers are made after an instruction. */
  note({ made: { mask, ways } }: PlannedStep): void {
    if (mask === 0) return
    if (mask === -1) this.#code.i32(ways)
    else this.#code.get(this.#ways).i32(~mask).u8(OP.i32And).i32(ways).u8(OP.i32Or)
    this.#code.set(this.#ways)
  }

  // Puts a deferred value into its register.
  #settle({ file, made }: Settled): void {
    const code = this.#code
    const place = deferrable(this.#arch).indexOf(file)
    const put = (push: () => void) => this.put(file, ONLY, push)
    if (made) put(() => pushMade(code, made, this.#sources))
    else {
      code.get(this.#ways).i32(wayMask(place)).u8(OP.i32And).if()
      put(() => {
        code.get(this.#ways).i32(wayShift(place)).u8(OP.i32ShrU).i32(15).u8(OP.i32And)
        for (let source = 0; source < SOURCE.count; source++) code.get(this.#sources + source)
        code.call(SETTLE)
      })
      code.end()
    }
    code.get(this.#ways).i32(~wayMask(place)).u8(OP.i32And).set(this.#ways)
  }

  // What `RegionTarget` uses

  get arch(): Architecture {
    return this.#arch
  }

  get isa(): number {
    return this.#isa
  }

  /** Gives the budget of instructions back that are not executed. */
  refund(instructions: number): void {
    if (instructions !== 0) this.#code.get(LOCAL.budget).i32(instructions).u8(OP.i32Add).set(LOCAL.budget)
  }

  localOf(file: RegisterFile, index: Node): number | undefined {
    const number = constantIndex(file, index)
    return file === SOURCES ? this.#sources + number : this.#registers.get(registerAddress(file, number))?.local
  }

  put(file: RegisterFile, index: Node, push: () => void): void {
    const local = this.localOf(file, index)
    if (local === undefined) this.#code.i32(0)
    push()
    if (local !== undefined) this.#code.set(local)
    else this.#code.memory(MEMORY[file.type].store, registerAddress(file, constantIndex(file, index)))
  }

  addressLocal(check: number): number {
    return this.#addresses + check
  }

  predictedLocal(number: number): number {
    return this.#predicted + number
  }

  get aligned(): number {
    return this.#circumstances.aligned
  }

  /** Takes an edge from a block; `inside` counts the labels that the instruction has opened. */
  goTo(from: number, edge: Edge, inside: number): void {
    if (!("block" in edge)) {
      this.exit(edge, "direct", inside)
      return
    }
    const { blocks } = this.#region
    const { offset } = blocks[edge.block]!
    if (this.#graph.isDispatched(from + 1, edge.block + 1)) {
      this.#code.get(LOCAL.page).i32(offset).u8(OP.i32Add)
      this.dispatch(from, inside)
      return
    }
    const { steps } = blocks[from]!
    this.#enterPage(offset, pageOf(steps[steps.length - 1]!.offset), inside)
    this.#structure.goTo(from + 1, edge.block + 1, inside)
  }

  /** Goes to the address on the stack through the dispatcher. */
  dispatch(from: number, inside: number): void {
    this.#code.set(LOCAL.target)
    this.#structure.goTo(from + 1, 0, inside)
  }

  // Another page must still be mapped to the code that was translated.
  #enterPage(offset: number, from: number, inside: number): void {
    if (pageOf(offset) === from) return
    const target = () => this.#code.get(LOCAL.page).i32(offset).u8(OP.i32Add)
    this.#checkMapping(offset, target, target, inside)
  }

  #checkMapping(offset: number, pushAddress: () => void, pushTarget: () => void, inside: number): void {
    const code = this.#code
    flatProbe.pushFetchEntry(code, { pushAddress, pushBlock: () => code.get(LOCAL.tlb), isa: this.#isa })
    code.i32(this.#circumstances.pointer(offset)).u8(OP.i32Ne).if()
    pushTarget()
    this.exitTo("page", inside + 1)
    code.end()
  }

  /** The edge of a branch; undefined if its target is not known before it runs. */
  edgeOf(branch: Branch, step: Step): Edge | undefined {
    const offset = branchTarget(branch, step, this.#isa)
    if (offset === undefined) return undefined
    const block = this.#region.blockAt.get(offset)
    return block !== undefined ? { block } : { offset, context: 0 }
  }

  /** Exits the region; of the block's instructions, `refund` have not been executed. */
  exit(to: OutsideOffset, why: RegionExit, inside: number, refund = 0): void {
    const code = this.#code
    if (to.context !== 0)
      code
        .i32(0)
        .i32(to.context)
        .memory(MEMORY.i32.store, STATE + this.#arch.engine.CONTEXT.offset)
    code.get(LOCAL.page).i32(to.offset).u8(OP.i32Add)
    this.exitTo(why, inside, refund)
  }

  /** The same if what the function pushes is not zero. This is cheap while it is zero. */
  exitIf(to: OutsideOffset, why: RegionExit, inside: number, refund: number, pushTest: () => void): void {
    const code = this.#code
    const at = to.offset * (1 << AT_SHIFT) + refund
    if (
      isInterpreted(why) &&
      to.context === 0 &&
      at === (at | 0) &&
      refund < 1 << AT_SHIFT &&
      this.#circumstances.counters === undefined
    ) {
      code.i32(at).set(LOCAL.at)
      pushTest()
      code.brIf(this.#structure.depth + inside)
      return
    }
    pushTest()
    code.if()
    this.exit(to, why, inside + 1, refund)
    code.end()
  }

  /** Exits to the address on the stack. */
  exitTo(why: RegionExit, inside: number, refund = 0): void {
    this.#code.set(LOCAL.target)
    this.refund(refund)
    this.#count(why)
    this.#code.br(this.#structure.depth + inside + (isInterpreted(why) ? 1 : 2))
  }
}
