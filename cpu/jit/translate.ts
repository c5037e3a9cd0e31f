// Translates a region to a WebAssembly function. Allocated registers live in locals. Before an instruction that the region
// cannot execute it takes a side exit, and the interpreter executes the instruction.

import { probeOf, type TlbProbe } from "../../mmu/tlb-probe.ts"
import { type AddressType, addressOp, addToAddress, extendOffset, pushAddress } from "../codegen/address.ts"
import { MAILBOX, PAGE_POINTERS, REGION_ENTRIES, REGION_ENTRY, SPECIAL, STATE } from "../codegen/layout.ts"
import { emitMaterialise, isSource, pushFlag } from "../codegen/lazy-flags.ts"
import { Locals, Lowering } from "../codegen/lowering.ts"
import { pushRegister, registerAddress } from "../codegen/registers.ts"
import type { Node, RegisterFile, Type } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, OP } from "../wasm/index.ts"
import type { Edge, OutsideTarget, Region, RegionBlock, Step } from "./discover.ts"
import { type DispatcherCode, emitDispatcher } from "./dispatcher.ts"
import { FlagLocals, flagsAtExit } from "./flag-locals.ts"
import { analyseControlFlow, type Graph } from "./graph.ts"
import { type Branch, branchTarget, PAGE } from "./instruction-ir.ts"
import { PASSES, type Pass, type Plan, type PlannedStep, planOf } from "./passes/index.ts"
import type { Materialised } from "./passes/plan.ts"
import { emitCount, emitExecuted, isSideExit, type RegionExit } from "./profile.ts"
import { LOCAL, type RegionCode, RegionTarget } from "./region-target.ts"
import { type AllocatedRegister, allocateRegisters, constantIndex } from "./register-allocation.ts"
import { Structure } from "./structure.ts"
import { NO_VARIANT, type Variant } from "./variant.ts"

const PARAMETERS = 3

// LOCAL.resume packs what a side exit needs: the offset to resume at, above RESUME_SHIFT bits with the number of the
// block's instructions that were not executed.
const RESUME_SHIFT = 9

// Initial capacity in bytes, enough for most regions.
const CODE_BYTES = 4096

/** The function of a region: the types of its locals behind the parameters, and its body without the final end. */
export type Compiled = { readonly locals: readonly Type[]; readonly body: Code }

/** The function of a region, with what its owner needs to install and to show it. */
export type Translated = Compiled & {
  /** Offsets at which it can be entered. */
  readonly entries: readonly number[]
  /** The region after its passes. */
  readonly plan: Plan
  /** Names of the parameters and the first locals, for dumps of the code. */
  readonly names: readonly string[]
}

/** What a translation depends on beside the region. */
export type TranslationOptions = {
  /** Passes to run, in order; all unless given. */
  readonly passes?: readonly Pass[]
  /** Number of the predecoded page of an offset: an edge that enters it compares the TLB's fetch entry with its place. */
  pageNumber(offset: number): number
  /** Bit mask of the kinds of alignment that accesses must have (MAILBOX.aligned). */
  readonly aligned: number
  /** Address of the region's counters; undefined if it does not count. */
  readonly counters?: number | undefined
  /** The variant that the region is specialised for; NO_VARIANT unless given. */
  readonly variant?: Variant
}

/** Runs the passes on a region and translates it. */
export function translateRegion(arch: Architecture, region: Region, options: TranslationOptions): Translated {
  return new Translator(arch, region, options).translate()
}

const pageOf = (offset: number) => Math.floor(offset / PAGE)

class Translator implements RegionCode, DispatcherCode {
  readonly code = new Code(CODE_BYTES)
  readonly #arch: Architecture
  readonly #region: Region
  readonly #options: TranslationOptions
  readonly #isa: number
  readonly addressType: AddressType
  readonly #probe: TlbProbe
  readonly #graph: Graph
  readonly #plan: Plan
  readonly #structure: Structure
  readonly #registers: ReadonlyMap<number, AllocatedRegister>
  readonly #locals: Locals
  readonly #flags: FlagLocals
  /** First local of the host addresses that shared TLB checks leave. */
  readonly #addresses: number
  #addressCount = 0
  /** First local of the predicted TLB entries. */
  readonly #predicted: number
  #predictedCount = 0

