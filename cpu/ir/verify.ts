// The verifier: the rules of every block of IR. It prints the block that breaks a rule.

import { partsOf } from "./flags.ts"
import { type Block, type Node, operandsOf, type Statement, typeOfBytes, type Variable } from "./node.ts"
import { printBlock } from "./print.ts"
import type { RegisterFile } from "./state.ts"
import type { Type } from "./types.ts"

/** Facts about the block that the verifier needs. */
export type VerifyOptions = {
  readonly addressType: "i32" | "i64"
  /** Whether the instruction may be started again after a fault, so that it may write state before an access. */
  readonly restartable?: boolean
  /** Registers without meaning between instructions: writing them is no change of state. */
  readonly scratch?: readonly { readonly file: RegisterFile; readonly index: number }[]
}

/** Throws an error that names the broken rule, with the block's text, if the block is not well-formed. */
export function verify(block: Block, options: VerifyOptions): void {
  try {
    new Verifier(options).block(block, new Scope(undefined), false)
  } catch (problem) {
    if (!(problem instanceof Broken)) throw problem
    throw new Error(`${problem.message}\n${printBlock(block)}`)
  }
}

class Broken extends Error {}

/** What has happened on every path to a point of the program. */
class Scope {
  readonly #outer: Scope | undefined
  readonly #known = new Set<Node | Variable>()
  constructor(outer: Scope | undefined) {
    this.#outer = outer
  }

  has(x: Node | Variable): boolean {
    return this.#known.has(x) || (this.#outer?.has(x) ?? false)
  }

  add(x: Node | Variable): void {
    this.#known.add(x)
  }
}

/** The end of a block: whether it is reached, and whether state may have been written by then. */
type Flow = { readonly ended: boolean; readonly wrote: boolean }

class Verifier {
  readonly #options: VerifyOptions
  constructor(options: VerifyOptions) {
    this.#options = options
  }

  block(block: Block, scope: Scope, wroteBefore: boolean): Flow {
    let flow: Flow = { ended: false, wrote: wroteBefore }
    for (const s of block) {
      if (flow.ended) throw new Broken(`${s.kind} after the end of its path`)
      for (const n of operandsOf(s)) this.#value(n, scope)
      this.#types(s, scope)
      if (canFault(s) && flow.wrote && !this.#options.restartable) {
        throw new Broken(`state is written before a ${s.kind} that can fault`)
      }
      flow = this.#step(s, scope, flow.wrote || this.#writes(s))
    }
    return flow
  }

