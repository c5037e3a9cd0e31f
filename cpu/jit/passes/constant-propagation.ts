// Constant propagation and folding within a block. Reads of registers with known values become constants, and operations on
// constants are evaluated. An operand whose constant has a long encoding stays a register, which takes fewer bytes.

import { type Block, blocksOf, type Node, type Statement } from "../../ir/index.ts"
import { op } from "../../ir/ops.ts"
import type { Pass, PlannedStep } from "./plan.ts"
import { type KeyOf, mayTrap, registerKeys, withoutUnused } from "./registers.ts"

type Constant = Extract<Node, { kind: "const" }>
type Operation = Extract<Node, { kind: "op" }>

const isConst = (n: Node): n is Constant => n.kind === "const"
const isInt = (n: Node, value: number) => isConst(n) && n.type[0] === "i" && Number(n.value) === value
// Whether a constant takes more than two bytes of WebAssembly, as many as reading a local.
const hasLongEncoding = (n: Constant) => n.type[0] !== "i" || n.value < -64 || n.value > 63
const zero = ({ type }: { readonly type: Node["type"] }): Constant =>
  type === "i64" ? { kind: "const", type, value: 0n } : { kind: "const", type: "i32", value: 0 }

// Records that a register holds a constant, or none. Of the sources of flags, only a constant 0 simplifies anything.
function write(known: Map<number, Constant>, key: number | undefined, value: Constant | undefined): void {
  if (key === undefined) return
  if (value && (key >= 0 || Number(value.value) === 0)) known.set(key, value)
  else known.delete(key)
}

const isTerminator = (s: Statement | undefined) => s?.kind === "branch" || s?.kind === "raise" || s?.kind === "exit"

/** Folds one instruction, given the constants in registers by key, and updates those. */
class Folder {
  readonly #known: Map<number, Constant>
  readonly #keyOf: KeyOf
  /** Replacements of nodes. */
  readonly #values = new Map<Node, Node>()
  /** Replacements within branch targets. They cover loads and calls only, so that `branchTarget` still recognises targets. */
  readonly #targets = new Map<Node, Node>()

  constructor(known: Map<number, Constant>, keyOf: KeyOf) {
    this.#known = known
    this.#keyOf = keyOf
  }

