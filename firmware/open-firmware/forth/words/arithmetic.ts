// Single and double arithmetic, logic and shifts (IEEE 1275-1994, section 7.3.3.1). Division is floored.

import { ForthError, THROW } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { type WordDefinition, word } from "../word.ts"

/** n1 -- n2 */
const unary = (op: (x: number) => number) => (f: Forth) => f.stack.push(op(f.stack.pop()))

/** n1 n2 -- n3 */
const binary = (op: (x: number, y: number) => number) => (f: Forth) => {
  const y = f.stack.pop()
  f.stack.push(op(f.stack.pop(), y))
}

/** A double number: the high half is on top. */
function popDouble(f: Forth): bigint {
  const high = f.stack.pop()
  return (BigInt(high) << 32n) | BigInt(f.stack.popUnsigned())
}

function pushDouble(f: Forth, value: bigint): void {
  f.stack.push(Number(BigInt.asIntN(32, value)))
  f.stack.push(Number(BigInt.asIntN(32, value >> 32n)))
}

function popDivisor(f: Forth): bigint {
  const divisor = f.stack.pop()
  if (divisor === 0) throw new ForthError(THROW.DIVISION_BY_ZERO)
  return BigInt(divisor)
}

function pushQuotient(f: Forth, remainder: bigint, quotient: bigint): void {
  f.stack.push(Number(BigInt.asIntN(32, remainder)))
  f.stack.push(Number(BigInt.asIntN(32, quotient)))
}

/** Remainder and quotient; the remainder has the sign of the divisor. */
function floored(dividend: bigint, divisor: bigint): readonly [bigint, bigint] {
  const remainder = dividend % divisor
  const quotient = dividend / divisor
  const adjust = remainder !== 0n && remainder < 0n !== divisor < 0n
  return adjust ? [remainder + divisor, quotient - 1n] : [remainder, quotient]
}

/** n1 n2 -- rem quot, with parts of it left out. */
const divide = (keep: "both" | "remainder" | "quotient", popDividend: (f: Forth) => bigint) => (f: Forth) => {
  const divisor = popDivisor(f)
  const [remainder, quotient] = floored(popDividend(f), divisor)
  if (keep === "both") pushQuotient(f, remainder, quotient)
  else f.stack.push(Number(BigInt.asIntN(32, keep === "remainder" ? remainder : quotient)))
}

const popSingle = (f: Forth) => BigInt(f.stack.pop())
const popProduct = (f: Forth) => popSingle(f) * popSingle(f)
const unsigned = (value: number) => BigInt(value >>> 0)

/** Shifts by 32 or more leave nothing of the number but its sign. */
const shiftBy = (by: number, limit: number) => Math.min(by >>> 0, limit)
const lshift = (x: number, by: number) => (shiftBy(by, 32) === 32 ? 0 : x << by)
const rshift = (x: number, by: number) => (shiftBy(by, 32) === 32 ? 0 : x >>> by)
const arithmeticShift = (x: number, by: number) => x >> shiftBy(by, 31)