  #step(s: Statement, scope: Scope, wrote: boolean): Flow {
    switch (s.kind) {
      case "variable":
        if (!scope.has(s.variable)) throw new Broken("a variable is read before it is assigned on every path")
        scope.add(s)
        return { ended: false, wrote }
      case "get":
      case "time":
      case "load":
      case "call":
        scope.add(s)
        return { ended: false, wrote }
      case "assign":
        scope.add(s.variable)
        return { ended: false, wrote }
      case "if": {
        const sides = [s.passed, s.otherwise].map((side) => this.block(side, new Scope(scope), wrote))
        const open = sides.filter((side) => !side.ended)
        return { ended: open.length === 0, wrote: open.some((side) => side.wrote) }
      }
      case "eachBit": {
        const inner = () => {
          const body = new Scope(scope)
          body.add(s.bit)
          return body
        }
        const once = this.block(s.body, inner(), wrote)
        // Writes of one round come before the accesses of the next.
        if (once.wrote && !wrote && !once.ended) this.block(s.body, inner(), true)
        return { ended: false, wrote: wrote || once.wrote }
      }
      case "branch":
      case "raise":
      case "exit":
        return { ended: true, wrote }
      default:
        return { ended: false, wrote }
    }
  }

  #writes(s: Statement): boolean {
    if (s.kind === "store") return true
    if (s.kind === "perform") return !s.helper.mayFault
    if (s.kind !== "set") return false
    const { file, index } = s
    return !this.#options.scratch?.some((r) => r.file === file && index.kind === "const" && index.value === r.index)
  }

  // A pure value is checked at its first use in a scope, and may be used again anywhere in that scope.
  #value(n: Node, scope: Scope): void {
    if (scope.has(n)) return
    if (n.kind === "get" || n.kind === "variable" || n.kind === "time" || n.kind === "load" || n.kind === "call") {
      throw new Broken(`a ${n.kind} is used where it has not happened on every path`)
    }
    for (const arg of operandsOf(n)) this.#value(arg, scope)
    if (n.kind === "op") this.#arguments(n.op.name, n.op.params, n.args)
    if (n.kind === "op") this.#expect(n.op.name, n.type, n.op.result)
    if (n.kind === "select") this.#arguments("select", ["i32", n.type, n.type], n.args)
    if (n.kind === "const") constant(n)
    scope.add(n)
  }

  #types(s: Statement, scope: Scope): void {
    const { addressType } = this.#options
    switch (s.kind) {
      case "get":
      case "set":
        this.#expect(`index of ${s.file.name}`, s.index.type, "i32")
        if (!inBounds(s.file, s.index))
          throw new Broken(`the index of ${s.file.name} may be past its ${s.file.count} registers`)
        if (s.kind === "set") this.#set(s, scope)
        else this.#expect(s.file.name, s.type, s.file.type)
        break
      case "variable":
        this.#expect("variable", s.type, s.variable.type)
        break
      case "assign":
        this.#expect("variable", s.value.type, s.variable.type)
        break
      case "load":
      case "store":
        this.#expect(`address of ${s.kind}`, s.address.type, addressType)
        this.#expect(s.kind, s.kind === "load" ? s.type : s.value.type, typeOfBytes(s.access.bytes))
        break
      case "call":
      case "perform":
        this.#arguments(s.helper.name, s.helper.params, s.args)
        if (s.kind === "call") this.#expect(s.helper.name, s.type, s.helper.result)
        break
      case "if":
        this.#expect("if", s.test.type, "i32")
        break
      case "eachBit":
        this.#expect("bits of", s.mask.type, "i32")
        this.#expect("bit", s.bit.type, "i32")
        break
      case "branch":
        this.#expect("branch", s.target.type, addressType)
        if (s.context) this.#expect("context of branch", s.context.type, "i32")
        break
      case "raise":
        if (s.args.length > 4)
          throw new Broken(`raise ${s.exception} has ${s.args.length} arguments, at most 4 are kept`)
        for (const arg of s.args) if (arg.type[0] !== "i") throw new Broken(`raise ${s.exception} with ${arg.type}`)
        break
      default:
    }
  }

  #set({ file, index, value, recipe }: Extract<Statement, { kind: "set" }>, scope: Scope): void {
    this.#expect(file.name, value.type, file.type)
    if (!recipe) return
    const lazy = index.kind === "const" ? file.lazy[Number(index.value)] : undefined
    if (!lazy?.recipes.includes(recipe.name)) throw new Broken(`${file.name} has no recipe ${recipe.name}`)
    for (const source of recipe.sources) {
      this.#value(source, scope)
      this.#expect(`source of ${recipe.name}`, source.type, partsOf(recipe.name).type)
    }
  }

  #arguments(what: string, params: readonly Type[], args: readonly Node[]): void {
    if (params.length !== args.length) throw new Broken(`${what} takes ${params.length} arguments, not ${args.length}`)
    for (const [i, type] of params.entries()) this.#expect(`argument ${i} of ${what}`, args[i]!.type, type)
  }

  #expect(what: string, type: Type, wanted: Type | undefined): void {
    if (type !== wanted) throw new Broken(`${what}: ${type}, not ${wanted}`)
  }
}

function canFault(s: Statement): boolean {
  if (s.kind === "call" || s.kind === "perform") return s.helper.mayFault
  return s.kind === "load" || s.kind === "store" || s.kind === "raise"
}

function constant(n: Extract<Node, { kind: "const" }>): void {
  const fits =
    n.type === "i32"
      ? typeof n.value === "number" && n.value === (n.value | 0)
      : n.type === "i64"
        ? typeof n.value === "bigint" && n.value === BigInt.asIntN(64, n.value)
        : n.type === "v128"
          ? typeof n.value === "bigint" && n.value === BigInt.asUintN(128, n.value)
          : typeof n.value === "number"
  if (!fits) throw new Broken(`${n.value} is no ${n.type}`)
}

// No guest may reach outside a register file: a constant index is compared, any other must be masked.
function inBounds(file: RegisterFile, index: Node): boolean {
  if (index.kind === "const") return Number(index.value) >= 0 && Number(index.value) < file.count
  if (index.kind === "field") return 2 ** index.bits.width <= file.count
  if (index.kind !== "op" || index.op.name !== "i32.and") return false
  return index.args.some((a) => a.kind === "const" && Number(a.value) >= 0 && Number(a.value) < file.count)
}
