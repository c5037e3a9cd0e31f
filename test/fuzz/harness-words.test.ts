// The words of the harness, compared with GNU as.
import { describe, expect, it } from "vitest"
import { assemble, assemblerUnavailable } from "../oracle/assemble.ts"
import { harness, harnessLines } from "./harness-words.ts"

const why = assemblerUnavailable()

describe("the harness", () => {
  it.skipIf(why)(`is what its assembly text says${why ? ` (SKIPPED: ${why})` : ""}`, () => {
    const source = harnessLines.map((line) =>
      "word" in line ? line.text : `${line.label}:${line.slot ? " .word 0" : ""}`,
    )
    const bytes = assemble(source.join("\n"))
    expect([...new Uint32Array(bytes.buffer)]).toEqual([...harness(7).words])
  })

  it("has its labels at the same places on ARMv5, where later instructions do nothing", () => {
    expect(harness(5).labels).toEqual(harness(7).labels)
    const changed = harnessLines.filter((line) => "word" in line && line.onlyV7)
    expect(harness(5).words.filter((word, i) => word !== harness(7).words[i])).toHaveLength(changed.length)
  })
})
