// TLB-check sharing: accesses of a block whose addresses differ by small constants share one TLB check. If they do not all
// lie in one page, the region exits before the first. The TLB never changes while a region runs, so the check stays valid.

import { type Block, blocksOf, type Node, type RegisterFile, type Statement } from "../../ir/index.ts"
import { PAGE, staticOffset } from "../instruction-ir.ts"
import { type Pass, type PlannedStep, type SharedCheck, unitOf } from "./plan.ts"
import { type KeyOf, registerKeys } from "./registers.ts"

// Bytes that one check may cover. Wider checks cross a page border more often, and then the region exits.
const MAX_BYTES = 64

/** A symbolic value: the sum of an unknown base, by number, and a constant offset in bytes. */
type BasePlusOffset = { readonly base: number; readonly offset: number }

// The base of constants, and that of addresses relative to the program counter. Each unknown value gets a base of its own.
const ZERO = 0
const CODE = 1

type Memory = Extract<Statement, { kind: "load" | "store" }>
type Member = { readonly step: PlannedStep; readonly statement: Memory; readonly offset: number }

/** Accesses that share a check, in program order; `lowest` and `end` bound their offsets. */
type Group = { readonly members: Member[]; lowest: number; end: number; unit: number }

class AccessGrouping {
  readonly groups: Group[] = []
  readonly #keyOf: KeyOf
  #registers = new Map<number, BasePlusOffset>()
  #bases = CODE + 1
  #step: PlannedStep | undefined
  #values = new Map<Node, BasePlusOffset>()

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf
  }

  /** Adds the accesses of a step to the open groups, which are keyed by kind of access and base. */
  step(step: PlannedStep, open: Map<string, Group>): void {
    this.#step = step
    // Equal instructions share their IR, so a node may have another value in each step.
    this.#values = new Map()
    this.#walk(step.ir, open)
  }

  #walk(block: Block, open: Map<string, Group>): void {
    for (const s of block) {
      if (s.kind === "get") {
        const key = this.#keyOf(s.file, s.index)
        if (key !== undefined) this.#values.set(s, this.#valueOf(key))
      } else if (s.kind === "set") this.#set(s.file, s.index, this.#resolve(s.value))
      else if (s.kind === "load" || s.kind === "store") this.#access(s, open)
      const nested = blocksOf(s)
      if (nested.length === 0) continue
      const before = this.#registers
      for (const inner of nested) {
        this.#registers = new Map(before)
        this.#walk(inner, new Map())
      }
      this.#registers = before
      for (const inner of nested) this.#invalidate(inner)
    }
  }

  #valueOf(key: number): BasePlusOffset {
    let sum = this.#registers.get(key)
    if (!sum) this.#registers.set(key, (sum = this.#unknown()))
    return sum
  }

  #unknown(): BasePlusOffset {
    return { base: this.#bases++, offset: 0 }
  }

  #set(file: RegisterFile, index: Node, sum: BasePlusOffset | undefined): void {
    const key = this.#keyOf(file, index)
    if (key !== undefined) this.#registers.set(key, sum ?? this.#unknown())
  }

  #invalidate(block: Block): void {
    for (const s of block) {
      if (s.kind === "set") this.#set(s.file, s.index, undefined)
      for (const inner of blocksOf(s)) this.#invalidate(inner)
    }
  }

  #resolve(n: Node): BasePlusOffset | undefined {
    if (n.kind === "get") return this.#values.get(n)
    if (n.kind === "const" && n.type === "i32") return { base: ZERO, offset: Number(n.value) }
    if (n.kind !== "op") return undefined
    const inCode = staticOffset(n, this.#step!.offset)
    if (inCode !== undefined) return { base: CODE, offset: inCode }
    if (n.op.name !== "i32.add" && n.op.name !== "i32.sub") return undefined
    const [x, y] = n.args as [Node, Node]
    if (y.kind !== "const") return undefined
    const base = this.#resolve(x)
    const by = n.op.name === "i32.add" ? Number(y.value) : -Number(y.value)
    return base && { base: base.base, offset: (base.offset + by) | 0 }
  }

  #access(statement: Memory, open: Map<string, Group>): void {
    const sum = this.#resolve(statement.address)
    if (!sum) return
    const { access, kind } = statement
    const key = `${kind} ${access.asUser} ${access.align} ${sum.base}`
    const { offset } = sum
    const end = offset + access.bytes
    const group = open.get(key)
    const member = { step: this.#step!, statement, offset }
    if (group) {
      const lowest = Math.min(group.lowest, offset)
      const last = Math.max(group.end, end)
      const unit = Math.max(group.unit, unitOf(access))
      // The probe checks the alignment of the lowest address only, so the others must be aligned relative to it.
      const isAligned =
        offset < group.lowest
          ? (group.lowest - offset) % group.unit === 0
          : (offset - group.lowest) % unitOf(access) === 0
      const isNear = sum.base === CODE ? isInOnePage(lowest, last) : last - lowest <= MAX_BYTES
      if (isNear && isAligned && unit === group.unit) {
        group.members.push(member)
        group.lowest = lowest
        group.end = last
        return
      }
    }
    const started = { members: [member], lowest: offset, end, unit: unitOf(access) }
    this.groups.push(started)
    open.set(key, started)
  }
}

const isInOnePage = (first: number, end: number) => Math.floor(first / PAGE) === Math.floor((end - 1) / PAGE)

const countAccesses = (block: Block): number =>
  block.reduce(
    (n, s) =>
      n +
      (s.kind === "load" || s.kind === "store" ? 1 : blocksOf(s).reduce((sum, inner) => sum + countAccesses(inner), 0)),
    0,
  )

/** Groups the accesses of a block that can share a TLB check. */
export const tlbCheckSharing: Pass = {
  name: "tlb-check-sharing",
  run(plan) {
    const { blocks } = plan
    const keyOf = registerKeys(plan)
    for (const { steps } of blocks) {
      if (steps.reduce((n, { ir }) => n + countAccesses(ir), 0) < 2) continue
      const block = new AccessGrouping(keyOf)
      const open = new Map<string, Group>()
      for (const step of steps) block.step(step, open)
      const shared = block.groups.filter(({ members }) => members.length > 1)
      const checks = new Map<PlannedStep, Map<Statement, SharedCheck>>()
      for (const [number, { members, lowest, end, unit }] of shared.entries()) {
        for (const [i, { step, statement, offset }] of members.entries()) {
          let ofStep = checks.get(step)
          if (!ofStep) checks.set(step, (ofStep = new Map()))
          const probe = i === 0 ? { bytes: end - lowest, unit } : undefined
          ofStep.set(statement, { number, offset: offset - lowest, probe })
        }
      }
      for (const [step, ofStep] of checks) step.sharedChecks = ofStep
    }
  },
}
