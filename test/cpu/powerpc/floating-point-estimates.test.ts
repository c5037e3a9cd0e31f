// fres and frsqrte: their accuracy (MPC750UM, 2.3.4.2.2), and their values at the ends of their intervals.

import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../cpu/isa/index.ts"
import { bitsOf, type Case, Runner } from "./floating-point-cases.ts"

const view = new DataView(new ArrayBuffer(8))
const numberOf = (bits: bigint) => {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

const runner = new Runner("750")
const estimate = (instruction: "fres" | "frsqrte", x: number, fpscr = 0) => {
  const given: Case = { instruction: `${instruction} f1, f3`, fpscr, f: [0n, 0n, bitsOf(x), 0n] }
  const { f1, fpscr: after } = runner.run(given)
  return { value: numberOf(f1), fpscr: after }
}

describe("the estimates", () => {
  it("of reciprocals are within 1/4096", () => {
    const random = seededRandom(1)
    for (let n = 0; n < 2000; n++) {
      const x = (1 + random(2 ** 32) / 2 ** 32) * 2 ** (random(240) - 120) * (random(2) === 0 ? 1 : -1)
      const { value } = estimate("fres", x)
      expect(Math.abs(value * x - 1)).toBeLessThan(1 / 4096)
      expect(Math.fround(value)).toBe(value)
    }
  })

  it("of reciprocal square roots are within 1/4096", () => {
    const random = seededRandom(2)
    for (let n = 0; n < 2000; n++) {
      const x = (1 + random(2 ** 32) / 2 ** 32) * 2 ** (random(2000) - 1000)
      expect(Math.abs(estimate("frsqrte", x).value * Math.sqrt(x) - 1)).toBeLessThan(1 / 4096)
    }
  })

  it("of reciprocal square roots take denormal numbers", () => {
    for (const x of [2 ** -1074, 3 * 2 ** -1070, 2 ** -1023]) {
      expect(Math.abs(estimate("frsqrte", x).value * Math.sqrt(x) - 1)).toBeLessThan(1 / 4096)
    }
  })

  it("end in infinities, zeros and the largest number", () => {
    expect(estimate("fres", 0)).toEqual({ value: Number.POSITIVE_INFINITY, fpscr: 0x8400_5000 })
    expect(estimate("fres", Number.NEGATIVE_INFINITY)).toEqual({ value: -0, fpscr: 0x0001_2000 })
    expect(estimate("fres", 2 ** -130).value).toBe((2 - 2 ** -23) * 2 ** 127)
    expect(estimate("fres", 2 ** 150).value).toBe(0)
    // A denormal result, which non-IEEE mode has not.
    expect(Math.abs(estimate("fres", 2 ** 127).value * 2 ** 127 - 1)).toBeLessThan(1 / 4096)
    expect(estimate("fres", 2 ** 127, 4).value).toBe(0)
    expect(estimate("frsqrte", 0)).toEqual({ value: Number.POSITIVE_INFINITY, fpscr: 0x8400_5000 })
    expect(estimate("frsqrte", -1)).toEqual({ value: Number.NaN, fpscr: 0xa001_1200 })
    expect(estimate("frsqrte", Number.POSITIVE_INFINITY)).toEqual({ value: 0, fpscr: 0x0000_2000 })
  })
})

describe("single-precision products", () => {
  const product = (model: "750" | "7400") => {
    const c = 0x3ff0_0000_0c00_0000n
    const given: Case = { instruction: "fmuls f1, f2, f4", fpscr: 0, f: [0n, bitsOf(1), 0n, c] }
    return new Runner(model).run(given).f1
  }

  it("take 25 bits of frC on the 750, all of them on the 7400", () => {
    // 1 + 2 ** -25 + 2 ** -26 has 27 bits. It becomes 1 + 2 ** -24, a tie, which goes to the even number.
    expect(product("750")).toBe(bitsOf(1))
    expect(product("7400")).toBe(bitsOf(1))
    const given: Case = { instruction: "fmuls f1, f2, f4", fpscr: 2, f: [0n, bitsOf(1), 0n, 0x3ff0_0000_0400_0000n] }
    // Rounded up, 1 + 2 ** -26 keeps nothing of its last bit on the 750.
    expect(new Runner("750").run(given).f1).toBe(bitsOf(1))
    expect(new Runner("7400").run(given).f1).toBe(bitsOf(1 + 2 ** -23))
  })
})