  block(block: Block): Block {
    const out: Statement[] = []
    for (const s of block) {
      out.push(...this.#statement(s))
      // Code behind a branch that is always taken is unreachable.
      if (isTerminator(out[out.length - 1])) break
    }
    return out.length === block.length && out.every((s, i) => s === block[i]) ? block : out
  }

  #statement(s: Statement): readonly Statement[] {
    switch (s.kind) {
      case "get": {
        const key = this.#keyOf(s.file, s.index)
        const value = key === undefined ? undefined : this.#known.get(key)
        if (value) this.#values.set(s, value)
        return [s]
      }
      case "load":
        return [this.#replaced(s, this.#changed(s, { address: this.#operand(s.address) }))]
      case "call":
        return [this.#replaced(s, this.#withArgs(s))]
      case "perform":
      case "raise":
        return [this.#withArgs(s)]
      case "set": {
        const value = this.#value(s.value)
        write(this.#known, this.#keyOf(s.file, s.index), isConst(value) ? value : undefined)
        return [this.#changed(s, { value: this.#operand(s.value) })]
      }
      case "assign":
        return [this.#changed(s, { value: this.#operand(s.value) })]
      case "store":
        return [this.#changed(s, { address: this.#operand(s.address), value: this.#operand(s.value) })]
      case "if": {
        const test = this.#value(s.test)
        if (isConst(test)) return this.block(test.value !== 0 ? s.passed : s.otherwise)
        const passed = this.#path(s.passed)
        const otherwise = this.#path(s.otherwise)
        this.#invalidate([s])
        return [this.#changed(s, { test, passed, otherwise })]
      }
      case "eachBit": {
        this.#invalidate([s])
        const mask = this.#operand(s.mask)
        const body = this.#path(s.body)
        this.#invalidate([s])
        return [this.#changed(s, { mask, body })]
      }
      case "branch":
        return [this.#changed(s, { target: this.#target(s.target), context: s.context && this.#target(s.context) })]
      default:
        return [s]
    }
  }

  #changed<S extends Statement>(s: S, to: Partial<S>): S {
    return Object.entries(to).every(([name, value]) => s[name as keyof S] === value) ? s : { ...s, ...to }
  }

  #withArgs<S extends Extract<Statement, { args: readonly Node[] }>>(s: S): S {
    const args = s.args.map((n) => this.#operand(n))
    return args.every((n, i) => n === s.args[i]) ? s : { ...s, args }
  }

  #replaced<S extends Extract<Statement, { kind: "load" | "call" }>>(before: S, after: S): S {
    if (after !== before) {
      this.#values.set(before, after)
      this.#targets.set(before, after)
    }
    return after
  }

  #path(block: Block): Block {
    const before = [...this.#known]
    const out = this.block(block)
    this.#known.clear()
    for (const [key, value] of before) this.#known.set(key, value)
    return out
  }

  #invalidate(block: Block): void {
    for (const s of block) {
      if (s.kind === "set") write(this.#known, this.#keyOf(s.file, s.index), undefined)
      for (const inner of blocksOf(s)) this.#invalidate(inner)
    }
  }

  // The replacement of a node as an operand, where a register is shorter than a long constant.
  #operand(n: Node): Node {
    const value = this.#value(n)
    return n.kind === "get" && isConst(value) && hasLongEncoding(value) ? n : value
  }

  #value(n: Node): Node {
    const done = this.#values.get(n)
    if (done) return done
    if (n.kind !== "op" && n.kind !== "select") return n
    const value = n.kind === "op" ? this.#operation(n) : this.#select(n)
    this.#values.set(n, value)
    return value
  }

  #select(n: Extract<Node, { kind: "select" }>): Node {
    const [test, yes, no] = n.args
    const value = this.#value(test)
    if (isConst(value)) return this.#value(value.value !== 0 ? yes : no)
    const args = [value, this.#operand(yes), this.#operand(no)] as const
    return args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args }
  }

  #operation(n: Operation): Node {
    const values = n.args.map((arg) => this.#value(arg))
    if (values.every((value, i) => value === n.args[i])) return n
    const known = evaluated(n, values) ?? simplified(n, values)
    if (known) return known
    const args = n.args.map((arg) => this.#operand(arg))
    return args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args }
  }

  #target(n: Node): Node {
    const target = this.#targets.get(n)
    if (target || (n.kind !== "op" && n.kind !== "select")) return target ?? n
    const args = n.args.map((arg) => this.#target(arg))
    const value = args.every((arg, i) => arg === n.args[i]) ? n : ({ ...n, args } as Node)
    this.#targets.set(n, value)
    return value
  }
}

// Floating point is not folded, since the bits of a NaN are the host's choice.
function evaluated(n: Operation, args: readonly Node[]): Constant | undefined {
  const isInteger = n.type[0] === "i" && n.op.params.every((type) => type[0] === "i")
  if (!isInteger || mayTrap(n.op.name) || !args.every(isConst)) return undefined
  return { kind: "const", type: n.type, value: n.op.evaluate(...(args.map(({ value }) => value) as never[])) }
}

// Applies algebraic identities, such as x + 0 = x.
function simplified(n: Operation, [x, y]: readonly Node[]): Node | undefined {
  if (!x || !y || n.op.params[0]![0] !== "i") return undefined
  const name = n.op.name.slice(4)
  switch (name) {
    case "add":
    case "or":
    case "xor":
      if (isInt(x, 0)) return y
      if (isInt(y, 0)) return x
      if (name === "or" && (isInt(x, -1) || isInt(y, -1))) return isInt(x, -1) ? x : y
      return name === "or" && x === y ? x : name === "xor" && x === y ? zero(n) : undefined
    case "and":
      if (isInt(x, 0) || isInt(y, 0)) return zero(n)
      return isInt(x, -1) ? y : isInt(y, -1) || x === y ? x : undefined
    case "mul":
      if (isInt(x, 0) || isInt(y, 0)) return zero(n)
      return isInt(x, 1) ? y : isInt(y, 1) ? x : undefined
    case "sub":
      return isInt(y, 0) ? x : x === y ? zero(n) : undefined
    case "shl":
    case "shrS":
    case "shrU":
    case "rotl":
    case "rotr":
      return isInt(y, 0) ? x : isInt(x, 0) ? zero(n) : undefined
    case "eq":
      return isInt(y, 0) ? { ...n, op: op(`${x.type}.eqz`), args: [x] } : undefined
    case "geU":
      return isInt(y, 0) ? { kind: "const", type: "i32", value: 1 } : undefined
    case "ltU":
      return isInt(y, 0) ? zero(n) : undefined
    default:
      return undefined
  }
}

/** The constants that registers hold, from the start of a block on. */
class Constants {
  readonly #known = new Map<number, Constant>()
  readonly #keyOf: KeyOf

  constructor(keyOf: KeyOf) {
    this.#keyOf = keyOf
  }

  step(step: PlannedStep): void {
    for (const { flag } of step.materialise) this.#known.delete(this.#keyOf(flag.file, flag.index)!)
    if (this.#known.size > 0 && this.#reads(step.ir)) this.#fold(step)
    else this.#write(step.ir, true)
  }

  // Whether the block reads a register that holds a constant. A plain copy counts too, but is rare.
  #reads(block: Block): boolean {
    for (const s of block) {
      if (s.kind === "get") {
        const key = this.#keyOf(s.file, s.index)
        if (key !== undefined && this.#known.has(key)) return true
      } else for (const inner of blocksOf(s)) if (this.#reads(inner)) return true
    }
    return false
  }

  #write(block: Block, outermost: boolean): void {
    for (const s of block) {
      if (s.kind === "set") {
        const value = outermost && isConst(s.value) ? s.value : undefined
        if (value || this.#known.size > 0) write(this.#known, this.#keyOf(s.file, s.index), value)
      } else for (const inner of blocksOf(s)) this.#write(inner, false)
    }
  }

  #fold(step: PlannedStep): void {
    const ir = new Folder(this.#known, this.#keyOf).block(step.ir)
    if (ir !== step.ir) step.ir = withoutUnused(ir)
  }
}

/** Replaces reads of registers with known values by constants, and folds operations on them. */
export const constantPropagation: Pass = {
  name: "constant-propagation",
  isThorough: true,
  run(plan) {
    const { blocks } = plan
    const keyOf = registerKeys(plan)
    for (const { steps } of blocks) {
      const known = new Constants(keyOf)
      for (const step of steps) known.step(step)
    }
  },
}
