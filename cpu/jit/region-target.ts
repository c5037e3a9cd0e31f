// The lowering target of the JIT: registers in locals, memory through the TLB probe, a side exit for all that is slow.

import type { TlbProbe } from "../../mmu/tlb-probe.ts"
import { addToAddress } from "../codegen/address.ts"
import { emitLoad, emitStore, mayBeMisaligned } from "../codegen/guest-access.ts"
import { ALIGNMENTS, STATE } from "../codegen/layout.ts"
import { lazyFlagsOf } from "../codegen/lazy-flags.ts"
import type { Call, Load, Lowering, Store, Target } from "../codegen/lowering.ts"
import { callMisaligned, hasPieces } from "../codegen/misaligned.ts"
import { fileAddress, pushRegister, pushUnprivilegedBlock, scaleIndex } from "../codegen/registers.ts"
import { emitTime } from "../codegen/time.ts"
import type { Node, RegisterFile, Statement } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { MEMORY, OP } from "../wasm/index.ts"
import type { Edge, OutsideTarget, Step } from "./discover.ts"
import { type Branch, staticOffset } from "./instruction-ir.ts"
import type { PlannedStep } from "./passes/index.ts"
import { unitOf } from "./passes/plan.ts"
import type { RegionExit } from "./profile.ts"
import { constantIndex } from "./register-allocation.ts"

/** Indices of a region's parameters (`regionType`) and of its first locals. */
export const LOCAL = { target: 0, tlb: 1, slot: 2, page: 3, budget: 4, resume: 5, result: 6, count: 7 } as const

/** What `RegionTarget` needs from the translator of its region. */
export type RegionCode = {
  readonly arch: Architecture
  /** Number of the region's instruction set, as in `Architecture.formats`. */
  readonly isa: number
  /** Bit mask of the kinds of alignment that accesses must have (MAILBOX.aligned). */
  readonly aligned: number
  /** The local that holds the host address which a shared TLB check has found. */
  addressLocal(check: number): number
  /** The local that holds a predicted TLB entry. */
  predictedLocal(number: number): number
  /** The local that a register is allocated to; undefined if it stays in memory. */
  localOf(file: RegisterFile, index: Node): number | undefined
  /** Writes the value that `push` leaves on the stack to a register, in its local or in memory. */
  put(file: RegisterFile, index: number, push: () => void): void
  readonly probe: TlbProbe
  /** Pushes the address of an offset, in bytes from the start of the region's first page. */
  pushOffset(offset: number): void
  /** The edge of a direct branch; undefined if the branch is indirect. */
  edgeOf(branch: Branch, step: Step): Edge | undefined
  /** Records the recipes of the flags that an instruction leaves lazy. */
  recordRecipes(step: PlannedStep): void
  /** Adds instructions of the block that are not executed back to the budget. */
  refund(instructions: number): void
  /** Writes an edge of the block `from`; `innerDepth` counts the labels that the instruction has opened. */
  goTo(from: number, edge: Edge, innerDepth: number): void
  /** Branches to the address on the stack through the dispatcher. */
  dispatch(from: number, innerDepth: number): void
  /** Exits to an offset; `refund` instructions of the block have not been executed. */
  exit(to: OutsideTarget, why: RegionExit, innerDepth: number, refund?: number): void
  /** Exits to an offset if the test is not zero. */
  exitIf(to: OutsideTarget, why: RegionExit, innerDepth: number, refund: number, pushTest: () => void): void
  /** Exits to the address on the stack, after the instruction has changed the translation regime. */
  exitToOtherRegime(innerDepth: number): void
  /** Exits to the address on the stack; `refund` instructions of the block have not been executed. */
  exitTo(why: RegionExit, innerDepth: number, refund?: number): void
}

/** Lowers the instructions of one block of a region. */
export class RegionTarget implements Target {
  readonly #t: RegionCode
  readonly #from: number
  #step!: PlannedStep
  #remaining = 0

  constructor(region: RegionCode, from: number) {
    this.#t = region
    this.#from = from
  }

  /** Begins an instruction; `remaining` counts it and those behind it in the block. */
  begin(step: PlannedStep, remaining: number): void {
    this.#step = step
    this.#remaining = remaining
  }

