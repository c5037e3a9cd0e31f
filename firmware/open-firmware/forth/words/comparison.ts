// Comparisons and flags (IEEE 1275-1994, section 7.3.3.1.2). True is -1.

import type { Forth } from "../forth.ts"
import { constant, type WordDefinition, word } from "../word.ts"

const flag = (value: boolean) => (value ? -1 : 0)

/** n -- flag */
const zero = (test: (x: number) => boolean) => (f: Forth) => f.stack.push(flag(test(f.stack.pop())))

/** n1 n2 -- flag */
const signed = (test: (x: number, y: number) => boolean) => (f: Forth) => {
  const y = f.stack.pop()
  f.stack.push(flag(test(f.stack.pop(), y)))
}

/** u1 u2 -- flag */
const unsigned = (test: (x: number, y: number) => boolean) => signed((x, y) => test(x >>> 0, y >>> 0))

/** n min max -- flag */
const range = (test: (n: number, min: number, max: number) => boolean) => (f: Forth) => {
  const max = f.stack.pop()
  const min = f.stack.pop()
  f.stack.push(flag(test(f.stack.pop(), min, max)))
}

/** Words that compare. */
export const comparison: readonly WordDefinition[] = [
  word(
    "0=",
    "nu -- equal?",
    zero((x) => x === 0),
    0x34,
  ),
  word(
    "0<>",
    "nu -- unequal?",
    zero((x) => x !== 0),
    0x35,
  ),
  word(
    "0<",
    "n -- less?",
    zero((x) => x < 0),
    0x36,
  ),
  word(
    "0<=",
    "n -- less-or-equal?",
    zero((x) => x <= 0),
    0x37,
  ),
  word(
    "0>",
    "n -- greater?",
    zero((x) => x > 0),
    0x38,
  ),
  word(
    "0>=",
    "n -- greater-or-equal?",
    zero((x) => x >= 0),
    0x39,
  ),
  word(
    "<",
    "n1 n2 -- less?",
    signed((x, y) => x < y),
    0x3a,
  ),
  word(
    ">",
    "n1 n2 -- greater?",
    signed((x, y) => x > y),
    0x3b,
  ),
  word(
    "=",
    "nu1 nu2 -- equal?",
    signed((x, y) => x === y),
    0x3c,
  ),
  word(
    "<>",
    "nu1 nu2 -- unequal?",
    signed((x, y) => x !== y),
    0x3d,
  ),
  word(
    "u>",
    "u1 u2 -- greater?",
    unsigned((x, y) => x > y),
    0x3e,
  ),
  word(
    "u<=",
    "u1 u2 -- less-or-equal?",
    unsigned((x, y) => x <= y),
    0x3f,
  ),
  word(
    "u<",
    "u1 u2 -- less?",
    unsigned((x, y) => x < y),
    0x40,
  ),
  word(
    "u>=",
    "u1 u2 -- greater-or-equal?",
    unsigned((x, y) => x >= y),
    0x41,
  ),
  word(
    ">=",
    "n1 n2 -- greater-or-equal?",
    signed((x, y) => x >= y),
    0x42,
  ),
  word(
    "<=",
    "n1 n2 -- less-or-equal?",
    signed((x, y) => x <= y),
    0x43,
  ),
  word(
    "between",
    "n min max -- in-range?",
    range((n, min, max) => min <= n && n <= max),
    0x44,
  ),
  // Unsigned differences, so that it works for signed numbers, unsigned numbers and addresses (ANS 6.2.2440).
  word(
    "within",
    "n min max -- in-range?",
    range((n, min, max) => (n - min) >>> 0 < (max - min) >>> 0),
    0x45,
  ),
  constant("true", -1),
  constant("false", 0),
  constant("-1", -1, 0xa4),
  constant("0", 0, 0xa5),
  constant("1", 1, 0xa6),
  constant("2", 2, 0xa7),
  constant("3", 3, 0xa8),
]
