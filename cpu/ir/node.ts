// The nodes of the IR: values, and statements in program order. A value that depends on the machine is also a statement, at
// the place where it happens. A pure value is only reachable through its users.

import type { Recipe } from "./flags.ts"
import type { RegisterFile } from "./state.ts"
import type { PureOp, Type, Value } from "./types.ts"

/** The places of an operand's bits in the instruction word: pieces, most significant first. */
export type FieldBits = { readonly low: number; readonly width: number }

/** How an access treats an address that is no multiple of its size; "unchecked" always allows it. */
export type Alignment = "any" | "required" | "rotate" | "unchecked"

/**
 * Sizes of accesses. 16 bytes are a vector: one number, in the guest's byte order, whose address should be a multiple of
 * 16. Where the access is slow, it is made as two of 8 bytes.
 */
export type Bytes = 1 | 2 | 4 | 8 | 16

/** The type of the value that an access of a size loads or stores. */
export const typeOfBytes = (bytes: Bytes): "i32" | "i64" | "v128" =>
  bytes === 16 ? "v128" : bytes === 8 ? "i64" : "i32"

/** One guest memory access, as known when translating. */
export type Access = {
  readonly bytes: Bytes
  /** Sign-extends a load to its result type. */
  readonly signed: boolean
  readonly align: Alignment
  /** Makes the access with user permissions, whatever the CPU's privilege (LDRT, STRT). */
  readonly asUser: boolean
}

/** A helper: rare, complicated work in ordinary TypeScript, called by name. */
export type Helper = {
  readonly name: string
  readonly params: readonly Type[]
  readonly result: Type | undefined
  /** Whether the helper may leave a pending exception, which replaces the rest of the instruction. */
  readonly mayFault: boolean
}

/** A mutable value inside one instruction. */
export class Variable {
  readonly type: Type
  /** Number within the instruction. */
  readonly id: number
  constructor(type: Type, id: number) {
    this.type = type
    this.id = id
  }
}

/** A value of the IR. */
export type Node =
  | { readonly kind: "const"; readonly type: Type; readonly value: Value }
  | { readonly kind: "op"; readonly type: Type; readonly op: PureOp; readonly args: readonly Node[] }
  | { readonly kind: "select"; readonly type: Type; readonly args: readonly [test: Node, yes: Node, no: Node] }
  /** Bits of the instruction word, zero-extended. */
  | { readonly kind: "field"; readonly type: Type; readonly bits: FieldBits }
  /** The operand that predecoding computes from several fields. */
  | { readonly kind: "derived"; readonly type: "i32" }
  /** Address of the instruction. */
  | { readonly kind: "pc"; readonly type: Type }
  | { readonly kind: "get"; readonly type: Type; readonly file: RegisterFile; readonly index: Node }
  | { readonly kind: "variable"; readonly type: Type; readonly variable: Variable }
  /** Virtual time in ns since power-on, at the end of the instruction. */
  | { readonly kind: "time"; readonly type: "f64" }
  | { readonly kind: "load"; readonly type: "i32" | "i64" | "v128"; readonly access: Access; readonly address: Node }
  | { readonly kind: "call"; readonly type: Type; readonly helper: Helper; readonly args: readonly Node[] }

/** A step of an instruction. Values that are statements happen in the order of the list. */
export type Statement =
  | Extract<Node, { kind: "get" | "variable" | "time" | "load" | "call" }>
  | { readonly kind: "perform"; readonly helper: Helper; readonly args: readonly Node[] }
  /** Writes a register; `recipe` tells where the value of a lazy flag comes from. */
  | {
      readonly kind: "set"
      readonly file: RegisterFile
      readonly index: Node
      readonly value: Node
      readonly recipe?: Recipe
    }
  | { readonly kind: "assign"; readonly variable: Variable; readonly value: Node }
  | { readonly kind: "store"; readonly access: Access; readonly address: Node; readonly value: Node }
  | { readonly kind: "if"; readonly test: Node; readonly passed: Block; readonly otherwise: Block }
  /** Runs the body for each set bit of the mask, lowest first, with the bit's number in the variable. */
  | { readonly kind: "eachBit"; readonly mask: Node; readonly bit: Variable; readonly body: Block }
  /**
   * Continues at another address, in the instruction set that the context value selects, if given. The JIT sets `leaves`
   * where the instruction has changed how code runs, so that another region or the interpreter continues.
   */
  | {
      readonly kind: "branch"
      readonly target: Node
      readonly context: Node | undefined
      readonly leaves?: "far" | "otherRegime"
    }
  /** Takes an exception of the architecture. */
  | { readonly kind: "raise"; readonly exception: string; readonly args: readonly Node[] }
  /** Completes the instruction and leaves the engine for that reason. */
  | { readonly kind: "exit"; readonly reason: string }
  /** Completes the instruction; the engine takes a deliverable interrupt before the next one. */
  | { readonly kind: "attend" }

/** Statements in order. */
export type Block = readonly Statement[]

const NOTHING: readonly never[] = []

/** Nodes that a node or statement uses directly. */
export function operandsOf(n: Node | Statement): readonly Node[] {
  switch (n.kind) {
    case "op":
    case "select":
    case "call":
    case "perform":
    case "raise":
      return n.args
    case "get":
      return [n.index]
    case "load":
      return [n.address]
    case "set":
      return [n.index, n.value]
    case "assign":
      return [n.value]
    case "store":
      return [n.address, n.value]
    case "if":
      return [n.test]
    case "eachBit":
      return [n.mask]
    case "branch":
      return n.context ? [n.target, n.context] : [n.target]
    default:
      return NOTHING
  }
}

/** Blocks nested in a statement. */
export function blocksOf(s: Statement): readonly Block[] {
  return s.kind === "if" ? [s.passed, s.otherwise] : s.kind === "eachBit" ? [s.body] : NOTHING
}
