// What the mutation run changes: semantics, and nothing of encodings, texts and types.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { applied, pointsOf } from "./changes.ts"
import { readSources } from "./semantics.ts"

const SAMPLE = `
import { a32 } from "./encoding.ts"
type Widths = { readonly bits: 8 | 16 }
const isSmall = (size: number) => size < 3
const carryIn = 1
export const unused = 7
function twice(b: Builder, x: Node) {
  if (x.isZero) throw new Error("no " + 5)
  if (x.kind === "const") return x
  return b.shl(b.extendU(x), b.extendU(b.i32(carryIn)))
}
const badBase = (v: FieldValues) => v["rn"] === 15
export const add = a32({
  encoding: "A1",
  bits: "cond 0000100 s rn rd 00000 000 rm",
  where: { size: isSmall },
  unpredictable: (v) => badBase(v) || v["rd"] === 15,
  semantics(b, f) {
    setR(b, f.rd, f.s ? b.add(twice(b, f.rn), b.op("i32x4.shrU", f.rm)) : b.neg(f.rn))
    return f.signed && true
  },
})
`

const project = realpathSync(mkdtempSync(join(tmpdir(), "emu-mutation-test-")))
afterAll(() => rmSync(project, { recursive: true }))
mkdirSync(join(project, "cpu/toy"), { recursive: true })
writeFileSync(join(project, "tsconfig.json"), '{ "include": ["cpu"] }')
writeFileSync(join(project, "cpu/toy/add.ts"), SAMPLE)

const sources = readSources(project, (path) => path.startsWith("cpu/toy/"))
const points = pointsOf(sources)
const changes = points.flatMap((point) => point.changes)

describe("the changes of an instruction's semantics", () => {
  it("are those of operators, constants, conditions, choices and effects", () => {
    const shown = points.map(
      ({ kind, changes }) => `${kind} ${changes[0]!.before} > ${changes.map((c) => c.after).join(" > ")}`,
    )
    expect(shown.map((text) => text.replace(/\s+/g, " "))).toEqual([
      "constant 1 > (1 + 1) > (1 - 1) > (1 << 1)",
      "condition x.isZero > !(x.isZero)",
      "operator shl > shrU",
      "operator extendU > extendS",
      expect.stringMatching(/^effect setR\(.*\) > ;$/),
      expect.stringMatching(/^choice f.s \? .* > f.s \? \(b.neg\(f.rn\)\) : \(b.add\(.*\)\)$/),
      "operator add > sub",
      'operator "i32x4.shrU" > "i32x4.shrS" > "i32x4.shl"',
      "operator b.neg(f.rn) > f.rn",
      "operator && > ||",
      "constant true > false",
    ])
  })

  it("name the line that they are on", () => {
    const lines = SAMPLE.split("\n")
    for (const { line, before } of changes) expect(lines[line - 1]).toContain(before.split("\n")[0])
  })

  it("change their own place alone", () => {
    for (const change of changes) {
      const after = applied(SAMPLE, change)
      expect(after.startsWith(SAMPLE.slice(0, change.start) + change.after)).toBe(true)
      expect(after.endsWith(SAMPLE.slice(change.start + change.before.length))).toBe(true)
    }
  })
})
