// Exact arithmetic of numbers whose exponents lie far apart, against fractions of integers.

import { describe, expect, it } from "vitest"
import { compareNumbers, negated, sum } from "../../../cpu/float/exact.ts"
import { DOUBLE, type Unpacked, unpack } from "../../../cpu/float/format.ts"
import { ROUND, type Rounding, round } from "../../../cpu/float/rounding.ts"
import { seededRandom } from "../../../cpu/isa/index.ts"

/** A finite number in units of 2 ** -1074. */
const units = ({ negative, significand, exponent }: Unpacked): bigint => {
  return (negative ? -1n : 1n) * (significand << BigInt(exponent + 1074))
}

/** Rounds an integer of such units to 53 bits. */
function rounded(n: bigint, mode: Rounding): bigint {
  const magnitude = n < 0n ? -n : n
  const drop = BigInt(Math.max(magnitude.toString(2).length - 53, 0))
  const below = (magnitude >> drop) << drop
  const rest = magnitude - below
  const half = drop === 0n ? 1n : 1n << (drop - 1n)
  const isOdd = (below >> drop) & 1n
  const isNearer = rest > half || (rest === half && isOdd === 1n)
  const isAway = mode === ROUND.up ? n > 0n : n < 0n
  const grows = rest !== 0n && (mode === ROUND.nearest ? isNearer : mode !== ROUND.zero && isAway)
  return (n < 0n ? -1n : 1n) * (grows ? below + (1n << drop) : below)
}

const random = seededRandom(3)
const draw = (): Unpacked => {
  const fraction = (BigInt(random(2 ** 20)) << 32n) | BigInt(random(2 ** 32))
  const short = random(2) === 0 ? fraction : fraction & ~((1n << BigInt(random(53))) - 1n)
  return unpack(DOUBLE, (BigInt(random(2)) << 63n) | (BigInt(1 + random(2000)) << 52n) | short)
}

describe("the sum of numbers", () => {
  it("rounds as the exact one does, however far apart the exponents are", () => {
    for (let n = 0; n < 3000; n++) {
      const [x, y] = [draw(), draw()]
      const mode = random(4) as Rounding
      const exact = sum(x, y, mode)
      if (exact.kind !== "finite" || exact.significand === 0n) throw new Error("no number")
      const { bits, inexact } = round(DOUBLE, exact, mode)
      const wanted = rounded(units(x) + units(y), mode)
      expect(units(unpack(DOUBLE, bits))).toBe(wanted)
      expect(inexact).toBe(wanted !== units(x) + units(y))
    }
  })

  it("tells which number is larger", () => {
    for (let n = 0; n < 1000; n++) {
      const [x, y] = [draw(), draw()]
      const difference = units(x) - units(y)
      expect(compareNumbers(x, y)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
      expect(compareNumbers(x, { ...x })).toBe(0)
      expect(compareNumbers(negated(x), x)).toBe(x.negative ? 1 : -1)
    }
  })
})
