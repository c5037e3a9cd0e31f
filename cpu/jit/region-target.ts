// Writes the instructions of a region: registers in locals, memory through the TLB, a way out for everything else.

import { flatProbe } from "../../mmu/tlb-probe.ts"
import { memoryOpcode } from "../codegen/accesses.ts"
import { ALIGNMENTS, STATE } from "../codegen/layout.ts"
import type { Call, Load, Lowering, Store, Target } from "../codegen/lowering.ts"
import { pushRegister, pushUserBlock } from "../codegen/registers.ts"
import type { Node, RegisterFile, Statement } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { MEMORY, OP } from "../wasm/index.ts"
import { type Branch, type Exit, type Step, staticOffset } from "./discover.ts"
import type { PlannedStep } from "./passes/index.ts"
import { unitOf } from "./passes/plan.ts"
import type { Leaving } from "./profile.ts"
import { constantIndex } from "./register-allocation.ts"

/** Parameters of a region: see REGION_TYPE; and its first locals. */
export const LOCAL = { target: 0, tlb: 1, page: 2, budget: 3, at: 4, result: 5, count: 6 } as const

/** The code of a region around its instructions. */
export type RegionCode = {
  readonly arch: Architecture
  /** Number of the instruction set. */
  readonly isa: number
  /** Kinds of alignment that are checked (MAILBOX.aligned). */
  readonly aligned: number
  /** The local in which the place is held that accesses share. */
  placeLocal(place: number): number
  /** The local of an entry of the TLB that is expected to be found again. */
  expectedLocal(number: number): number
  /** The local of a register that is held in one. */
  localOf(file: RegisterFile, index: Node): number | undefined
  /** Puts what the function pushes into a register, wherever that is. */
  put(file: RegisterFile, index: number, push: () => void): void
  /** The block of a branch's target, or the way out to it; undefined if only running tells. */
  exitOf(branch: Branch, step: Step): Exit | undefined
  /** Notes the recipes of flags after an instruction. */
  note(step: PlannedStep): void
  /** Gives instructions of the block that are not executed back. */
  refund(instructions: number): void
  /** Goes from a block along an exit, from inside so many labels of an instruction. */
  goTo(from: number, exit: Exit, inside: number): void
  /** Goes to the address on the stack by way of the dispatcher. */
  dispatch(from: number, inside: number): void
  /** Leaves the region; of the block's instructions, so many have not been executed. */
  leave(exit: Extract<Exit, { offset: number }>, why: Leaving, inside: number, refund?: number): void
  /** The same if what the function pushes is not zero. */
  leaveIf(
    exit: Extract<Exit, { offset: number }>,
    why: Leaving,
    inside: number,
    refund: number,
    pushTest: () => void,
  ): void
  /** Leaves to the address on the stack. */
  leaveTo(why: Leaving, inside: number, refund?: number): void
}

/** Writes the instructions of a block of a region. */
export class RegionTarget implements Target {
  readonly #t: RegionCode
  readonly #from: number
  #step!: PlannedStep
  #left = 0

  constructor(region: RegionCode, from: number) {
    this.#t = region
    this.#from = from
  }

  /** Goes on to an instruction: with it, so many of the block are left. */
  begin(step: PlannedStep, left: number): void {
    this.#step = step
    this.#left = left
  }

  #interpret(why: Leaving, inside: number): void {
    this.#t.leave(this.#step, why, inside, this.#left)
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
    const local = this.#t.localOf(file, index)
    if (local !== undefined) l.code.get(local)
    else pushRegister(l.code, file, constantIndex(file, index))
  }

  set(l: Lowering, { file, index, value }: Extract<Statement, { kind: "set" }>): void {
    this.#t.put(file, constantIndex(file, index), () => l.value(value))
  }

  load(l: Lowering, node: Load): void {
    const offset = this.#pushPlace(l, node, "read")
    l.code.memory(memoryOpcode(node.access, "read"), offset)
  }

  store(l: Lowering, statement: Store): void {
    const offset = this.#pushPlace(l, statement, "write")
    l.value(statement.value)
    l.code.memory(memoryOpcode(statement.access, "write"), offset)
  }

  // Pushes where in linear memory an access goes to, less an offset, which it gives; or leaves.
  #pushPlace(l: Lowering, statement: Load | Store, kind: "read" | "write"): number {
    const { code } = l
    const { access } = statement
    const check = this.#step.checks.get(statement)
    const offset = check?.offset ?? 0
    if (check && !check.makes) {
      code.get(this.#t.placeLocal(check.place))
      return offset
    }
    const { span, unit } = check?.makes ?? { span: access.bytes, unit: unitOf(access) }
    const address = l.locals.take("i32")
    const inCode = staticOffset(statement.address, this.#step.offset)
    if (inCode !== undefined)
      code
        .get(LOCAL.page)
        .i32(inCode - offset)
        .u8(OP.i32Add)
    else {
      l.value(statement.address)
      if (offset !== 0) code.i32(offset).u8(OP.i32Sub)
    }
    code.set(address)
    let entry = l.locals.take("i32")
    const probe = { address, entry, pushBlock: () => this.#pushBlock(l, access.asUser) }
    const isStrict = (this.#t.aligned & (1 << ALIGNMENTS.indexOf(access.align))) !== 0
    this.#t.leaveIf(this.#step, "access", l.depth, this.#left, () =>
      flatProbe.emitMissTest(code, probe, { alignment: isStrict ? unit : 1, bytes: span }, kind),
    )
    const number = this.#step.expected.get(statement)
    if (number !== undefined) {
      // The processor foresees the branch, and does not wait for the entry.
      const expected = this.#t.expectedLocal(number)
      code.get(entry).get(expected).u8(OP.i32Ne).if().get(entry).set(expected).end()
      entry = expected
    }
    flatProbe.pushHostAddress(code, entry, address)
    if (check) code.tee(this.#t.placeLocal(check.place))
    return offset
  }

  #pushBlock({ code }: Lowering, asUser: boolean): void {
    if (asUser) pushUserBlock(code, this.#t.arch)
    else code.get(LOCAL.tlb)
  }

  // What comes after in the instruction finds a value of the right type, and is never reached.
  call(l: Lowering, _: Call): void {
    this.#interpret("helper", l.depth)
  }

  branch(l: Lowering, branch: Branch): void {
    const exit = this.#t.exitOf(branch, this.#step)
    const before = this.#left - 1
    const { code } = l
    this.#t.note(this.#step)
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
    this.#t.leaveTo(exit ? "border" : "indirect", l.depth)
  }

  raise(l: Lowering): void {
    this.#interpret("exception", l.depth)
  }

  exit(l: Lowering): void {
    this.#interpret("helper", l.depth)
  }

  attend(l: Lowering): void {
    this.#interpret("helper", l.depth)
  }
}
