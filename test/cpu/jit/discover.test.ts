// What a region is found to be, and what its instructions mean.

import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import { discover, Meanings } from "../../../cpu/jit/discover.ts"
import { codeOf } from "../../support/planned.ts"

const arch = arm("cortex-a15")

describe("a region", () => {
  it("knows the others that it leads to, whether they are to be left out or not", () => {
    const { format, view } = codeOf("loop: add r0, r0, #1\ncmp r0, r1\nbeq other\nb loop\nother: bx lr")
    for (const isCold of [true, false]) {
      const seeds = { offsets: [0], known: [0], most: 64, isTaken: (at: number) => at === 16 }
      const region = discover(arch, new Meanings(arch, format), view, {
        ...seeds,
        isCold: (at) => isCold && at === 16,
      })!
      expect([...region.borders]).toEqual([16])
      expect(region.instructions).toBe(4)
    }
  })
})

describe("an instruction of 16 bits", () => {
  it("has one meaning, whatever follows it", () => {
    const { format, view } = codeOf(
      ".thumb\nadds r0, r0, #1\nsubs r1, r1, #1\nadds r0, r0, #1\nb.w next\nadds r0, r0, #1\nnext: nop\nnop",
    )
    const meanings = new Meanings(arch, format)
    const [first, second, third] = [0, 4, 10].map((at) => meanings.at(view, at, 0)!)
    expect(first!.length).toBe(2)
    expect(second).toBe(first)
    expect(third).toBe(first)
    expect(meanings.at(view, 6, 0)!.length).toBe(4)
    expect(meanings.at(view, 2, 0)).not.toBe(first)
  })
})
