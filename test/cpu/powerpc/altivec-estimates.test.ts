// The estimates of AltiVec: within the bounds that the manual gives (ALTIVECPEM, chapter 6).

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../../cpu/isa/index.ts"
import { powerPcDialect } from "../../../cpu/powerpc/text/dialect.ts"
import { powerPcTarget } from "../../support/powerpc-target.ts"
import { Random } from "../../support/random.ts"
import { engines, execute } from "./altivec-cases.ts"
import { MEMORY_BYTES, VECTORS } from "./altivec-qemu.ts"

const dialect = powerPcDialect(powerPcTarget().architecture.formats[0]!)
const scratch = new DataView(new ArrayBuffer(4))

function bitsOf(x: number): number {
  scratch.setFloat32(0, x)
  return scratch.getUint32(0)
}

function numberOf(bits: number): number {
  scratch.setUint32(0, bits)
  return scratch.getFloat32(0)
}

/** The estimates of four numbers by an instruction, in non-Java mode. */
function estimates(name: string, [w, x, y, z]: readonly number[]): number[] {
  const word = new DataView(assembleSource(`${name} v1, v2`, dialect, {}).bytes.buffer).getUint32(0)
  const operand = [w!, x!, y!, z!].reduce((all, one) => (all << 32n) | BigInt(bitsOf(one)), 0n)
  const vectors = Array.from({ length: VECTORS }, () => operand)
  const before = { vectors, vscr: 0x1_0000, cr: 0, memory: new Uint8Array(MEMORY_BYTES) }
  const after = execute(engines[1]!, { word, offset: 0, index: 0, before })
  if (typeof after === "string") throw new Error(after)
  return [96n, 64n, 32n, 0n].map((at) => numberOf(Number(BigInt.asUintN(32, after.vectors[1]! >> at))))
}

/** Checks estimates of many numbers. */
function check(name: string, draw: (random: Random) => number, isNear: (x: number, estimate: number) => boolean): void {
  const random = new Random(name.length)
  const problems: string[] = []
  for (let n = 0; n < 500; n++) {
    const operands = Array.from({ length: 4 }, () => Math.fround(draw(random)))
    for (const [k, estimate] of estimates(name, operands).entries())
      if (!isNear(operands[k]!, estimate)) problems.push(`${name} of ${operands[k]} is ${estimate}`)
  }
  expect(problems).toEqual([])
}

/** From a power of 2 to another, evenly by exponent. */
const between = (low: number, high: number) => (random: Random) => 2 ** (low + ((high - low) * random.u32()) / 2 ** 32)

describe("an AltiVec estimate", () => {
  it("of a reciprocal errs by 1 part in 4096 at most", () => {
    check("vrefp", between(-126, 126), (x, estimate) => Math.abs(estimate * x - 1) <= 1 / 4096)
    expect(estimates("vrefp", [0, -0, Infinity, -Infinity])).toEqual([Infinity, -Infinity, 0, -0])
    expect(estimates("vrefp", [1, 4, -0.5, 2 ** -126])).toEqual([1, 0.25, -2, 2 ** 126])
  })

  it("of the reciprocal of a square root errs by 1 part in 4096 at most", () => {
    check("vrsqrtefp", between(-126, 127), (x, estimate) => Math.abs(estimate * Math.sqrt(x) - 1) <= 1 / 4096)
    expect(estimates("vrsqrtefp", [0, -0, Infinity, -1])).toEqual([Infinity, -Infinity, 0, NaN])
  })

  it("of a logarithm errs by 1/32 at most, and by 1/8 of the logarithm near 1", () => {
    const isNear = (x: number, estimate: number) => {
      const exact = Math.log2(x)
      return Math.abs(estimate - exact) <= (Math.abs(x - 1) <= 1 / 8 ? Math.abs(exact) / 8 : 1 / 32)
    }
    check("vlogefp", between(-126, 127), isNear)
    check("vlogefp", between(-0.16, 0.16), isNear)
    check("vlogefp", between(-0.001, 0.001), isNear)
    expect(estimates("vlogefp", [0, -0, Infinity, -Infinity])).toEqual([-Infinity, -Infinity, Infinity, NaN])
    expect(estimates("vlogefp", [1, 2 ** 127, 2 ** -126, -1])).toEqual([0, 127, -126, NaN])
  })

  it("of a power of 2 errs by 1 part in 16 at most, and not at all for integers", () => {
    const isNear = (x: number, estimate: number) => Math.abs(estimate / 2 ** x - 1) <= 1 / 16
    check("vexptefp", (random) => -126 + (254 * random.u32()) / 2 ** 32, isNear)
    expect(estimates("vexptefp", [0, -0, Infinity, -Infinity])).toEqual([1, 1, Infinity, 0])
    expect(estimates("vexptefp", [-126, 127, 128, -127])).toEqual([2 ** -126, 2 ** 127, Infinity, 0])
    expect(estimates("vexptefp", [3, -3, 1e30, -1e30])).toEqual([8, 0.125, Infinity, 0])
  })
})
