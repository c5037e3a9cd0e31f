// The IR as text, one statement a line: for messages, and for goldens, so the same block always prints the same.

import { type Access, type Block, blocksOf, type Node, operandsOf, type Statement } from "./node.ts"
import type { RegisterFile } from "./state.ts"
import { byteWidth } from "./types.ts"

/**
 * Text of a block. `%n` is the result of a statement, `$n` a pure value with several users (printed before its first), `vn`
 * a variable. Numbers count from 0 in order of appearance.
 */
export function printBlock(block: Block): string {
  const printer = new Printer(block)
  printer.block(block, "")
  return printer.lines.join("\n")
}

const isStatement = (n: Node) => n.kind === "get" || n.kind === "variable" || n.kind === "load" || n.kind === "call"

class Printer {
  readonly lines: string[] = []
  readonly #uses = new Map<Node, number>()
  readonly #names = new Map<Node, string>()
  readonly #variables = new Map<object, string>()
  #results = 0
  #shared = 0

  constructor(block: Block) {
    this.#count(block)
  }

  #count(block: Block): void {
    const visit = (n: Node): void => {
      const uses = (this.#uses.get(n) ?? 0) + 1
      this.#uses.set(n, uses)
      if (uses === 1 && !isStatement(n)) operandsOf(n).forEach(visit)
    }
    for (const s of block) {
      operandsOf(s).forEach(visit)
      for (const inner of blocksOf(s)) this.#count(inner)
    }
  }

  block(block: Block, indent: string): void {
    for (const s of block) {
      const values = operandsOf(s).map((n) => this.#value(n, indent))
      const line = (text: string) => this.lines.push(indent + text)
      switch (s.kind) {
        case "if":
          line(`if ${values[0]}`)
          this.block(s.passed, `${indent}  `)
          if (s.otherwise.length > 0) {
            line("else")
            this.block(s.otherwise, `${indent}  `)
          }
          break
        case "eachBit":
          line(`for ${this.#variable(s.bit)} in bits of ${values[0]}`)
          this.block(s.body, `${indent}  `)
          break
        default:
          line(this.#statement(s, values))
      }
    }
  }

  #statement(s: Exclude<Statement, { kind: "if" | "eachBit" }>, values: readonly string[]): string {
    switch (s.kind) {
      case "get":
        return `${this.#result(s)} = ${register(s.file, values[0]!)}`
      case "variable":
        return `${this.#result(s)} = ${this.#variable(s.variable)}`
      case "time":
        return `${this.#result(s)} = time`
      case "load":
        return `${this.#result(s)} = load${access(s.access)} ${values[0]}`
      case "call":
        return `${this.#result(s)} = ${s.helper.name}(${values.join(", ")})`
      case "perform":
        return `${s.helper.name}(${values.join(", ")})`
      case "set":
        return `${register(s.file, values[0]!)} = ${values[1]}`
      case "assign":
        return `${this.#variable(s.variable)} = ${values[0]}`
      case "store":
        return `store${access(s.access)} ${values.join(", ")}`
      case "branch":
        return `branch ${values[0]}${values[1] === undefined ? "" : ` in ${values[1]}`}`
      case "raise":
        return `raise ${s.exception}(${values.join(", ")})`
      case "exit":
        return `exit ${s.reason}`
      case "attend":
        return "attend"
    }
  }

  #result(s: Extract<Statement, { type: unknown }>): string {
    const name = `%${this.#results++}`
    this.#names.set(s, name)
    return name
  }

  #variable(variable: object): string {
    const known = this.#variables.get(variable) ?? `v${this.#variables.size}`
    this.#variables.set(variable, known)
    return known
  }

  #value(n: Node, indent: string): string {
    const known = this.#names.get(n)
    if (known !== undefined) return known
    if (isStatement(n)) return `<${n.kind} that has not happened>`
    const text = this.#pure(n, indent)
    if ((n.kind !== "op" && n.kind !== "select") || this.#uses.get(n) === 1) return text
    const name = `$${this.#shared++}`
    this.#names.set(n, name)
    this.lines.push(`${indent}${name} = ${text}`)
    return name
  }

  #pure(n: Node, indent: string): string {
    switch (n.kind) {
      case "const":
        return constant(n)
      case "field":
        return `word<${n.bits.low + n.bits.width - 1}:${n.bits.low}>`
      case "op":
      case "select": {
        const args = n.args.map((a) => this.#value(a, indent)).join(", ")
        return `${n.kind === "op" ? n.op.name : "select"}(${args})`
      }
      default:
        return n.kind
    }
  }
}

function constant(n: Extract<Node, { kind: "const" }>): string {
  if (n.type[0] === "f") return Object.is(n.value, -0) ? "-0.0" : `${n.value}${Number.isInteger(n.value) ? ".0" : ""}`
  const text = n.value >= -1024 && n.value <= 1024 ? String(n.value) : hexadecimal(n)
  return n.type === "i64" ? `${text}L` : n.type === "v128" ? `${text}V` : text
}

function hexadecimal(n: Extract<Node, { kind: "const" }>): string {
  const bits = BigInt.asUintN(byteWidth(n.type) * 8, BigInt(n.value))
  return `0x${bits.toString(16)}`
}

const register = (file: RegisterFile, index: string) => (file.count === 1 ? file.name : `${file.name}[${index}]`)

function access(a: Access): string {
  return [`${a.bytes}${a.signed ? "s" : ""}`, a.align === "any" ? "" : a.align, a.asUser ? "user" : ""]
    .filter(Boolean)
    .join(".")
}