/** Words of arithmetic. */
export const arithmetic: readonly WordDefinition[] = [
  word(
    "+",
    "nu1 nu2 -- sum",
    binary((x, y) => x + y),
    0x1e,
  ),
  word(
    "-",
    "nu1 nu2 -- diff",
    binary((x, y) => x - y),
    0x1f,
  ),
  word("*", "nu1 nu2 -- prod", binary(Math.imul), 0x20),
  word("u*", "u1 u2 -- uprod", binary(Math.imul)),
  word("/", "n1 n2 -- quot", divide("quotient", popSingle), 0x21),
  word("mod", "n1 n2 -- rem", divide("remainder", popSingle), 0x22),
  word("/mod", "n1 n2 -- rem quot", divide("both", popSingle), 0x2a),
  word("*/", "n1 n2 n3 -- quot", divide("quotient", popProduct)),
  word("*/mod", "n1 n2 n3 -- rem quot", divide("both", popProduct)),
  word("fm/mod", "d n -- rem quot", divide("both", popDouble)),
  word("sm/rem", "d n -- rem quot", (f) => {
    const divisor = popDivisor(f)
    const dividend = popDouble(f)
    pushQuotient(f, dividend % divisor, dividend / divisor)
  }),
  word(
    "u/mod",
    "u1 u2 -- urem uquot",
    (f) => {
      const divisor = unsigned(Number(popDivisor(f)))
      const dividend = unsigned(f.stack.pop())
      pushQuotient(f, dividend % divisor, dividend / divisor)
    },
    0x2b,
  ),
  word(
    "um/mod",
    "ud u -- urem uquot",
    (f) => {
      const divisor = unsigned(Number(popDivisor(f)))
      const dividend = BigInt.asUintN(64, popDouble(f))
      pushQuotient(f, dividend % divisor, dividend / divisor)
    },
    0xd5,
  ),
  word("um*", "u1 u2 -- ud", (f) => pushDouble(f, unsigned(f.stack.pop()) * unsigned(f.stack.pop())), 0xd4),
  word("m*", "n1 n2 -- d", (f) => pushDouble(f, popProduct(f))),
  word("d+", "d1 d2 -- d3", (f) => pushDouble(f, popDouble(f) + popDouble(f)), 0xd8),
  word(
    "d-",
    "d1 d2 -- d3",
    (f) => {
      const subtrahend = popDouble(f)
      pushDouble(f, popDouble(f) - subtrahend)
    },
    0xd9,
  ),
  word("dnegate", "d1 -- d2", (f) => pushDouble(f, -popDouble(f))),
  word("dabs", "d1 -- d2", (f) => {
    const value = popDouble(f)
    pushDouble(f, value < 0n ? -value : value)
  }),
  word("s>d", "n -- d", (f) => pushDouble(f, popSingle(f))),
  word(
    "negate",
    "n1 -- n2",
    unary((x) => -x),
    0x2c,
  ),
  word("abs", "n -- u", unary(Math.abs), 0x2d),
  word("min", "n1 n2 -- n3", binary(Math.min), 0x2e),
  word("max", "n1 n2 -- n3", binary(Math.max), 0x2f),
  word(
    "1+",
    "n1 -- n2",
    unary((x) => x + 1),
  ),
  word(
    "1-",
    "n1 -- n2",
    unary((x) => x - 1),
  ),
  word(
    "2+",
    "n1 -- n2",
    unary((x) => x + 2),
  ),
  word(
    "2-",
    "n1 -- n2",
    unary((x) => x - 2),
  ),
  word(
    "even",
    "n1 -- n2",
    unary((x) => (x + 1) & -2),
  ),
  word(
    "2*",
    "x1 -- x2",
    unary((x) => x << 1),
    0x59,
  ),
  word(
    "2/",
    "x1 -- x2",
    unary((x) => x >> 1),
    0x57,
  ),
  word(
    "u2/",
    "x1 -- x2",
    unary((x) => x >>> 1),
    0x58,
  ),
  word("lshift", "x1 u -- x2", binary(lshift), 0x27),
  word("rshift", "x1 u -- x2", binary(rshift), 0x28),
  word("<<", "x1 u -- x2", binary(lshift)),
  word(">>", "x1 u -- x2", binary(rshift)),
  word(">>a", "x1 u -- x2", binary(arithmeticShift), 0x29),
  word(
    "and",
    "x1 x2 -- x3",
    binary((x, y) => x & y),
    0x23,
  ),
  word(
    "or",
    "x1 x2 -- x3",
    binary((x, y) => x | y),
    0x24,
  ),
  word(
    "xor",
    "x1 x2 -- x3",
    binary((x, y) => x ^ y),
    0x25,
  ),
  word(
    "invert",
    "x1 -- x2",
    unary((x) => ~x),
    0x26,
  ),
  word(
    "not",
    "x1 -- x2",
    unary((x) => ~x),
  ),
  word(
    "bounds",
    "start len -- limit start",
    (f) => {
      const length = f.stack.pop()
      const start = f.stack.pop()
      f.stack.push(start + length)
      f.stack.push(start)
    },
    0xac,
  ),
]
