// Condition flags are made where they are looked at: an instruction that sets them notes what they come from instead.
// Hardly any flag is ever looked at, and one that a branch tests just after a comparison becomes that comparison.

import {
  deferrable,
  MADE,
  type Made,
  overflowOfDifference,
  overflowOfSum,
  SOURCE,
  valueMade,
  wayMask,
  wayShift,
} from "../../codegen/lazy-flags.ts"
import { type Block, blocksOf, type Node, type RegisterFile, type Statement } from "../../ir/index.ts"
import { op } from "../../ir/ops.ts"
import type { InstructionIr } from "../instruction-ir.ts"
import { type Pass, type Plan, type PlannedStep, type Settled, SOURCES } from "./plan.ts"

/** How each flag is made at a point of the program; undefined where only running tells. */
type State = {
  readonly made: readonly (Made | undefined)[]
  /** Whether the result is what left less right gives. */
  readonly isDifference: boolean
}

/** What an instruction does to flags. */
type Facts = {
  /** Whether it has nothing to do with them. */
  readonly isNone: boolean
  readonly reads: ReadonlySet<RegisterFile>
  /** Flags that it sets whatever happens. */
  readonly sets: ReadonlySet<RegisterFile>
  /** Flags that it sets on some path only, or sets and then looks at. */
  readonly tangled: ReadonlySet<RegisterFile>
  /** Those of the set flags that can be made later. */
  readonly makes: ReadonlyMap<RegisterFile, Made>
  readonly sources: readonly (Node | undefined)[]
  readonly isDifference: boolean
  /** Its IR with flags replaced, by how they are made. */
  readonly rewritten: Map<string, Block>
}

const binary = (name: string, x: Node, y: Node): Node => ({ kind: "op", type: "i32", op: op(name), args: [x, y] })
const i32 = (value: number): Node => ({ kind: "const", type: "i32", value })
const sourceOf = (source: number): Extract<Statement, { kind: "get" }> => ({
  kind: "get",
  type: "i32",
  file: SOURCES,
  index: i32(source),
})

const isOp = (n: Node, name: string): n is Extract<Node, { kind: "op" }> => n.kind === "op" && n.op.name === name

function same(a: Node, b: Node): boolean {
  if (a === b) return true
  if (a.kind === "const") return b.kind === "const" && a.type === b.type && a.value === b.value
  if (a.kind !== "op" || b.kind !== "op" || a.op !== b.op) return false
  return a.args.every((arg, i) => same(arg, b.args[i]!))
}

// x >>> 31 gives x.
const signOf = (n: Node): Node | undefined => (isOp(n, "i32.shrU") && same(n.args[1]!, i32(31)) ? n.args[0] : undefined)

// What subtraction leaves out where the second operand is 0.
const isZero = (n: Node) => n.kind === "const" && n.value === 0

type Found = { left: Node; right: Node; carry: Made; overflow: Made; result: Node }

// The operands of the sum or difference whose carry that value is.
function operands(carry: Node, overflow: Node): Found | undefined {
  if (carry.kind !== "op") return undefined
  const [a, b] = carry.args as [Node, Node]
  if (carry.op.name === "i32.geU") {
    const result = isZero(b) ? a : binary("i32.sub", a, b)
    const expected = isZero(b)
      ? binary("i32.shrU", binary("i32.and", a, binary("i32.xor", a, a)), i32(31))
      : overflowOfDifference(a, b, result)
    if (!same(overflow, expected)) return undefined
    return { left: a, right: b, carry: MADE.noBorrow, overflow: MADE.differenceOverflow, result }
  }
  if (carry.op.name !== "i32.ltU" || !isOp(a, "i32.add") || !same(a.args[0]!, b)) return undefined
  const addend = a.args[1]!
  if (!same(overflow, overflowOfSum(b, addend, a))) return undefined
  return { left: b, right: addend, carry: MADE.carry, overflow: MADE.sumOverflow, result: a }
}

/** Whether a block has to do with what can be deferred. */
const hasFlags = (block: Block): boolean =>
  block.some((s) => (s.kind === "get" || s.kind === "set" ? s.file.madeFrom !== undefined : blocksOf(s).some(hasFlags)))

