// Lowers the IR of one instruction to WebAssembly: values, order and structure. `Target` is the engine's part: operands,
// memory and control.

import {
  type Block,
  blocksOf,
  type Node,
  operandsOf,
  type RegisterFile,
  type Statement,
  type Type,
  type Variable,
} from "../ir/index.ts"
import { type Code, OP } from "../wasm/index.ts"

type Listed = Extract<Statement, { type: Type }>
/** A load from guest memory: a node whose value exists after the access. */
export type Load = Extract<Node, { kind: "load" }>
/** A store to guest memory. */
export type Store = Extract<Statement, { kind: "store" }>
/** A call of a helper, with or without a result. */
export type Call = Extract<Statement, { kind: "call" | "perform" }>

/** The engine's part of lowering: each method writes the code of one construct. */
export type Target = {
  /** Pushes bits of the instruction word. */
  field(l: Lowering, node: Extract<Node, { kind: "field" }>): void
  /** Pushes the computed operand (i32). */
  derived(l: Lowering): void
  /** Pushes the address of the instruction. */
  pc(l: Lowering): void
  /** Pushes the register's value. */
  get(l: Lowering, file: RegisterFile, index: Node): void
  set(l: Lowering, statement: Extract<Statement, { kind: "set" }>): void
  /** Pushes the loaded value. */
  load(l: Lowering, node: Load): void
  store(l: Lowering, statement: Store): void
  /** Pushes virtual time in ns (f64). */
  time(l: Lowering): void
  /** Calls the helper; leaves its result, if any, on the stack. */
  call(l: Lowering, call: Call): void
  /** Ends the instruction with a branch. */
  branch(l: Lowering, statement: Extract<Statement, { kind: "branch" }>): void
  /** Ends the instruction with an exception. */
  raise(l: Lowering, statement: Extract<Statement, { kind: "raise" }>): void
  /** Ends the instruction, and then the run, for a reason of `EXIT_REASONS`. */
  exit(l: Lowering, reason: string): void
  /** Ends the run after this instruction if an interrupt line is asserted. */
  attend(l: Lowering): void
}

/** Allocates locals by type; indices start behind the engine's own. */
export class Locals {
  /** Types of all locals so far, from the first index on. */
  readonly types: Type[] = []
  readonly #first: number
  #free = new Map<Type, number[]>()
  readonly #used: [Type, number][] = []

  constructor(first: number) {
    this.#first = first
  }

  /** Allocates a local, one that was released if possible. */
  take(type: Type): number {
    let local = this.#free.get(type)?.pop()
    if (local === undefined) local = this.#first + this.types.push(type) - 1
    this.#used.push([type, local])
    return local
  }

  /** The number of locals in use, for `release`. */
  mark(): number {
    return this.#used.length
  }

  /** Releases all locals that were taken since the mark. */
  release(mark: number): void {
    while (this.#used.length > mark) {
      const [type, local] = this.#used.pop()!
      const list = this.#free.get(type)
      if (list) list.push(local)
      else this.#free.set(type, [local])
    }
  }

  /** Releases all locals, at the end of an instruction. */
  releaseAll(): void {
    this.release(0)
  }
}

/** Lowers instructions into one function, one after the other. */
export class Lowering {
  /** The function that is being written, and its locals. */
  readonly code: Code
  readonly locals: Locals
  /** WebAssembly blocks that are open inside the instruction: a target adds them to its label depths. */
  depth = 0
  readonly #target: Target
  readonly #uses = new Map<Node, number>()
  #memo = new Map<Node, number>()
  #pending = new Set<Listed>()
  readonly #variables = new Map<Variable, number>()

  constructor(code: Code, locals: Locals, target: Target) {
    this.code = code
    this.locals = locals
    this.#target = target
  }

  /** Lowers the block of an instruction; false if the block always leaves before its end. */
  instruction(block: Block): boolean {
    this.#begin()
    this.#countIn(block)
    return this.block(block)
  }

  /** Lowers the block, then pushes a value that may depend on it. */
  test(block: Block, value: Node): void {
    this.#begin()
    this.#count(value)
    this.#countIn(block)
    this.block(block)
    this.value(value)
  }

