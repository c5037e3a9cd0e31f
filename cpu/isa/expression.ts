// Expressions of assembly source: integers, symbols, C's operators with C's precedence.

import { AssemblyError } from "./encode.ts"
import type { SymbolLookup } from "./template.ts"

const binary: Readonly<Record<string, { level: number; apply(x: bigint, y: bigint): bigint }>> = {
  "|": { level: 1, apply: (x, y) => x | y },
  "^": { level: 2, apply: (x, y) => x ^ y },
  "&": { level: 3, apply: (x, y) => x & y },
  "<<": { level: 4, apply: (x, y) => x << shiftAmount(y) },
  ">>": { level: 4, apply: (x, y) => x >> shiftAmount(y) },
  "+": { level: 5, apply: (x, y) => x + y },
  "-": { level: 5, apply: (x, y) => x - y },
  "*": { level: 6, apply: (x, y) => x * y },
  "/": { level: 6, apply: (x, y) => x / divisor(y) },
  "%": { level: 6, apply: (x, y) => x % divisor(y) },
}

function shiftAmount(y: bigint): bigint {
  if (y < 0n || y > 63n) throw new AssemblyError(`shift by ${y}`)
  return y
}

function divisor(y: bigint): bigint {
  if (y === 0n) throw new AssemblyError("division by zero")
  return y
}

/** Halves of an address, as operators behind a symbol or a number; the high half of an address may allow for a signed low half. */
const halves: Readonly<Record<string, (value: bigint) => bigint>> = {
  "@l": (value) => value & 0xffffn,
  "@h": (value) => (value >> 16n) & 0xffffn,
  "@ha": (value) => ((value + 0x8000n) >> 16n) & 0xffffn,
}

const token =
  /\s*(0x[0-9a-f]+|0b[01]+|[0-9]+|'(?:\\.|[^\\])'|[a-z_.$][\w.$]*|:(?:lower|upper)16:|@(?:ha?|l)\b|<<|>>|[-+*/%&|^~()])/iy

/** Value of an expression; throws an `AssemblyError`. */
export function evaluateExpression(text: string, symbol: SymbolLookup): number {
  const tokens = tokenize(text)
  let position = 0
  const primary = (): bigint => {
    const t = tokens[position++]
    if (t === undefined) throw new AssemblyError(`"${text}" ends too early`)
    if (t === "-") return -primary()
    if (t === "+") return primary()
    if (t === "~") return ~primary()
    if (t.startsWith(":")) {
      const value = primary()
      return (t.toLowerCase() === ":lower16:" ? value : value >> 16n) & 0xffffn
    }
    if (t === "(") {
      const value = level(0)
      if (tokens[position++] !== ")") throw new AssemblyError(`"${text}" lacks a )`)
      return value
    }
    if (t[0] === "'") return BigInt(unescapeText(t.slice(1, -1)).charCodeAt(0))
    if (!/^[\w.$]/.test(t)) throw new AssemblyError(`"${text}": unexpected ${t}`)
    const value = /^[0-9]/.test(t) ? BigInt(t) : named(t)
    const half = halves[tokens[position]?.toLowerCase() ?? ""]
    if (half) position++
    return half ? half(value) : value
  }
  const named = (name: string): bigint => {
    const value = symbol(name)
    if (value === undefined) throw new AssemblyError(`no symbol ${name}`)
    return BigInt(value)
  }
  const level = (lowest: number): bigint => {
    let value = primary()
    for (;;) {
      const operator = binary[tokens[position] ?? ""]
      if (!operator || operator.level < lowest) return value
      position++
      value = operator.apply(value, level(operator.level + 1))
    }
  }
  const value = level(0)
  if (position < tokens.length) throw new AssemblyError(`"${text}": unexpected ${tokens[position]}`)
  if (value >= 1n << 64n || value < -(1n << 63n)) throw new AssemblyError(`"${text}" has more than 64 bits`)
  return Number(value)
}

function tokenize(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const at = token.lastIndex
    const match = token.exec(text)
    if (!match) throw new AssemblyError(`"${text.trim()}": unexpected ${text.slice(at).trim()[0]}`)
    tokens.push(match[1]!)
  }
  return tokens
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" }

/** Resolves the backslash escapes of a string or character constant. */
export function unescapeText(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/g, (_, code: string) => {
    if (code[0] === "x" && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff)
    return escapes[code] ?? code
  })
}
