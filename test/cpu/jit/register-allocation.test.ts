// Which registers of a region live in locals, and which stay in memory.

import { describe, expect, it } from "vitest"
import { translated } from "../../support/planned.ts"

const allocatedIn = (source: string) => translated(source, []).names.filter((name) => /^r\d+$/.test(name))

const RETURN = "bx lr"

describe("a region keeps in locals", () => {
  it("all registers, if it uses few", () => {
    expect(allocatedIn(`add r0, r1, r2\n${RETURN}`).sort()).toEqual(["r0", "r1", "r2"])
  })

  it("those that it uses most, if it uses many", () => {
    const often = [8, 9, 10].flatMap((n) => Array.from({ length: 4 }, () => `add r${n}, r${n}, #1`))
    const once = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `add r${n}, r${n}, #1`)
    const allocated = allocatedIn([...once, ...often, RETURN].join("\n"))
    expect(allocated).toEqual(expect.arrayContaining(["r8", "r9", "r10"]))
    expect(allocated).toHaveLength(6)
  })

  it("those that its loop uses rather than those that are used before it", () => {
    const before = [0, 1, 2, 3, 4, 5].flatMap((n) => [`add r${n}, r${n}, #1`, `eor r${n}, r${n}, #2`])
    const loop = [6, 7, 8, 9, 10].map((n) => `add r${n}, r${n}, #1`)
    const allocated = allocatedIn([...before, "loop:", ...loop, "b loop"].join("\n"))
    expect(allocated).toEqual(expect.arrayContaining(["r6", "r7", "r8", "r9", "r10"]))
  })
})
