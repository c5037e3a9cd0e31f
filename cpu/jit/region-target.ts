// Writes the instructions of a region: registers in locals, memory through the TLB, a way out for everything else.

import { emitMissTest, pushHostAddress } from "../../mmu/tlb-probe.ts"
import { ALIGNMENTS, STATE } from "../interpreter/layout.ts"
import type { Call, Load, Lowering, Store, Target } from "../interpreter/lower.ts"
import { memoryOpcode, pushRegister, pushUserBlock } from "../interpreter/machine-code.ts"
import type { Node, RegisterFile, Statement } from "../ir/index.ts"
import type { Architecture } from "../isa/index.ts"
import { MEMORY, OP } from "../wasm/index.ts"
import type { Branch, Exit, Step } from "./discover.ts"
import { constantIndex } from "./held.ts"
import type { PlannedStep } from "./passes/index.ts"
import type { Leaving } from "./profile.ts"

/** Parameters of a region: see REGION_TYPE; and its first locals. */
export const LOCAL = { target: 0, tlb: 1, page: 2, budget: 3, at: 4, result: 5, count: 6 } as const

/** The code of a region around its instructions. */
export type RegionCode = {
  readonly arch: Architecture
  /** Number of the instruction set. */
  readonly isa: number
  /** Kinds of alignment that are checked (MAILBOX.aligned). */
  readonly aligned: number
  /** The local in which an entry of the TLB is held for accesses that share it. */
  entryLocal(entry: number): number
  /** The local of an entry of the TLB that is expected to be found again. */
  expectedLocal(number: number): number
  /** The local of a register that is held in one. */
  localOf(file: RegisterFile, index: Node): number | undefined
  /** Puts what the function pushes into a register, wherever that is. */
  put(file: RegisterFile, index: Node, push: () => void): void
  /** The block of a branch's target, or the way out to it; undefined if only running tells. */
  exitOf(branch: Branch, step: Step): Exit | undefined
  /** Notes how registers are made after an instruction. */
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
    this.#t.put(file, index, () => l.value(value))
  }

  load(l: Lowering, node: Load): void {
    const { code } = l
    const { access } = node
    const address = this.#address(l, node.address)
    const entry = this.#probe(l, node, address, "read")
    const number = this.#step.expected.get(node)
    if (number === undefined) pushHostAddress(code, entry, address)
    else {
      // The processor foresees the branch, and does not wait for the entry.
      const expected = this.#t.expectedLocal(number)
      code.get(entry).get(expected).u8(OP.i32Ne).if().get(entry).set(expected).end()
      pushHostAddress(code, expected, address)
    }
    code.memory(memoryOpcode(access, "read"), 0)
  }

  store(l: Lowering, statement: Store): void {
    const { code } = l
    const { access, value } = statement
    const address = this.#address(l, statement.address)
    const entry = this.#probe(l, statement, address, "write")
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

  // Finds what the TLB holds for an access, or leaves; gives the local of that.
  #probe(l: Lowering, statement: Load | Store, address: number, kind: "read" | "write"): number {
    const { code } = l
    const { access } = statement
    const check = this.#step.checks.get(statement)
    const entry = check ? this.#t.entryLocal(check.entry) : l.locals.take("i32")
    if (check && !check.makes) return entry
    const { before, span, unit } = check?.makes ?? { before: 0, span: access.bytes, unit: Math.min(access.bytes, 4) }
    const first = before === 0 ? address : l.locals.take("i32")
    if (before !== 0) code.get(address).i32(before).u8(OP.i32Sub).set(first)
    const pushBlock = () => (access.asUser ? pushUserBlock(code, this.#t.arch) : code.get(LOCAL.tlb))
    const isStrict = (this.#t.aligned & (1 << ALIGNMENTS.indexOf(access.align))) !== 0
    this.#t.leaveIf(this.#step, "access", l.depth, this.#left, () =>
      emitMissTest(code, { address: first, entry, pushBlock }, { alignment: isStrict ? unit : 1, bytes: span }, kind),
    )
    return entry
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
