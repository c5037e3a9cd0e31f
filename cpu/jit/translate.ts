// Translates a region to a WebAssembly function. Registers live in locals; whatever the region cannot do itself leaves
// it before the instruction at hand, for the interpreter to do.

import { flatProbe } from "../../mmu/tlb-probe.ts"
import { MAILBOX, REGION_PAGES, SPECIAL, STATE } from "../codegen/layout.ts"
import { emitMaterialise, isSource, pushFlag } from "../codegen/lazy-flags.ts"
import { Locals, Lowering } from "../codegen/lowering.ts"
import { registerAddress } from "../codegen/registers.ts"
import type { Node, RegisterFile, Type } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, OP } from "../wasm/index.ts"
import { type Branch, branchTarget, type Exit, PAGE, type Region, type RegionBlock, type Step } from "./discover.ts"
import { FlagLocals, flagsAtExit } from "./flag-locals.ts"
import { analyse, type Graph } from "./graph.ts"
import { PASSES, type Pass, type Plan, type PlannedStep, planOf } from "./passes/index.ts"
import type { Materialised } from "./passes/plan.ts"
import { emitCount, emitExecuted, isPlain, type Leaving } from "./profile.ts"
import { LOCAL, type RegionCode, RegionTarget } from "./region-target.ts"
import { constantIndex, type Held, heldRegisters } from "./register-allocation.ts"
import { Structure } from "./structure.ts"

const PARAMETERS = 3

/** In LOCAL.at: instructions of the block that have not been executed, and to their left the offset to leave to. */
const AT_SHIFT = 9

/** Bytes of code that most regions have at most. */
const ROOM = 4096

/** Entries from which on, and units of code up to which, the dispatcher goes by a table. */
const LEAST_TABLE = 5
const MOST_TABLE = 512

/** The function of a region. */
export type Compiled = { readonly locals: readonly Type[]; readonly body: Code }

/** A translated region. */
export type Translated = Compiled & {
  /** Offsets at which it can be entered. */
  readonly entries: readonly number[]
  /** The region as it was translated. */
  readonly plan: Plan
  /** What is in the parameters and the first locals, for whoever reads the code. */
  readonly names: readonly string[]
}

/** What a region is translated for. */
export type Circumstances = {
  /** Passes that it goes through; all unless given. */
  readonly passes?: readonly Pass[]
  /** Predecoded code by page, for edges between pages: the pointer that the TLB must hold for the page of an offset. */
  pointer(offset: number): number
  /** Kinds of alignment that are checked now (MAILBOX.aligned). */
  readonly aligned: number
  /** Address of the counters in which it counts what it does, if it does (profile.ts). */
  readonly counters?: number | undefined
}

/** Translates a region. */
export function translateRegion(arch: Architecture, region: Region, circumstances: Circumstances): Translated {
  return new Translator(arch, region, circumstances).translate()
}

const pageOf = (offset: number) => Math.floor(offset / PAGE)