  constructor(arch: Architecture, region: Region, options: TranslationOptions) {
    this.#arch = arch
    this.#region = region
    this.#options = options
    this.#isa = arch.formats.indexOf(region.format)
    this.addressType = arch.addressType
    this.#probe = probeOf(arch.addressType)
    const { blocks, entries } = region
    // Node 0 is the dispatcher, node n + 1 is block n.
    this.#graph = analyseControlFlow([
      entries.map((block) => block + 1),
      ...blocks.map((block) => this.#successors(block)),
    ])
    this.#structure = new Structure(this.code, this.#graph, (node) =>
      node === 0 ? emitDispatcher(this, this.#graph, region, this.#structure) : this.#block(node - 1),
    )
    this.#plan = planOf(arch, region, this.#graph)
    for (const pass of options.passes ?? PASSES) pass.run(this.#plan)
    const steps = this.#plan.blocks.flatMap((block) => block.steps)
    const atExit = flagsAtExit(this.#plan)
    this.#registers = allocateRegisters(this.#plan, atExit, LOCAL.count)
    this.#flags = new FlagLocals(this.#plan, atExit, LOCAL.count + this.#registers.size)
    this.#addresses = this.#flags.end
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

  // The graph stands in four nested blocks, which exits branch out of. Innermost first:
  //   resume: computes target and budget from LOCAL.resume, the short form of a side exit
  //   interpreted: the interpreter resumes at an instruction of the region
  //   left: the target is outside of the region
  //   done: writes back locals, with LOCAL.result set
  translate(): Translated {
    const code = this.code
    this.#checkVariant()
    this.pushTargetPage()
    code
      .get(LOCAL.slot)
      .i32(Math.log2(REGION_ENTRY.size))
      .u8(OP.i32Shl)
      .memory(MEMORY.i32.load, REGION_ENTRIES + REGION_ENTRY.page)
    extendOffset(code, this.addressType)
    addressOp(code, this.addressType, "sub")
    code.set(LOCAL.page)
    code.base().memory(MEMORY.i32.load, MAILBOX.budget).set(LOCAL.budget)
    this.#count("entered")
    for (const { address, local, type } of this.#registers.values())
      code.base().memory(MEMORY[type].load, address).set(local)
    for (const { local, type, address } of this.#flags.carried)
      code.base().memory(MEMORY[type].load, address).set(local)
    code.block().block().block().block()
    this.#structure.write()
    code.u8(OP.unreachable).end()
    code.get(LOCAL.page).get(LOCAL.resume).i32(RESUME_SHIFT).u8(OP.i32ShrS)
    extendOffset(code, this.addressType)
    addressOp(code, this.addressType, "add")
    code.set(LOCAL.target)
    code.get(LOCAL.budget).get(LOCAL.resume)
    code
      .i32((1 << RESUME_SHIFT) - 1)
      .u8(OP.i32And)
      .u8(OP.i32Add)
      .set(LOCAL.budget)
    code.end().i32(SPECIAL.interpret).set(LOCAL.result).br(1).end()
    code.i32(SPECIAL.farContext).i32(SPECIAL.far)
    code
      .base()
      .memory(MEMORY.i32.load, STATE + this.#arch.engine.CONTEXT.offset)
      .select()
    code.set(LOCAL.result).end()
    this.#writeBack()
    code.get(LOCAL.result)
    const locals: Type[] = [
      this.addressType,
      ...new Array<Type>(LOCAL.count - PARAMETERS - 1).fill("i32"),
      ...[...this.#registers.values()].map(({ type }) => type),
      ...this.#flags.all.map(({ type }) => type),
      ...new Array<Type>(this.#addressCount + this.#predictedCount).fill("i32"),
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

  // Returns at once if the variant in force is not the one that the region is specialised for.
  #checkVariant(): void {
    const code = this.code
    for (const [file, values] of (this.#options.variant ?? NO_VARIANT).values) {
      for (const [n, value] of values.entries()) {
        pushRegister(code, file, n)
        if (file.type === "i64") code.i64(BigInt(value)).u8(OP.i64Ne)
        else code.i32(Number(value)).u8(OP.i32Ne)
        code.if()
        this.#storeTarget()
        code.i32(SPECIAL.otherVariant).return().end()
      }
    }
  }

  #storeTarget(): void {
    this.code.base().get(LOCAL.target).memory(MEMORY[this.addressType].store, MAILBOX.target)
  }

  /** Pushes the address of the page that the target lies in. */
  pushTargetPage(): void {
    this.code.get(LOCAL.target)
    pushAddress(this.code, this.addressType, -PAGE)
    addressOp(this.code, this.addressType, "and")
  }

  #count(counter: "entered" | RegionExit): void {
    const { counters } = this.#options
    if (counters !== undefined) emitCount(this.code, counters, counter)
  }

  #writeBack(): void {
    const code = this.code
    for (const flag of this.#flags.atExit) this.#materialise({ flag, recipe: undefined })
    for (const { local, type, address } of this.#flags.carried)
      code.base().get(local).memory(MEMORY[type].store, address)
    for (const { address, local, type, isWritten } of this.#registers.values()) {
      if (isWritten) code.base().get(local).memory(MEMORY[type].store, address)
    }
    this.#storeTarget()
    const { counters } = this.#options
    if (counters !== undefined) emitExecuted(code, counters, LOCAL.budget)
    code.base().get(LOCAL.budget).memory(MEMORY.i32.store, MAILBOX.budget)
  }

  /** Pushes whether the budget may run out before the region's next check of it, or before the region's end. */
  pushIsSpent(): void {
    this.code.get(LOCAL.budget).i32(this.#region.instructions).u8(OP.i32LtS)
  }

  #block(number: number): void {
    const code = this.code
    const block = this.#plan.blocks[number]!
    if (this.#graph.isLoopHeader[number + 1])
      this.exitIf({ offset: block.offset, context: 0 }, "budget", 0, 0, () => this.pushIsSpent())
    code.get(LOCAL.budget).i32(block.steps.length).u8(OP.i32Sub).set(LOCAL.budget)
    const target = new RegionTarget(this, number)
    const lowering = new Lowering(code, this.#locals, target)
    for (const [i, step] of block.steps.entries()) {
      for (const materialised of step.materialise) {
        this.#materialise(materialised)
        this.#setRecipes(materialised.flag.word, materialised.flag.mask, 0)
      }
      const mark = this.#locals.mark()
      const remaining = block.steps.length - i
      target.begin(step, remaining)
      if (step.instruction.attends)
        this.exitIf(step, "interrupt", 0, remaining, () => code.base().memory(MEMORY.i32.load, MAILBOX.interrupt))
      const open = lowering.instruction(step.ir)
      this.#locals.release(mark)
      if (!open) return
      this.recordRecipes(step)
    }
    this.goTo(number, block.next!, 0)
  }

  /** Records the recipes of the flags that an instruction leaves lazy. */
  recordRecipes({ recipes }: PlannedStep): void {
    for (const { word, mask, value } of recipes) this.#setRecipes(word, mask, value)
  }

  #setRecipes(word: number, mask: number, value: number): void {
    const local = this.#flags.word(word)
    if (mask === -1) this.code.i32(value)
    else {
      this.code.get(local).i32(~mask).u8(OP.i32And)
      if (value !== 0) this.code.i32(value).u8(OP.i32Or)
    }
    this.code.set(local)
  }

  // Computes a lazy flag into its register: by a known recipe, or by a call that tests which one applies.
  #materialise({ flag, recipe }: Materialised): void {
    const code = this.code
    const sources = this.#flags.source(flag.group, 0)
    const put = (push: () => void) => this.put(flag.file, flag.index, push)
    if (recipe !== undefined) put(() => pushFlag(code, flag, recipe, sources))
    else emitMaterialise(code, this.#flags.lazy, { flag, word: this.#flags.word(flag.word), sources, first: 0, put })
  }

  // For RegionTarget

  get arch(): Architecture {
    return this.#arch
  }

  get isa(): number {
    return this.#isa
  }

  /** Adds instructions of the block that are not executed back to the budget. */
  refund(instructions: number): void {
    if (instructions !== 0) this.code.get(LOCAL.budget).i32(instructions).u8(OP.i32Add).set(LOCAL.budget)
  }

  localOf(file: RegisterFile, index: Node): number | undefined {
    const number = constantIndex(index)
    return number === undefined ? undefined : this.#localOf(file, number)
  }

  #localOf(file: RegisterFile, index: number): number | undefined {
    return isSource(file) ? this.#flags.sourceOf(file, index) : this.#registers.get(registerAddress(file, index))?.local
  }

  put(file: RegisterFile, index: number, push: () => void): void {
    const local = this.#localOf(file, index)
    if (local === undefined) this.code.base()
    push()
    if (local !== undefined) this.code.set(local)
    else this.code.memory(MEMORY[file.type].store, registerAddress(file, index))
  }

  get probe(): TlbProbe {
    return this.#probe
  }

  /** Pushes the address of an offset, in bytes from the start of the region's first page. */
  pushOffset(offset: number): void {
    this.code.get(LOCAL.page)
    addToAddress(this.code, this.addressType, offset)
  }

  addressLocal(check: number): number {
    return this.#addresses + check
  }

  predictedLocal(number: number): number {
    return this.#predicted + number
  }

  get aligned(): number {
    return this.#options.aligned
  }

  /** Writes an edge of the block `from`; `innerDepth` counts the labels that the instruction has opened. */
  goTo(from: number, edge: Edge, innerDepth: number): void {
    if (!("block" in edge)) {
      this.exit(edge, "direct", innerDepth)
      return
    }
    const { blocks } = this.#region
    const { offset } = blocks[edge.block]!
    if (this.#graph.isDispatched(from + 1, edge.block + 1)) {
      this.pushOffset(offset)
      this.dispatch(from, innerDepth)
      return
    }
    const { steps } = blocks[from]!
    this.#enterPage(offset, pageOf(steps[steps.length - 1]!.offset), innerDepth)
    this.#structure.goTo(from + 1, edge.block + 1, innerDepth)
  }

  /** Branches to the address on the stack through the dispatcher. */
  dispatch(from: number, innerDepth: number): void {
    this.code.set(LOCAL.target)
    this.#structure.goTo(from + 1, 0, innerDepth)
  }

  // An edge to another page exits if that page is no longer mapped to the code that was translated.
  #enterPage(offset: number, from: number, innerDepth: number): void {
    if (pageOf(offset) === from) return
    const target = () => this.pushOffset(offset)
    this.checkMapping(offset, target, target, innerDepth)
  }

  /** Exits unless the TLB still maps the page of an offset to the code that was translated. */
  checkMapping(offset: number, pushAddress: () => void, pushTarget: () => void, innerDepth: number): void {
    const code = this.code
    this.#probe.pushFetchEntry(code, { pushAddress, pushBlock: () => code.get(LOCAL.tlb), isa: this.#isa })
    code.i32(PAGE_POINTERS + 4 * this.#options.pageNumber(offset)).memory(MEMORY.i32.load, 0)
    code.u8(OP.i32Ne).if()
    pushTarget()
    this.exitTo("page", innerDepth + 1)
    code.end()
  }

  /** The edge of a direct branch; undefined if the branch is indirect. */
  edgeOf(branch: Branch, step: Step): Edge | undefined {
    const offset = branchTarget(branch, step, this.#isa)
    if (offset === undefined) return undefined
    const block = this.#region.blockAt.get(offset)
    return block !== undefined ? { block } : { offset, context: 0 }
  }

  /** Exits to an offset; `refund` instructions of the block have not been executed. */
  exit(to: OutsideTarget, why: RegionExit, innerDepth: number, refund = 0): void {
    const code = this.code
    if (to.context !== 0)
      code
        .base()
        .i32(to.context)
        .memory(MEMORY.i32.store, STATE + this.#arch.engine.CONTEXT.offset)
    this.pushOffset(to.offset)
    this.exitTo(why, innerDepth, refund)
  }

  /** Exits to an offset if the test is not zero. A side exit takes the short form: one branch, and no code of its own. */
  exitIf(to: OutsideTarget, why: RegionExit, innerDepth: number, refund: number, pushTest: () => void): void {
    const code = this.code
    const resume = to.offset * (1 << RESUME_SHIFT) + refund
    if (
      isSideExit(why) &&
      to.context === 0 &&
      resume === (resume | 0) &&
      refund < 1 << RESUME_SHIFT &&
      this.#options.counters === undefined
    ) {
      code.i32(resume).set(LOCAL.resume)
      pushTest()
      code.brIf(this.#structure.depth + innerDepth)
      return
    }
    pushTest()
    code.if()
    this.exit(to, why, innerDepth + 1, refund)
    code.end()
  }

  /** Exits to the address on the stack, after the instruction has changed the translation regime. */
  exitToOtherRegime(innerDepth: number): void {
    this.code.set(LOCAL.target).i32(SPECIAL.otherRegime).set(LOCAL.result)
    this.#count("state")
    this.code.br(this.#structure.depth + innerDepth + 3)
  }

  /** Exits to the address on the stack; `refund` instructions of the block have not been executed. */
  exitTo(why: RegionExit, innerDepth: number, refund = 0): void {
    this.code.set(LOCAL.target)
    this.refund(refund)
    this.#count(why)
    this.code.br(this.#structure.depth + innerDepth + (isSideExit(why) ? 1 : 2))
  }
}
