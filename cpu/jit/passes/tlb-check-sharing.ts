// One look at the TLB for several accesses: those of a block whose addresses lie a few known bytes from each other are all
// in one page, or the region is left before the first of them. The TLB changes only outside of regions.

import { type Block, blocksOf, type Node, type RegisterFile, type Statement } from "../../ir/index.ts"
import { PAGE, staticOffset } from "../discover.ts"
import { type PageCheck, type Pass, type PlannedStep, unitOf } from "./plan.ts"
import { type KeyOf, registerKeys } from "./registers.ts"

/** Most bytes from the first to the last of the accesses: the more, the more often they are not in one page. */
const MOST_SPAN = 64

/** A value that is so many bytes from one that is not known, from 0, or from the start of the region's page. */
type Place = { readonly root: number; readonly offset: number }

/** The roots of the latter. */
const NOWHERE = 0
const CODE = 1

type Memory = Extract<Statement, { kind: "load" | "store" }>
type Member = { readonly step: PlannedStep; readonly statement: Memory; readonly offset: number }

/** Accesses that share a check, in order. */
type Group = { readonly members: Member[]; lowest: number; end: number; unit: number }

class Accesses {
  readonly groups: Group[] = []
  readonly #keyOf: KeyOf
  #registers = new Map<number, Place>()
  #roots = CODE + 1
  #step: PlannedStep | undefined
  #values = new Map<Node, Place>()

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf
  }

  step(step: PlannedStep, open: Map<string, Group>): void {
    this.#step = step
    // Instructions that are alike share their IR.
    this.#values = new Map()
    this.#list(step.ir, open)
  }

  #list(block: Block, open: Map<string, Group>): void {
    for (const s of block) {
      if (s.kind === "get") {
        const key = this.#keyOf(s.file, s.index)
        if (key !== undefined) this.#values.set(s, this.#place(key))
      } else if (s.kind === "set") this.#set(s.file, s.index, this.#resolve(s.value))
      else if (s.kind === "load" || s.kind === "store") this.#access(s, open)
      const nested = blocksOf(s)
      if (nested.length === 0) continue
      const before = this.#registers
      for (const inner of nested) {
        this.#registers = new Map(before)
        this.#list(inner, new Map())
      }
      this.#registers = before
      for (const inner of nested) this.#forget(inner)
    }
  }

  #place(key: number): Place {
    let place = this.#registers.get(key)
    if (!place) this.#registers.set(key, (place = this.#unknown()))
    return place
  }

  #unknown(): Place {
    return { root: this.#roots++, offset: 0 }
  }

  #set(file: RegisterFile, index: Node, place: Place | undefined): void {
    const key = this.#keyOf(file, index)
    if (key !== undefined) this.#registers.set(key, place ?? this.#unknown())
  }

  #forget(block: Block): void {
    for (const s of block) {
      if (s.kind === "set") this.#set(s.file, s.index, undefined)
      for (const inner of blocksOf(s)) this.#forget(inner)
    }
  }

  #resolve(n: Node): Place | undefined {
    if (n.kind === "get") return this.#values.get(n)
    if (n.kind === "const" && n.type === "i32") return { root: NOWHERE, offset: Number(n.value) }
    if (n.kind !== "op") return undefined
    const inCode = staticOffset(n, this.#step!.offset)
    if (inCode !== undefined) return { root: CODE, offset: inCode }
    if (n.op.name !== "i32.add" && n.op.name !== "i32.sub") return undefined
    const [x, y] = n.args as [Node, Node]
    if (y.kind !== "const") return undefined
    const base = this.#resolve(x)
    const by = n.op.name === "i32.add" ? Number(y.value) : -Number(y.value)
    return base && { root: base.root, offset: (base.offset + by) | 0 }
  }

  #access(statement: Memory, open: Map<string, Group>): void {
    const place = this.#resolve(statement.address)
    if (!place) return
    const { access, kind } = statement
    const key = `${kind} ${access.asUser} ${access.align} ${place.root}`
    const { offset } = place
    const end = offset + access.bytes
    const group = open.get(key)
    const member = { step: this.#step!, statement, offset }
    if (group) {
      const lowest = Math.min(group.lowest, offset)
      const last = Math.max(group.end, end)
      const unit = Math.max(group.unit, unitOf(access))
      // Only the lowest address is looked at.
      const isAligned =
        offset < group.lowest
          ? (group.lowest - offset) % group.unit === 0
          : (offset - group.lowest) % unitOf(access) === 0
      const isNear = place.root === CODE ? isInOnePage(lowest, last) : last - lowest <= MOST_SPAN
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

const accesses = (block: Block): number =>
  block.reduce(
    (n, s) =>
      n + (s.kind === "load" || s.kind === "store" ? 1 : blocksOf(s).reduce((sum, inner) => sum + accesses(inner), 0)),
    0,
  )

/** Lets accesses share the check of their page. */
export const tlbCheckSharing: Pass = {
  name: "tlb-check-sharing",
  run({ arch, blocks }) {
    const keyOf = registerKeys(arch)
    for (const { steps } of blocks) {
      if (steps.reduce((n, { ir }) => n + accesses(ir), 0) < 2) continue
      const block = new Accesses(keyOf)
      const open = new Map<string, Group>()
      for (const step of steps) block.step(step, open)
      const shared = block.groups.filter(({ members }) => members.length > 1)
      const checks = new Map<PlannedStep, Map<Statement, PageCheck>>()
      for (const [place, { members, lowest, end, unit }] of shared.entries()) {
        for (const [i, { step, statement, offset }] of members.entries()) {
          let ofStep = checks.get(step)
          if (!ofStep) checks.set(step, (ofStep = new Map()))
          const makes = i === 0 ? { span: end - lowest, unit } : undefined
          ofStep.set(statement, { place, offset: offset - lowest, makes })
        }
      }
      for (const [step, ofStep] of checks) step.checks = ofStep
    }
  },
}
