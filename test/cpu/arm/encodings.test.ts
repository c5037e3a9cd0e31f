// VFP and Advanced SIMD instructions name their section of the manual and their encoding there.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { arm } from "../../../cpu/arm/index.ts"
import type { Instruction } from "../../../cpu/isa/index.ts"

const FEATURES = new Set(["vfp", "vfp4", "neon"])

const mnemonicsOf = new Map(
  readFileSync(new URL("simd-sections.txt", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "))
    .map(([section, ...mnemonics]) => [section!, mnemonics] as const),
)

const instructionsOf = (set: string): Instruction[] =>
  arm("cortex-a15")
    .formats.flatMap((format) => format.sets)
    .filter((s) => s.vocabulary.name === set)
    .flatMap((s) => [...s.instructions])
    .filter((i) => i.feature !== undefined && FEATURES.has(i.feature))

/** The mnemonics of a declaration: `vcvt{T}` stands for two, `vcmp{E?e:}` as well. */
function mnemonics(i: Instruction): string[] {
  const spelled = i.name.replace("{cond}", "").split(".")[0]!.toUpperCase()
  if (spelled === "VCVT{T}") return ["VCVTB", "VCVTT"]
  return spelled === "VCMP{E?E:}" ? ["VCMP", "VCMPE"] : [spelled]
}

describe.each([
  ["A32", "A"],
  ["T32", "T"],
])("the SIMD instructions of %s", (set, letter) => {
  const instructions = instructionsOf(set)

  it("stand in the section of their mnemonic", () => {
    const wrong = instructions.filter(
      (i) => !mnemonics(i).every((name) => mnemonicsOf.get(i.section ?? "")?.includes(name)),
    )
    expect(wrong.map((i) => `${i.name} ${i.args}: ${i.section}`)).toEqual([])
    expect(instructions.length).toBeGreaterThan(300)
  })

  it("name encodings of their instruction set", () => {
    const wrong = instructions.filter((i) => !new RegExp(`^${letter}[12](?:, .+)?$`).test(i.encoding ?? ""))
    expect(wrong.map((i) => `${i.name} ${i.args}: ${i.encoding}`)).toEqual([])
  })
})
