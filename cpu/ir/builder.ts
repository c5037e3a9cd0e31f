// The builder that semantics call. It records IR and folds constants. Operands are opaque, so that one description serves
// the interpreter (an operand is bits of the word) and the JIT (an operand is a constant).

import { type FlagKind, type FlagOperands, type FlagTargets, flagWrites, isLazy } from "./flags.ts"
import type { Access, Alignment, Block, Bytes, Helper, Node, Statement } from "./node.ts"
import { typeOfBytes, Variable } from "./node.ts"
import { op } from "./ops.ts"
import type { RegisterFile } from "./state.ts"
import type { PureOp, Value } from "./types.ts"
import { shuffle } from "./vector-ops.ts"

/** An operand of an instruction, opaque to semantics: only a builder can look inside. */
export class Operand {
  readonly name: string
  /** @internal Its node: a constant when translating, bits of the word when generating an interpreter. */
  readonly node: Node
  constructor(name: string, node: Node) {
    this.name = name
    this.node = node
  }
}

/** The number of a register: an operand, a number known when translating, or a computed i32. */
export type Index = Operand | Node | number

/** Facts about the instruction being built. */
export type BuilderContext = {
  /** Type of guest addresses. */
  readonly addressType: "i32" | "i64"
  /** Bytes from this instruction to the next. */
  readonly length: number
  /** The instruction's address when it is known. */
  readonly pc?: Value
  /** Values of registers that are known beforehand, by file and number. */
  readonly known?: ReadonlyMap<RegisterFile, readonly Value[]>
}

type AccessOptions = { signed?: boolean; align?: Alignment; asUser?: boolean }

/** Nodes of small constants, such as register numbers, shared by all instructions. */
const SMALL = Array.from({ length: 64 }, (_, value): Node => ({ kind: "const", type: "i32", value }))

/** Records one instruction as IR. */
export class Builder {
  readonly context: BuilderContext
  #block: Statement[] = []
  #variables = 0
  /** Registers that are known beforehand, but written by now. */
  readonly #written = new Set<RegisterFile>()

  constructor(context: BuilderContext) {
    this.context = context
  }

  /** The statements recorded so far. */
  get block(): Block {
    return this.#block
  }

  /** Number of variables made so far. */
  get variableCount(): number {
    return this.#variables
  }

  // Constants and operands

  i32(value: number): Node {
    return SMALL[value] ?? { kind: "const", type: "i32", value: value | 0 }
  }

  i64(value: bigint | number): Node {
    return { kind: "const", type: "i64", value: BigInt.asIntN(64, BigInt(value)) }
  }

  f32(value: number): Node {
    return { kind: "const", type: "f32", value: Math.fround(value) }
  }

  f64(value: number): Node {
    return { kind: "const", type: "f64", value }
  }

  v128(value: bigint): Node {
    return { kind: "const", type: "v128", value: BigInt.asUintN(128, value) }
  }

  /** The value of an operand. */
  imm(operand: Operand): Node {
    return operand.node
  }

  /** 1 if the operand is zero. */
  isZero(operand: Operand): Node {
    return this.eqz(operand.node)
  }

  // Pure operations: the first argument gives the type

  /** A pure operation by its full name. */
  op(name: string, ...args: Node[]): Node {
    return this.#pure(op(name), args)
  }

  /** Sixteen bytes of two vectors, by their numbers from 0 to 31. */
  shuffle(x: Node, y: Node, picked: readonly number[]): Node {
    return this.#pure(shuffle(picked), [x, y])
  }