class Translator implements RegionCode {
  readonly #code = new Code(ROOM)
  readonly #arch: Architecture
  readonly #region: Region
  readonly #circumstances: Circumstances
  readonly #isa: number
  readonly #graph: Graph
  readonly #plan: Plan
  readonly #structure: Structure
  readonly #registers: ReadonlyMap<number, Held>
  readonly #locals: Locals
  readonly #flags: FlagLocals
  /** Locals of places in linear memory that accesses of a block share. */
  readonly #places: number
  #placeCount = 0
  /** Locals of entries that loads expect to find again. */
  readonly #expected: number
  #expectedCount = 0

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
    const atExit = flagsAtExit(this.#plan)
    this.#registers = heldRegisters(this.#plan, atExit, LOCAL.count)
    this.#flags = new FlagLocals(this.#plan, atExit, LOCAL.count + this.#registers.size)
    this.#places = this.#flags.end
    for (const { checks } of steps)
      for (const { place } of checks.values()) this.#placeCount = Math.max(this.#placeCount, place + 1)
    this.#expected = this.#places + this.#placeCount
    for (const { expected } of steps) this.#expectedCount += expected.size
    this.#locals = new Locals(this.#expected + this.#expectedCount)
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

  // block $done; block $left; block $plain; block $at: the graph; and behind each of them what is left to do.
  translate(): Translated {
    const code = this.#code
    code.get(LOCAL.target).i32(-PAGE).u8(OP.i32And)
    code.get(LOCAL.page).i32(2).u8(OP.i32Shl).memory(MEMORY.i32.load, REGION_PAGES).u8(OP.i32Sub).set(LOCAL.page)
    code.i32(0).memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
    this.#count("entered")
    for (const { address, local, type } of this.#registers.values())
      code.i32(0).memory(MEMORY[type].load, address).set(local)
    for (const { local, type, address } of this.#flags.carried)
      code.i32(0).memory(MEMORY[type].load, address).set(local)
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
      ...this.#flags.all.map(({ type }) => type),
      ...new Array<Type>(this.#placeCount + this.#expectedCount).fill("i32"),
      ...this.#locals.types,
    ]
    const entries = this.#graph.entries.map((node) => this.#region.blocks[node - 1]!.offset)
    const registers = [...this.#registers.values()].map(({ name }) => name)
    return {
      locals,
      body: code,
      entries,
      plan: this.#plan,
      names: [...Object.keys(LOCAL).slice(0, LOCAL.count), ...registers, ...this.#flags.all.map(({ name }) => name)],
    }
  }

  #count(counter: "entered" | Leaving): void {
    const { counters } = this.#circumstances
    if (counters !== undefined) emitCount(this.#code, counters, counter)
  }

  #writeBack(): void {
    const code = this.#code
    for (const flag of this.#flags.atExit) this.#materialise({ flag, recipe: undefined })
    for (const { local, type, address } of this.#flags.carried)
      code.i32(0).get(local).memory(MEMORY[type].store, address)
    for (const { address, local, type, isWritten } of this.#registers.values()) {
      if (isWritten) code.i32(0).get(local).memory(MEMORY[type].store, address)
    }
    code.i32(0).get(LOCAL.target).memory(MEMORY.i32.store, MAILBOX.target)
    const { counters } = this.#circumstances
    if (counters !== undefined) emitExecuted(code, counters, LOCAL.budget)
    code.i32(0).get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
  }

  // Whether the budget may not be enough for a way through the region that comes to a check again, or to none.
  #pushIsSpent(): void {
    this.#code.get(LOCAL.budget).i32(this.#region.instructions).u8(OP.i32LtS)
  }

  // Goes to the entry whose address is the target, or leaves the region to it.
  #dispatcher(): void {
    const code = this.#code
    const { blocks } = this.#region
    const offsetOf = (node: number) => blocks[node - 1]!.offset
    this.#pushIsSpent()
    code.if().get(LOCAL.target)
    this.leaveTo("budget", 1)
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
    this.leaveTo("indirect", 0)
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
    const block = this.#plan.blocks[number]!
    if (this.#graph.isLoop[number + 1])
      this.leaveIf({ offset: block.offset, context: 0 }, "budget", 0, 0, () => this.#pushIsSpent())
    code.get(LOCAL.budget).i32(block.steps.length).u8(OP.i32Sub).set(LOCAL.budget)
    const target = new RegionTarget(this, number)
    const lowering = new Lowering(code, this.#locals, target)
    for (const [i, step] of block.steps.entries()) {
      for (const materialised of step.materialise) {
        this.#materialise(materialised)
        this.#setRecipes(materialised.flag.word, materialised.flag.mask, 0)
      }
      const mark = this.#locals.mark()
      target.begin(step, block.steps.length - i)
      const open = lowering.instruction(step.ir)
      this.#locals.release(mark)
      if (!open) return
      this.note(step)
    }
    this.goTo(number, block.next!, 0)
  }

  /** Notes the recipes of flags after an instruction. */
  note({ recipes }: PlannedStep): void {
    for (const { word, mask, value } of recipes) this.#setRecipes(word, mask, value)
  }

  #setRecipes(word: number, mask: number, value: number): void {
    const local = this.#flags.word(word)
    if (mask === -1) this.#code.i32(value)
    else {
      this.#code.get(local).i32(~mask).u8(OP.i32And)
      if (value !== 0) this.#code.i32(value).u8(OP.i32Or)
    }
    this.#code.set(local)
  }

  // Puts a lazy flag into its register.
  #materialise({ flag, recipe }: Materialised): void {
    const code = this.#code
    const sources = this.#flags.source(flag.group, 0)
    const put = (push: () => void) => this.put(flag.file, flag.index, push)
    if (recipe !== undefined) put(() => pushFlag(code, flag, recipe, sources))
    else emitMaterialise(code, this.#flags.lazy, { flag, word: this.#flags.word(flag.word), sources, first: 0, put })
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

  localOf(file: RegisterFile, index: Node): number | undefined {
    return this.#localOf(file, constantIndex(file, index))
  }

  #localOf(file: RegisterFile, index: number): number | undefined {
    return isSource(file) ? this.#flags.sourceOf(file, index) : this.#registers.get(registerAddress(file, index))?.local
  }

  put(file: RegisterFile, index: number, push: () => void): void {
    const local = this.#localOf(file, index)
    if (local === undefined) this.#code.i32(0)
    push()
    if (local !== undefined) this.#code.set(local)
    else this.#code.memory(MEMORY[file.type].store, registerAddress(file, index))
  }

  placeLocal(place: number): number {
    return this.#places + place
  }

  expectedLocal(number: number): number {
    return this.#expected + number
  }

  get aligned(): number {
    return this.#circumstances.aligned
  }

  /** Goes from a block along an exit, from inside so many labels of an instruction. */
  goTo(from: number, exit: Exit, inside: number): void {
    if (!("block" in exit)) {
      this.leave(exit, "border", inside)
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
    flatProbe.pushFetchEntry(code, { pushAddress, pushBlock: () => code.get(LOCAL.tlb), isa: this.#isa })
    code.i32(this.#circumstances.pointer(offset)).u8(OP.i32Ne).if()
    pushTarget()
    this.leaveTo("page", inside + 1)
    code.end()
  }

  /** The block of a branch's target, or the way out to it; undefined if only running tells. */
  exitOf(branch: Branch, step: Step): Exit | undefined {
    const offset = branchTarget(branch, step, this.#isa)
    if (offset === undefined) return undefined
    const block = this.#region.at.get(offset)
    return block !== undefined ? { block } : { offset, context: 0 }
  }

  /** Leaves the region; of the block's instructions, so many have not been executed. */
  leave(exit: Extract<Exit, { offset: number }>, why: Leaving, inside: number, refund = 0): void {
    const code = this.#code
    if (exit.context !== 0)
      code
        .i32(0)
        .i32(exit.context)
        .memory(MEMORY.i32.store, STATE + this.#arch.engine.CONTEXT.offset)
    code.get(LOCAL.page).i32(exit.offset).u8(OP.i32Add)
    this.leaveTo(why, inside, refund)
  }

  /** The same if what the function pushes is not zero; as cheap as can be where that is rare. */
  leaveIf(
    exit: Extract<Exit, { offset: number }>,
    why: Leaving,
    inside: number,
    refund: number,
    pushTest: () => void,
  ): void {
    const code = this.#code
    const at = exit.offset * (1 << AT_SHIFT) + refund
    if (
      isPlain(why) &&
      exit.context === 0 &&
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
    this.leave(exit, why, inside + 1, refund)
    code.end()
  }

  /** Leaves to the address on the stack. */
  leaveTo(why: Leaving, inside: number, refund = 0): void {
    this.#code.set(LOCAL.target)
    this.refund(refund)
    this.#count(why)
    this.#code.br(this.#structure.depth + inside + (isPlain(why) ? 1 : 2))
  }
}
