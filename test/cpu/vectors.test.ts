// The vector runner itself, over vectors of the toy architecture on every engine.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { GuestFault } from "../../cpu/ir/index.ts"
import { flatEngines } from "../support/flat-engines.ts"
import { parseVectors, runVector, type VectorTarget } from "../support/vectors.ts"
import { dialect, toy, toyBigEndian } from "./isa/toy.ts"

const options = { outside: (address: number) => new GuestFault("fault", [address]) }
const targetOf = (architecture: typeof toy): VectorTarget => ({
  architecture,
  dialect: { ...dialect, bigEndian: architecture.byteOrder === "big" },
  engines: flatEngines(architecture, options),
})
const target = targetOf(toy)
const targets = [target, targetOf(toyBigEndian)].flatMap((of) =>
  of.engines.map((engine) => ({ of, engine, name: `${of.architecture.name} vectors on the ${engine.name}` })),
)

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8")

describe.each(targets)("$name", ({ of, engine }) => {
  it.each(parseVectors(read("toy.vec"), "toy.vec"))("$title", (vector) => {
    expect(runVector(vector, of, engine)).toEqual([])
  })
})

describe("the vector runner", () => {
  const run = (text: string) => parseVectors(text).flatMap((v) => runVector(v, target, target.engines[0]!))

  it("tells a value that is not the expected one", () => {
    expect(run("a case\n  add r1, r2, r3\n  r2 = 1\n==>\n  r1 = 2")).toEqual(["R[1] is 0x1, not 0x2"])
  })

  it("tells what changed and was not named", () => {
    expect(run("a case\n  add r1, r2, r2\n  st r2, [r2, #0]\n  r2 = 4\n==>")).toEqual([
      "R[1] is 0x8, not 0x0",
      "[0x4] is 0x4, not 0x0",
    ])
  })

  it("tells memory that lost its value", () => {
    expect(run("a case\n  st r1, [r2, #0]\n  r2 = 0x40   [0x40] = 3\n==>")).toEqual(["[0x40] is 0x0, not 0x3"])
  })

  it("tells an exception that was not expected, or did not come", () => {
    expect(run("a case\n  .narrow\n  trap\n==>")[0]).toBe("exception is trap, not none")
    expect(run("a case\n  add r0, r0, r0\n==>\n  !trap")[0]).toBe("exception is none, not trap")
  })

  it.each([
    ["a case\n  add r0, r0, r0", 'v.vec:1: "a case" has no ==>'],
    ["\na case\n  r1 = 5\n==>", 'v.vec:2: "a case" has no instructions'],
    ["  r1 = 5", "v.vec:1: a line before the first title"],
    ["a case\n  add r0, r0, r0\n==>\n  what", "v.vec:4: neither a value nor an exception: what"],
  ])("refuses %j", (text, message) => {
    expect(() => parseVectors(text, "v.vec")).toThrow(message)
  })
})