const NOTHING: Facts = {
  isNone: true,
  reads: new Set(),
  sets: new Set(),
  tangled: new Set(),
  makes: new Map(),
  sources: [undefined, undefined, undefined],
  isDifference: false,
  rewritten: new Map(),
}

function factsOf(ir: Block, flags: readonly RegisterFile[]): Facts {
  if (!hasFlags(ir)) return NOTHING
  const reads = new Set<RegisterFile>()
  const values = new Map<RegisterFile, Node>()
  const tangled = new Set<RegisterFile>()
  const written = new Set<RegisterFile>()
  const walk = (block: Block, outermost: boolean) => {
    for (const s of block) {
      if (s.kind === "get" && flags.includes(s.file)) {
        reads.add(s.file)
        if (written.has(s.file)) tangled.add(s.file)
      } else if (s.kind === "set" && flags.includes(s.file)) {
        if (!outermost || written.has(s.file)) tangled.add(s.file)
        written.add(s.file)
        if (outermost) values.set(s.file, s.value)
      }
      for (const inner of blocksOf(s)) walk(inner, false)
    }
  }
  walk(ir, true)
  const sets = new Set(values.keys())
  for (const file of tangled) values.delete(file)

  const makes = new Map<RegisterFile, Made>()
  const sources: (Node | undefined)[] = [undefined, undefined, undefined]
  let difference: Node | undefined
  for (const [[c, carry], [v, overflow]] of pairs(values, "operands")) {
    const found = operands(carry, overflow)
    if (!found) continue
    makes.set(c, found.carry).set(v, found.overflow)
    sources[SOURCE.left] = found.left
    sources[SOURCE.right] = found.right
    if (found.carry === MADE.noBorrow) difference = found.result
  }
  for (const [[z, zero], [n, negative]] of pairs(values, "result")) {
    const result = signOf(negative)
    if (!result || !isOp(zero, "i32.eqz") || !same(result, zero.args[0]!)) continue
    makes.set(z, MADE.zero).set(n, MADE.sign)
    sources[SOURCE.result] = zero.args[0]
  }
  const result = sources[SOURCE.result]
  const isDifference = difference !== undefined && result !== undefined && same(result, difference)
  return { isNone: false, reads, sets, tangled, makes, sources, isDifference, rewritten: new Map() }
}

type Value = readonly [RegisterFile, Node]

// Two flags that are made from the same, in both orders.
function pairs(values: ReadonlyMap<RegisterFile, Node>, madeFrom: RegisterFile["madeFrom"]): [Value, Value][] {
  const [a, b] = [...values].filter(([file]) => file.madeFrom === madeFrom)
  return a && b
    ? [
        [a, b],
        [b, a],
      ]
    : []
}

const INVERSE: Readonly<Record<string, string>> = {
  "i32.eq": "i32.ne",
  "i32.ne": "i32.eq",
  "i32.ltS": "i32.geS",
  "i32.geS": "i32.ltS",
  "i32.gtS": "i32.leS",
  "i32.ltU": "i32.geU",
  "i32.geU": "i32.ltU",
  "i32.gtU": "i32.leU",
}

/** Rewrites the IR of one instruction. */
class Rewriting {
  readonly #madeBy: (file: RegisterFile) => Made
  readonly #isDifference: boolean
  readonly #known = new Map<Node, Node>()
  readonly #sources: (Extract<Statement, { kind: "get" }> | undefined)[] = []

  constructor(madeBy: (file: RegisterFile) => Made, isDifference: boolean) {
    this.#madeBy = madeBy
    this.#isDifference = isDifference
  }