  #pure(pure: PureOp, args: readonly Node[]): Node {
    const { name } = pure
    pure.params.forEach((type, i) => {
      if (args[i]?.type !== type) throw new Error(`${name}: argument ${i} is ${args[i]?.type}, not ${type}`)
    })
    if (args.length !== pure.params.length) throw new Error(`${name} takes ${pure.params.length} arguments`)
    if (args.every((a) => a.kind === "const") && !divides(name)) {
      const values = args.map((a) => (a as Extract<Node, { kind: "const" }>).value)
      return { kind: "const", type: pure.result, value: pure.evaluate(...(values as never[])) }
    }
    return { kind: "op", type: pure.result, op: pure, args }
  }

  add(x: Node, y: Node) {
    return isConst(y, 0) ? x : isConst(x, 0) ? y : this.op(`${x.type}.add`, x, y)
  }

  sub(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.sub`, x, y)
  }

  mul(x: Node, y: Node) {
    return this.op(`${x.type}.mul`, x, y)
  }

  /** Undefined for a divisor of 0, and for the most negative number by -1: semantics must test first. */
  divS(x: Node, y: Node) {
    return this.op(`${x.type}.divS`, x, y)
  }

  divU(x: Node, y: Node) {
    return this.op(`${x.type}.divU`, x, y)
  }

  remS(x: Node, y: Node) {
    return this.op(`${x.type}.remS`, x, y)
  }

  remU(x: Node, y: Node) {
    return this.op(`${x.type}.remU`, x, y)
  }

  and(x: Node, y: Node) {
    return isConst(y, -1) ? x : isConst(x, -1) ? y : this.op(`${x.type}.and`, x, y)
  }

  or(x: Node, y: Node) {
    return isConst(y, 0) ? x : isConst(x, 0) ? y : this.op(`${x.type}.or`, x, y)
  }

  xor(x: Node, y: Node) {
    return isConst(y, 0) ? x : isConst(x, 0) ? y : this.op(`${x.type}.xor`, x, y)
  }

  /** Shifts take the amount modulo the width, as WebAssembly does. */
  shl(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.shl`, x, y)
  }

  shrS(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.shrS`, x, y)
  }

  shrU(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.shrU`, x, y)
  }

  rotl(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.rotl`, x, y)
  }

  rotr(x: Node, y: Node) {
    return isConst(y, 0) ? x : this.op(`${x.type}.rotr`, x, y)
  }

  clz(x: Node) {
    return this.op(`${x.type}.clz`, x)
  }

  ctz(x: Node) {
    return this.op(`${x.type}.ctz`, x)
  }

  popcnt(x: Node) {
    return this.op(`${x.type}.popcnt`, x)
  }

  extend8S(x: Node) {
    return this.op(`${x.type}.extend8S`, x)
  }

  extend16S(x: Node) {
    return this.op(`${x.type}.extend16S`, x)
  }

  not(x: Node) {
    return this.xor(x, x.type === "i64" ? this.i64(-1) : this.i32(-1))
  }

  neg(x: Node) {
    return this.sub(x.type === "i64" ? this.i64(0) : this.i32(0), x)
  }

  // Comparisons give 1 or 0 as i32

  eqz(x: Node) {
    return this.op(`${x.type}.eqz`, x)
  }

  eq(x: Node, y: Node) {
    return isConst(y, 0) && x.type[0] === "i" ? this.eqz(x) : this.op(`${x.type}.eq`, x, y)
  }

  ne(x: Node, y: Node) {
    return this.op(`${x.type}.ne`, x, y)
  }

  ltS(x: Node, y: Node) {
    return this.op(`${x.type}.ltS`, x, y)
  }

  ltU(x: Node, y: Node) {
    return this.op(`${x.type}.ltU`, x, y)
  }

  gtS(x: Node, y: Node) {
    return this.op(`${x.type}.gtS`, x, y)
  }

  gtU(x: Node, y: Node) {
    return this.op(`${x.type}.gtU`, x, y)
  }

  leS(x: Node, y: Node) {
    return this.op(`${x.type}.leS`, x, y)
  }

  leU(x: Node, y: Node) {
    return this.op(`${x.type}.leU`, x, y)
  }

  geS(x: Node, y: Node) {
    return this.op(`${x.type}.geS`, x, y)
  }

  geU(x: Node, y: Node) {
    return this.op(`${x.type}.geU`, x, y)
  }

  // Widths

  wrap(x: Node) {
    return this.op("i32.wrap", x)
  }

  extendS(x: Node) {
    return this.op("i64.extendS", x)
  }

  extendU(x: Node) {
    return this.op("i64.extendU", x)
  }

  /** `yes` if the test is not zero, else `no`; both are evaluated. */
  select(test: Node, yes: Node, no: Node): Node {
    if (yes.type !== no.type) throw new Error(`select between ${yes.type} and ${no.type}`)
    if (test.kind === "const") return test.value !== 0 ? yes : no
    if (yes === no) return yes
    return { kind: "select", type: yes.type, args: [test, yes, no] }
  }

  // State

  /** Reads a register. */
  reg(file: RegisterFile, index: Index = 0): Node {
    const known = this.context.known?.get(file)
    const node = this.#index(file, index)
    if (known && node.kind === "const" && !this.#written.has(file)) {
      const value = known[Number(node.value)]!
      return file.type === "i64" ? this.i64(value) : this.i32(Number(value))
    }
    return this.#push({ kind: "get", type: file.type, file, index: node })
  }

  /** Writes a register. */
  setReg(file: RegisterFile, index: Index, value: Node): void {
    if (value.type !== file.type) throw new Error(`${file.name} holds ${file.type}, not ${value.type}`)
    if (this.context.known?.has(file)) this.#written.add(file)
    this.#push({ kind: "set", file, index: this.#index(file, index), value })
  }

  /** Reads the only register of a file. */
  get(file: RegisterFile) {
    return this.reg(file, 0)
  }

  /** Writes the only register of a file. */
  set(file: RegisterFile, value: Node) {
    return this.setReg(file, 0, value)
  }

  /**
   * Sets flags to what an operation tells: 0 or 1 each, in the order in which they are given. Translated code computes
   * those that are declared to be lazy only where they are read.
   */
  flags<K extends FlagKind>(kind: K, operands: FlagOperands<K>, targets: FlagTargets<K>): void {
    for (const { file, index, value, recipe } of flagWrites(this, kind, operands, targets)) {
      const number = this.#index(file, index)
      this.#push({ kind: "set", file, index: number, value, ...(isLazy(file, number, recipe) && { recipe }) })
    }
  }

  /** A mutable value, which carries results out of `if` and loops. */
  variable(initial: Node): Variable {
    const variable = new Variable(initial.type, this.#variables++)
    this.#push({ kind: "assign", variable, value: initial })
    return variable
  }

  read(variable: Variable): Node {
    return this.#push({ kind: "variable", type: variable.type, variable })
  }

  assign(variable: Variable, value: Node): void {
    if (value.type !== variable.type) throw new Error(`variable holds ${variable.type}, not ${value.type}`)
    this.#push({ kind: "assign", variable, value })
  }

  /** Address of the instruction. */
  pc(): Node {
    const { pc, addressType } = this.context
    if (pc !== undefined) return addressType === "i64" ? this.i64(pc) : this.i32(Number(pc))
    return { kind: "pc", type: addressType }
  }

  /** Address of the instruction that follows. */
  nextPc(): Node {
    const { addressType, length } = this.context
    return this.add(this.pc(), addressType === "i64" ? this.i64(length) : this.i32(length))
  }

  /** Virtual time in ns since power-on (f64), at the end of the instruction: what counters are made of (ticks.ts). */
  time(): Node {
    return this.#push({ kind: "time", type: "f64" })
  }

  // Memory

  /** Loads 1, 2 or 4 bytes as i32, 8 as i64, or 16 as v128; may fault. */
  load(bytes: Bytes, address: Node, options: AccessOptions = {}): Node {
    const type = typeOfBytes(bytes)
    return this.#push({ kind: "load", type, access: access(bytes, options), address: this.#address(address) })
  }

  /** Stores the low 1, 2 or 4 bytes of an i32, an i64, or a v128; may fault. */
  store(bytes: Bytes, address: Node, value: Node, options: AccessOptions = {}): void {
    if (value.type !== typeOfBytes(bytes)) throw new Error(`store of ${bytes} bytes from ${value.type}`)
    this.#push({ kind: "store", access: access(bytes, options), address: this.#address(address), value })
  }

  // Control

  /** Runs `then` if the test is not zero, else `otherwise`. */
  if(test: Node, then: () => void, otherwise: () => void = () => {}): void {
    if (test.kind === "const") {
      if (test.value !== 0) then()
      else otherwise()
      return
    }
    this.#push({ kind: "if", test, passed: this.#nested(then), otherwise: this.#nested(otherwise) })
  }

  /** Runs the body for each set bit of an i32, lowest first, with the bit's number; unrolled for a constant. */
  forEachBit(mask: Node, body: (bit: Node) => void): void {
    if (mask.kind === "const") {
      for (let rest = Number(mask.value) >>> 0; rest !== 0; rest &= rest - 1)
        body(this.i32(31 - Math.clz32(rest & -rest)))
      return
    }
    const bit = new Variable("i32", this.#variables++)
    this.#push({ kind: "eachBit", mask, bit, body: this.#nested(() => body(this.read(bit))) })
  }

  /** Folds over the set bits: each bit's body takes the value of the bit before; the last value is the result. */
  foldBits(mask: Node, initial: Node, body: (bit: Node, value: Node) => Node): Node {
    if (mask.kind === "const") {
      let value = initial
      this.forEachBit(mask, (bit) => {
        value = body(bit, value)
      })
      return value
    }
    const value = this.variable(initial)
    this.forEachBit(mask, (bit) => this.assign(value, body(bit, this.read(value))))
    return this.read(value)
  }

  /** Continues at the target address. With `context`, that i32 gives the instruction set there. */
  branch(target: Node, context?: Node): void {
    this.#push({ kind: "branch", target: this.#address(target), context })
  }

  /** Takes an exception of the architecture, with up to four i32 arguments (i64 for 64-bit addresses). */
  raise(exception: string, ...args: Node[]): void {
    this.#push({ kind: "raise", exception, args })
  }

  /** Calls a helper for its result. */
  call(helper: Helper, ...args: Node[]): Node {
    checkArguments(helper, args)
    if (helper.result === undefined) throw new Error(`helper ${helper.name} has no result`)
    return this.#push({ kind: "call", type: helper.result, helper, args })
  }

  /** Calls a helper for its effect. */
  perform(helper: Helper, ...args: Node[]): void {
    checkArguments(helper, args)
    this.#push({ kind: "perform", helper, args })
  }

  /** Completes the instruction and leaves the engine, for example to "wait" for an interrupt. */
  exit(reason: string): void {
    this.#push({ kind: "exit", reason })
  }

  /** Follows a write that may unmask interrupts: a pending one is taken before the next instruction. */
  attend(): void {
    this.#push({ kind: "attend" })
  }

  #push<S extends Statement>(statement: S): S {
    this.#block.push(statement)
    return statement
  }

  #nested(body: () => void): Block {
    const outer = this.#block
    const inner: Statement[] = []
    this.#block = inner
    body()
    this.#block = outer
    return inner
  }

  #address(node: Node): Node {
    if (node.type !== this.context.addressType)
      throw new Error(`address is ${node.type}, not ${this.context.addressType}`)
    return node
  }

  // A computed index is masked to the file, so that no guest value reaches outside of it.
  #index(file: RegisterFile, index: Index): Node {
    if (typeof index === "number") return this.#constantIndex(file, index)
    const node = index instanceof Operand ? index.node : index
    if (node.kind === "const") return this.#constantIndex(file, Number(node.value))
    if (file.count === 1 << (31 - Math.clz32(file.count))) {
      if (node.kind === "field" && 1 << node.bits.width <= file.count) return node
      return this.and(node, this.i32(file.count - 1))
    }
    throw new Error(`${file.name} has ${file.count} registers: a computed index needs a power of two`)
  }

  #constantIndex(file: RegisterFile, index: number): Node {
    if (!(index >= 0 && index < file.count)) throw new Error(`${file.name}[${index}] does not exist`)
    return this.i32(index)
  }
}

function isConst(n: Node, value: number): boolean {
  return n.kind === "const" && (n.type === "i32" ? n.value === value : n.type === "i64" && n.value === BigInt(value))
}

// Division is not folded: the fold would have to define a division by zero, which semantics test for at run time.
function divides(name: string): boolean {
  return name.startsWith("i") && (name.includes(".div") || name.includes(".rem"))
}

function access(bytes: Bytes, options: AccessOptions): Access {
  const { signed = false, align = "any", asUser = false } = options
  return { bytes, signed, align, asUser }
}

function checkArguments(helper: Helper, args: readonly Node[]): void {
  const given = args.map((a) => a.type).join(" ")
  if (given !== helper.params.join(" "))
    throw new Error(`helper ${helper.name} takes (${helper.params}), not (${given})`)
}