  #sideExit(why: RegionExit, innerDepth: number): void {
    this.#t.exit(this.#step, why, innerDepth, this.#remaining)
  }

  field(): void {
    throw new Error("a translated instruction has no fields")
  }

  derived(): void {
    throw new Error("a translated instruction has no computed operand")
  }

  pc(): void {
    this.#t.pushOffset(this.#step.offset)
  }

  get(l: Lowering, file: RegisterFile, index: Node): void {
    const local = this.#t.localOf(file, index)
    const number = constantIndex(index)
    if (local !== undefined) l.code.get(local)
    else if (number !== undefined) pushRegister(l.code, file, number)
    else {
      this.#pushIndex(l, file, index)
      l.code.memory(MEMORY[file.type].load, fileAddress(file))
    }
  }

  set(l: Lowering, { file, index, value }: Extract<Statement, { kind: "set" }>): void {
    const number = constantIndex(index)
    if (number !== undefined) {
      this.#t.put(file, number, () => l.value(value))
      return
    }
    this.#pushIndex(l, file, index)
    l.value(value)
    l.code.memory(MEMORY[file.type].store, fileAddress(file))
  }

  #pushIndex(l: Lowering, file: RegisterFile, index: Node): void {
    l.value(index)
    scaleIndex(l.code, file)
  }

  load(l: Lowering, node: Load): void {
    if (this.#isPutTogether(node)) {
      this.#accessAnywhere(l, node, "read", () => emitLoad(l.code, node.access, this.#t.arch.byteOrder))
      return
    }
    const offset = this.#pushHostAddress(l, node, "read")
    emitLoad(l.code, node.access, this.#t.arch.byteOrder, offset)
  }

  store(l: Lowering, statement: Store): void {
    const { access, value } = statement
    if (this.#isPutTogether(statement)) {
      const content = l.locals.take("i32")
      l.value(value)
      l.code.set(content)
      const emit = () => emitStore(l.code, access, this.#t.arch.byteOrder, () => l.code.get(content))
      this.#accessAnywhere(l, statement, "write", emit, content)
      return
    }
    const offset = this.#pushHostAddress(l, statement, "write")
    emitStore(l.code, access, this.#t.arch.byteOrder, () => l.value(value), offset)
  }

  // Whether an access that turns out to be misaligned is put together here. The TLB check must be its own.
  #isPutTogether(statement: Load | Store): boolean {
    const { access } = statement
    return (
      !mayBeMisaligned(this.#t.arch.byteOrder) &&
      hasPieces(access) &&
      access.align !== "required" &&
      (this.#t.aligned & (1 << ALIGNMENTS.indexOf(access.align))) === 0 &&
      !this.#step.sharedChecks.has(statement)
    )
  }

  // Makes an aligned access by `emit`, to which the host address is left on the stack, and another one by a function.
  #accessAnywhere(
    l: Lowering,
    statement: Load | Store,
    kind: "read" | "write",
    emit: () => void,
    content?: number,
  ): void {
    const { code } = l
    const { access } = statement
    const { bytes } = access
    const address = this.#takeAddress(l, statement, 0)
    const entry = l.locals.take("i32")
    const probe = { address, entry, pushBlock: () => this.#pushBlock(l, access.asUser) }
    this.#t.probe.emitMissTest(code, probe, { alignment: bytes, bytes }, kind)
    code.if(kind === "read" ? "i32" : undefined)
    this.#t.exitIf(this.#step, "access", l.depth + 1, this.#remaining, () =>
      this.#t.probe.emitMissTest(code, probe, { alignment: 1, bytes }, kind),
    )
    this.#t.probe.pushHostAddress(code, entry, address)
    if (content !== undefined) code.get(content)
    callMisaligned(code, lazyFlagsOf(this.#t.arch).choices.length, access, kind)
    code.else()
    this.#t.probe.pushHostAddress(code, this.#predict(l, statement, entry), address)
    emit()
    code.end()
  }

  // Computes the address of an access, less an offset, into a local.
  #takeAddress(l: Lowering, statement: Load | Store, offset: number): number {
    const { addressType } = this.#t.arch
    const address = l.locals.take(addressType)
    const inCode = staticOffset(statement.address, this.#step.offset)
    if (inCode !== undefined) this.#t.pushOffset(inCode - offset)
    else {
      l.value(statement.address)
      if (offset !== 0) addToAddress(l.code, addressType, -offset)
    }
    l.code.set(address)
    return address
  }

  // The local to take the TLB entry from. If it is predicted, the host need not wait until the entry has been loaded.
  #predict({ code }: Lowering, statement: Load | Store, entry: number): number {
    const number = this.#step.predicted.get(statement)
    if (number === undefined) return entry
    const predicted = this.#t.predictedLocal(number)
    code.get(entry).get(predicted).u8(OP.i32Ne).if().get(entry).set(predicted).end()
    return predicted
  }

  // Pushes the host address of an access, or takes a side exit. The access must add the offset that this returns.
  #pushHostAddress(l: Lowering, statement: Load | Store, kind: "read" | "write"): number {
    const { code } = l
    const { access } = statement
    const check = this.#step.sharedChecks.get(statement)
    const offset = check?.offset ?? 0
    if (check && !check.probe) {
      code.get(this.#t.addressLocal(check.number))
      return offset
    }
    const { bytes, unit } = check?.probe ?? { bytes: access.bytes, unit: unitOf(access) }
    const { byteOrder } = this.#t.arch
    const address = this.#takeAddress(l, statement, offset)
    let entry = l.locals.take("i32")
    const probe = { address, entry, pushBlock: () => this.#pushBlock(l, access.asUser) }
    const isAligned = (this.#t.aligned & (1 << ALIGNMENTS.indexOf(access.align))) !== 0
    const isStrict = isAligned || !mayBeMisaligned(byteOrder)
    this.#t.exitIf(this.#step, "access", l.depth, this.#remaining, () =>
      this.#t.probe.emitMissTest(code, probe, { alignment: isStrict ? unit : 1, bytes }, kind),
    )
    entry = this.#predict(l, statement, entry)
    this.#t.probe.pushHostAddress(code, entry, address)
    if (check) code.tee(this.#t.addressLocal(check.number))
    return offset
  }

  #pushBlock({ code }: Lowering, asUser: boolean): void {
    if (asUser) pushUnprivilegedBlock(code, this.#t.arch)
    else code.get(LOCAL.tlb)
  }

  time({ code }: Lowering): void {
    // The block has already subtracted its whole length. Time counts up to the end of this instruction.
    emitTime(code, () => {
      code.get(LOCAL.budget)
      if (this.#remaining > 1) code.i32(this.#remaining - 1).u8(OP.i32Add)
    })
  }

  // The side exit leaves the stack polymorphic, so the unreachable rest of the instruction is valid with any result type.
  call(l: Lowering, _: Call): void {
    this.#sideExit("helper", l.depth)
  }

  branch(l: Lowering, branch: Branch): void {
    const edge = this.#t.edgeOf(branch, this.#step)
    const before = this.#remaining - 1
    const { code } = l
    this.#t.recordRecipes(this.#step)
    if (branch.leaves) {
      this.#leave(l, branch)
      return
    }
    if (edge && "block" in edge) {
      this.#t.refund(before)
      this.#t.goTo(this.#from, edge, l.depth)
      return
    }
    const isa = branch.context && l.locals.take("i32")
    if (isa !== undefined) {
      l.value(branch.context!)
      code.set(isa)
    }
    l.value(branch.target)
    this.#t.refund(before)
    if (!edge && isa === undefined) {
      this.#t.dispatch(this.#from, l.depth)
      return
    }
    code.set(LOCAL.target)
    if (isa !== undefined) {
      if (!edge) {
        code.get(isa).i32(this.#t.isa).u8(OP.i32Eq).if().get(LOCAL.target)
        this.#t.dispatch(this.#from, l.depth + 1)
        code.end()
      }
      code.base()
      code.get(isa).memory(MEMORY.i32.store, STATE + this.#t.arch.engine.ISA.offset)
    }
    code.get(LOCAL.target)
    this.#t.exitTo(edge ? "direct" : "indirect", l.depth)
  }

  // Exits, since the code at the target runs under state that the instruction has changed.
  #leave(l: Lowering, { target, context, leaves }: Branch): void {
    const { ISA } = this.#t.arch.engine
    if (context) this.#t.put(ISA, 0, () => l.value(context))
    l.value(target)
    this.#t.refund(this.#remaining - 1)
    if (leaves === "otherRegime") this.#t.exitToOtherRegime(l.depth)
    else this.#t.exitTo("state", l.depth)
  }

  raise(l: Lowering): void {
    this.#sideExit("exception", l.depth)
  }

  exit(l: Lowering): void {
    this.#sideExit("helper", l.depth)
  }

  // The translator writes the side exit for a pending interrupt before the instruction.
  attend(): void {}
}