  // V8 allocates a new table even when it clears an empty collection.
  #begin(): void {
    if (this.#uses.size > 0) this.#uses.clear()
    if (this.#memo.size > 0) this.#memo.clear()
    if (this.#pending.size > 0) this.#pending.clear()
    if (this.#variables.size > 0) this.#variables.clear()
  }

  // Counts the uses by statements. A value that is a statement itself counts its operands there.
  #countIn(block: Block): void {
    for (const s of block) {
      for (const operand of operandsOf(s)) this.#count(operand)
      for (const inner of blocksOf(s)) this.#countIn(inner)
    }
  }

  // A second use counts the operands again: in two arms of an `if`, the value and its operands are evaluated twice.
  #count(node: Node): void {
    if (node.kind === "const") return
    const uses = (this.#uses.get(node) ?? 0) + 1
    this.#uses.set(node, uses)
    if (uses <= 2 && !isListed(node)) for (const operand of operandsOf(node)) this.#count(operand)
  }

  /** Lowers a block inside the instruction; false if it always leaves before its end. */
  block(block: Block): boolean {
    for (const statement of block) if (!this.#statement(statement)) return false
    return true
  }

  #statement(s: Statement): boolean {
    if (s.kind === "get" || s.kind === "variable") {
      const uses = this.#uses.get(s) ?? 0
      if (uses === 1) this.#pending.add(s)
      else if (uses > 1) this.#keep(s)
      return true
    }
    this.#evaluateBefore(s)
    switch (s.kind) {
      case "time":
      case "load":
      case "call": {
        if (s.kind === "load") this.#target.load(this, s)
        else if (s.kind === "time") this.#target.time(this)
        else this.#target.call(this, s)
        if ((this.#uses.get(s) ?? 0) === 0) this.code.drop()
        else this.#store(s)
        return true
      }
      case "perform":
        this.#target.call(this, s)
        return true
      case "set":
        this.#target.set(this, s)
        return true
      case "assign":
        this.value(s.value)
        this.code.set(this.#variable(s.variable))
        return true
      case "store":
        this.#target.store(this, s)
        return true
      case "if":
        return this.#if(s)
      case "eachBit":
        this.#eachBit(s)
        return true
      case "branch":
        this.#target.branch(this, s)
        return false
      case "raise":
        this.#target.raise(this, s)
        return false
      case "exit":
        this.#target.exit(this, s.reason)
        return false
      case "attend":
        this.#target.attend(this)
        return true
    }
  }

  #if(s: Extract<Statement, { kind: "if" }>): boolean {
    this.value(s.test)
    this.code.if()
    this.depth++
    const memo = this.#memo
    this.#memo = new Map(memo)
    const first = this.block(s.passed)
    this.#flush()
    let second = true
    if (s.otherwise.length > 0) {
      this.code.else()
      this.#memo = new Map(memo)
      second = this.block(s.otherwise)
      this.#flush()
    }
    this.#memo = memo
    this.depth--
    this.code.end()
    if (!first && !second) this.code.u8(OP.unreachable)
    return first || second
  }

  #eachBit(s: Extract<Statement, { kind: "eachBit" }>): void {
    const { code } = this
    const mask = this.locals.take("i32")
    const bit = this.#variable(s.bit)
    this.value(s.mask)
    code.set(mask).block().loop().get(mask).u8(OP.i32Eqz).brIf(1).get(mask).u8(OP.i32Ctz).set(bit)
    this.depth += 2
    const memo = this.#memo
    this.#memo = new Map(memo)
    const open = this.block(s.body)
    this.#flush()
    this.#memo = memo
    this.depth -= 2
    if (open) code.get(mask).get(mask).i32(1).u8(OP.i32Sub).u8(OP.i32And).set(mask).br(0)
    code.end().end()
  }

  /** Pushes a value. */
  value(node: Node): void {
    const { code } = this
    const kept = this.#memo.get(node)
    if (kept !== undefined) {
      code.get(kept)
      return
    }
    switch (node.kind) {
      case "const":
        if (node.type === "i32") code.i32(Number(node.value))
        else if (node.type === "i64") code.i64(BigInt(node.value))
        else if (node.type === "f32") code.f32(Number(node.value))
        else if (node.type === "f64") code.f64(Number(node.value))
        else code.v128(BigInt(node.value))
        return
      case "variable":
        this.#pending.delete(node)
        code.get(this.#variable(node.variable))
        return
      case "get":
        if (!this.#pending.delete(node)) throw new Error(`${node.file.name} used before it is read`)
        this.#target.get(this, node.file, node.index)
        return
      case "op":
        for (const arg of node.args) this.value(arg)
        code.raw(node.op.code)
        break
      case "select":
        this.value(node.args[1])
        this.value(node.args[2])
        this.value(node.args[0])
        code.select()
        break
      case "field":
        this.#target.field(this, node)
        break
      case "derived":
        this.#target.derived(this)
        break
      case "pc":
        this.#target.pc(this)
        break
      default:
        throw new Error(`${node.kind} used before it happens`)
    }
    if ((this.#uses.get(node) ?? 0) > 1) {
      const local = this.locals.take(node.type)
      this.#memo.set(node, local)
      code.tee(local)
    }
  }

  #variable(variable: Variable): number {
    let local = this.#variables.get(variable)
    if (local === undefined) {
      local = this.locals.take(variable.type)
      this.#variables.set(variable, local)
    }
    return local
  }

  // Keeps the value on the stack in a local.
  #store(node: Node & { type: Type }): void {
    const local = this.locals.take(node.type)
    this.#memo.set(node, local)
    this.code.set(local)
  }

  #keep(read: Listed): void {
    if (read.kind === "get") this.#target.get(this, read.file, read.index)
    else if (read.kind === "variable") this.code.get(this.#variable(read.variable))
    this.#store(read)
  }

  #flush(): void {
    for (const read of this.#pending) this.#keep(read)
    this.#pending.clear()
  }

  // A pending read is evaluated by its user, unless statement `s` comes before and may change what it reads.
  #evaluateBefore(s: Statement): void {
    for (const read of this.#pending) {
      if (!interferes(read, s) || operandsOf(s).some((operand) => uses(operand, read))) continue
      this.#pending.delete(read)
      this.#keep(read)
    }
  }
}

const isListed = (n: Node) =>
  n.kind === "get" || n.kind === "variable" || n.kind === "time" || n.kind === "load" || n.kind === "call"

const uses = (n: Node, read: Node): boolean => n === read || operandsOf(n).some((operand) => uses(operand, read))

function interferes(read: Listed, s: Statement): boolean {
  switch (s.kind) {
    case "set":
      return read.kind === "get" && read.file.storage === s.file.storage
    case "assign":
      return read.kind === "variable" && read.variable === s.variable
    default:
      return true
  }
}
