// The slow, obvious evaluator of the IR, a twin for tests of the generated engines. It runs one block on a machine behind
// a port, value by value, with no thought for speed.

import type { Access, Block, FieldBits, Helper, Node, Statement, Variable } from "./node.ts"
import type { RegisterFile } from "./state.ts"
import type { Value } from "./types.ts"

/** The machine as a block sees it; i32 values are signed numbers, i64 values signed bigints. */
export type EvaluatorPort = {
  get(file: RegisterFile, index: number): Value
  set(file: RegisterFile, index: number, value: Value): void
  /** Loads a value, extended as the access says; throws a `GuestFault` if the guest takes an exception. */
  load(access: Access, address: Value): Value
  store(access: Access, address: Value, value: Value): void
  call(helper: Helper, args: readonly Value[]): Value | undefined
  /** Virtual time in ns at the end of the instruction. */
  time(): number
}

/** Values of operands, if the block is of a variant rather than a translated word. */
export type Bindings = {
  field?(bits: FieldBits): Value
  readonly derived?: number
  readonly pc?: Value
}

/** How a block ended. With `attend`, a pending interrupt is taken before the next instruction. */
export type Outcome =
  | { readonly kind: "next"; readonly attend: boolean }
  | { readonly kind: "branch"; readonly target: Value; readonly context: number | undefined; readonly attend: boolean }
  | { readonly kind: "raise"; readonly exception: string; readonly args: readonly Value[] }
  | { readonly kind: "exit"; readonly reason: string; readonly attend: boolean }

/** Thrown by a port to take an exception of the architecture instead of the rest of the instruction. */
export class GuestFault extends Error {
  readonly exception: string
  readonly args: readonly Value[]
  constructor(exception: string, args: readonly Value[] = []) {
    super(`guest fault ${exception}`)
    this.exception = exception
    this.args = args
  }
}

/** Runs a block to its end. A `GuestFault` of the port passes through; earlier writes stay. */
export function evaluate(block: Block, port: EvaluatorPort, bindings: Bindings = {}): Outcome {
  return new Evaluation(port, bindings).start(block)
}

class Evaluation {
  readonly #port: EvaluatorPort
  readonly #bindings: Bindings
  /** Values of the nodes that are statements, from when they happened. */
  readonly #happened = new Map<Node, Value>()
  readonly #variables = new Map<Variable, Value>()
  /** Values of pure nodes, valid until a loop repeats its statements. */
  readonly #pure = new Map<Node, Value>()
  #attend = false

  constructor(port: EvaluatorPort, bindings: Bindings) {
    this.#port = port
    this.#bindings = bindings
  }

  start(block: Block): Outcome {
    return this.#block(block) ?? { kind: "next", attend: this.#attend }
  }

  #block(block: Block): Outcome | undefined {
    for (const statement of block) {
      const outcome = this.#statement(statement)
      if (outcome) return outcome
    }
    return undefined
  }

  #statement(s: Statement): Outcome | undefined {
    const port = this.#port
    switch (s.kind) {
      case "get":
        this.#happened.set(s, port.get(s.file, this.#number(s.index)))
        return undefined
      case "variable": {
        const value = this.#variables.get(s.variable)
        if (value === undefined) throw new Error(`variable ${s.variable.id} is read before it is assigned`)
        this.#happened.set(s, value)
        return undefined
      }
      case "time":
        this.#happened.set(s, port.time())
        return undefined
      case "load":
        this.#happened.set(s, port.load(s.access, this.#value(s.address)))
        return undefined
      case "call": {
        const result = port.call(s.helper, this.#values(s.args))
        if (result === undefined) throw new Error(`helper ${s.helper.name} gave no result`)
        this.#happened.set(s, result)
        return undefined
      }
      case "perform":
        port.call(s.helper, this.#values(s.args))
        return undefined
      case "set":
        port.set(s.file, this.#number(s.index), this.#value(s.value))
        return undefined
      case "assign":
        this.#variables.set(s.variable, this.#value(s.value))
        return undefined
      case "store":
        port.store(s.access, this.#value(s.address), this.#value(s.value))
        return undefined
      case "if":
        return this.#block(this.#number(s.test) !== 0 ? s.passed : s.otherwise)
      case "eachBit": {
        const mask = this.#number(s.mask) >>> 0
        for (let bit = 0; bit < 32; bit++) {
          if ((mask & (2 ** bit)) === 0) continue
          this.#pure.clear()
          this.#variables.set(s.bit, bit)
          const outcome = this.#block(s.body)
          if (outcome) return outcome
        }
        return undefined
      }
      case "branch": {
        const context = s.context && this.#number(s.context)
        return { kind: "branch", target: this.#value(s.target), context, attend: this.#attend }
      }
      case "raise":
        return { kind: "raise", exception: s.exception, args: this.#values(s.args) }
      case "exit":
        return { kind: "exit", reason: s.reason, attend: this.#attend }
      case "attend":
        this.#attend = true
        return undefined
    }
  }

  #values(nodes: readonly Node[]): Value[] {
    return nodes.map((n) => this.#value(n))
  }

  #number(n: Node): number {
    return Number(this.#value(n))
  }

  #value(n: Node): Value {
    if (n.kind === "const") return n.value
    const known = this.#happened.get(n) ?? this.#pure.get(n)
    if (known !== undefined) return known
    const value = this.#compute(n)
    this.#pure.set(n, value)
    return value
  }

  #compute(n: Node): Value {
    switch (n.kind) {
      case "op":
        return n.op.evaluate(...(this.#values(n.args) as never[]))
      case "select":
        return this.#number(n.args[0]) !== 0 ? this.#value(n.args[1]) : this.#value(n.args[2])
      case "field": {
        const value = this.#bindings.field?.(n.bits)
        if (value === undefined) throw new Error("an operand is not bound to a value")
        return value
      }
      case "derived":
      case "pc": {
        const value = this.#bindings[n.kind]
        if (value === undefined) throw new Error(`${n.kind} is not bound to a value`)
        return value
      }
      default:
        throw new Error(`a ${n.kind} is used before it happened`)
    }
  }
}