  block(ir: Block, makes: ReadonlyMap<RegisterFile, Made>, sources: Facts["sources"]): Block {
    const last = ir.findLastIndex((s) => s.kind === "set" && makes.has(s.file))
    const out = ir.flatMap((s, i): Statement[] => {
      if (s.kind !== "set" || !makes.has(s.file)) return this.#statement(s)
      if (i !== last) return []
      return sources.flatMap((node, n): Statement[] =>
        node ? [{ kind: "set", file: SOURCES, index: i32(n), value: this.#value(node) }] : [],
      )
    })
    return [...this.#sources.filter((s) => s !== undefined), ...out]
  }

  #statement(s: Statement): Statement[] {
    switch (s.kind) {
      case "get":
        return this.#madeBy(s.file) === MADE.plainly ? [s] : []
      case "load": {
        const node = { ...s, address: this.#value(s.address) }
        this.#known.set(s, node)
        return [node]
      }
      case "call": {
        const node = { ...s, args: s.args.map((n) => this.#value(n)) }
        this.#known.set(s, node)
        return [node]
      }
      case "perform":
      case "raise":
        return [{ ...s, args: s.args.map((n) => this.#value(n)) }]
      case "set":
      case "assign":
        return [{ ...s, value: this.#value(s.value) }]
      case "store":
        return [{ ...s, address: this.#value(s.address), value: this.#value(s.value) }]
      case "if": {
        const test = this.#value(s.test)
        return [{ ...s, test, passed: this.#nested(s.passed), otherwise: this.#nested(s.otherwise) }]
      }
      case "eachBit":
        return [{ ...s, mask: this.#value(s.mask), body: this.#nested(s.body) }]
      case "branch":
        return [{ ...s, target: this.#value(s.target), context: s.context && this.#value(s.context) }]
      default:
        return [s]
    }
  }

  #nested(block: Block): Block {
    return block.flatMap((s) => this.#statement(s))
  }

  #source(n: number): Node {
    this.#sources[n] ??= sourceOf(n)
    return this.#sources[n]
  }

  #value(n: Node): Node {
    const known = this.#known.get(n)
    if (known) return known
    const value = this.#rewrite(n)
    this.#known.set(n, value)
    return value
  }

  #rewrite(n: Node): Node {
    if (n.kind === "get") return this.#flag(this.#madeBy(n.file)) ?? n
    if (n.kind === "select") {
      const args = n.args.map((arg) => this.#value(arg)) as unknown as typeof n.args
      return args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args }
    }
    if (n.kind !== "op") return n
    const fused = this.#comparison(n)
    if (fused) return binary(fused, this.#source(SOURCE.left), this.#source(SOURCE.right))
    const args = n.args.map((arg) => this.#value(arg))
    if (n.op.name === "i32.eqz" && args[0] !== n.args[0] && args[0]!.kind === "op") {
      const inverse = INVERSE[args[0]!.op.name]
      if (inverse) return { ...args[0]!, op: op(inverse) }
    }
    return args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args }
  }

  #flag(made: Made): Node | undefined {
    if (made === MADE.plainly) return undefined
    if (made === MADE.zero && this.#isDifference)
      return binary("i32.eq", this.#source(SOURCE.left), this.#source(SOURCE.right))
    return valueMade(made, (source) => this.#source(source))
  }

  // The comparison of left and right that an operation on flags amounts to.
  #comparison(n: Extract<Node, { kind: "op" }>): string | undefined {
    if (!this.#isDifference) return undefined
    const is = (x: Node, made: Made) => x.kind === "get" && this.#madeBy(x.file) === made
    const either = (test: (x: Node, y: Node) => boolean) => {
      const [x, y] = n.args as [Node, Node]
      return test(x, y) || test(y, x)
    }
    const isNotZero = (x: Node) => isOp(x, "i32.eqz") && is(x.args[0]!, MADE.zero)
    const isSigned = (x: Node) => x.kind === "op" && this.#comparison(x) === "i32.geS"
    switch (n.op.name) {
      case "i32.eq":
        return either((x, y) => is(x, MADE.sign) && is(y, MADE.differenceOverflow)) ? "i32.geS" : undefined
      case "i32.and":
        if (either((x, y) => isNotZero(x) && isSigned(y))) return "i32.gtS"
        return either((x, y) => isNotZero(x) && is(y, MADE.noBorrow)) ? "i32.gtU" : undefined
      default:
        return undefined
    }
  }
}

class Flags {
  readonly #flags: readonly RegisterFile[]
  readonly #facts: WeakMap<InstructionIr, Facts>

  constructor(flags: readonly RegisterFile[], facts: WeakMap<InstructionIr, Facts>) {
    this.#flags = flags
    this.#facts = facts
  }

  factsOf(instruction: InstructionIr): Facts {
    let facts = this.#facts.get(instruction)
    if (!facts) this.#facts.set(instruction, (facts = factsOf(instruction.ir!, this.#flags)))
    return facts
  }

  /** Plans an instruction, given how flags are made before it; tells how after it. */
  step(step: PlannedStep, before: State): State {
    const facts = this.factsOf(step.instruction)
    if (facts.isNone) return before
    const { makes, sources } = facts
    const made = [...before.made]
    const settle: Settled[] = []
    const isNoted = { result: sources[SOURCE.result] !== undefined, operands: sources[SOURCE.left] !== undefined }
    for (let i = 0; i < made.length; i++) {
      const file = this.#flags[i]!
      const now = made[i]
      const isLost = !facts.sets.has(file) && isNoted[file.madeFrom!]
      const isUnknown = now === undefined && facts.reads.has(file)
      if (now === MADE.plainly || !(isLost || isUnknown || facts.tangled.has(file))) continue
      settle.push({ file, made: now })
      made[i] = MADE.plainly
    }
    const atStep = [...made]
    let [mask, ways, isKnown] = [0, 0, true]
    for (let i = 0; i < made.length; i++) {
      const file = this.#flags[i]!
      if (facts.sets.has(file)) {
        const next = makes.get(file) ?? MADE.plainly
        if (next !== MADE.plainly || made[i] !== MADE.plainly) mask |= wayMask(i)
        made[i] = next
      }
      const now = made[i]
      if (now === undefined) isKnown = false
      else ways |= now << wayShift(i)
    }
    // Where all is known, it is a constant.
    if (isKnown && mask !== 0) mask = -1
    step.settle = settle
    step.made = { mask, ways: ways & mask }
    step.ir = this.#rewrite(step, facts, atStep, before.isDifference)
    const keepsSources = !sources[SOURCE.result] && !sources[SOURCE.left]
    return { made, isDifference: keepsSources ? before.isDifference : facts.isDifference }
  }

  #rewrite(step: PlannedStep, facts: Facts, made: readonly (Made | undefined)[], isDifference: boolean): Block {
    const madeBy = (file: RegisterFile): Made => {
      const i = this.#flags.indexOf(file)
      return i < 0 || facts.tangled.has(file) ? MADE.plainly : (made[i] ?? MADE.plainly)
    }
    const read = [...facts.reads].map(madeBy)
    if (facts.makes.size === 0 && read.every((m) => m === MADE.plainly)) return step.ir
    const key = `${read.join()} ${isDifference}`
    let ir = facts.rewritten.get(key)
    if (!ir) {
      ir = new Rewriting(madeBy, isDifference).block(step.instruction.ir!, facts.makes, facts.sources)
      facts.rewritten.set(key, ir)
    }
    return ir
  }
}

const known = new WeakMap<Plan["arch"], WeakMap<InstructionIr, Facts>>()

/** Notes what flags come from, and makes them where they are looked at. */
export const lazyFlags: Pass = {
  name: "lazy-flags",
  run({ arch, graph, blocks }) {
    const files = deferrable(arch)
    let facts = known.get(arch)
    if (!facts) known.set(arch, (facts = new WeakMap()))
    const pass = new Flags(files, facts)
    const unknown: State = { made: files.map(() => undefined), isDifference: false }
    const ends = new Map<number, State>()
    const sources: number[][] = graph.order.map(() => [])
    for (const from of graph.order) for (const to of graph.successors[from]!) (sources[to] ??= []).push(from)
    for (const node of graph.order) {
      if (node === 0) continue
      const before = (sources[node] ?? []).map((from) => ends.get(from) ?? unknown)
      let state = before.reduce(meet, before[0] ?? unknown)
      const { steps } = blocks[node - 1]!
      for (const [i, step] of steps.entries()) {
        state = pass.step(step, state)
        // Whoever is gone to from the middle of a block cannot rely on what holds at its end.
        if (i < steps.length - 1 && step.instruction.branches.length > 0) ends.set(node, unknown)
      }
      if (!ends.has(node)) ends.set(node, state)
    }
  },
}

function meet(a: State, b: State): State {
  return {
    made: a.made.map((made, i) => (made === b.made[i] ? made : undefined)),
    isDifference: a.isDifference && b.isDifference,
  }
}
