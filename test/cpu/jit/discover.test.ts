// What a region consists of, and how its instructions are remembered.

import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { discover } from "../../../cpu/jit/discover.ts"
import { IrCache } from "../../../cpu/jit/instruction-ir.ts"
import { codeOf } from "../../support/planned.ts"

const arch = arm("cortex-a15")

describe("a region", () => {
  it("knows the regions that it leads to, whether their code has been executed or not", () => {
    const { format, view } = codeOf("loop: add r0, r0, #1\ncmp r0, r1\nbeq other\nb loop\nother: bx lr")
    for (const isCold of [true, false]) {
      const seeds = { seeds: [0], required: [0], maxInstructions: 64, isBoundary: (at: number) => at === 16 }
      const region = discover(arch, new IrCache(arch, format), view, {
        ...seeds,
        isCold: (at) => isCold && at === 16,
      })!
      expect([...region.boundaries]).toEqual([16])
      expect(region.instructions).toBe(4)
    }
  })
})

describe("an instruction of 16 bits", () => {
  it("has the same IR, whatever follows it", () => {
    const { format, view } = codeOf(
      ".thumb\nadds r0, r0, #1\nsubs r1, r1, #1\nadds r0, r0, #1\nb.w next\nadds r0, r0, #1\nnext: nop\nnop",
    )
    const irs = new IrCache(arch, format)
    const [first, second, third] = [0, 4, 10].map((at) => irs.at(view, at, 0)!)
    expect(first!.length).toBe(2)
    expect(second).toBe(first)
    expect(third).toBe(first)
    expect(irs.at(view, 6, 0)!.length).toBe(4)
    expect(irs.at(view, 2, 0)).not.toBe(first)
  })
})
