// The tables of the IA-64 instruction sets: their self-test, and their encodings held against those of GNU binutils.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { sets } from "../../../cpu/ia64/index.ts"
import { checkInstructionSet, variants } from "../../../cpu/isa/index.ts"
import { encodingsOf } from "./encodings.ts"

type Row = {
  readonly unit: string
  /** Format of the manual; a dash where binutils have none. */
  readonly format: string
  readonly name: string
  readonly value: bigint
  readonly mask: bigint
}

const rows: Row[] = readFileSync(new URL("encodings.tsv", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"))
  .map(([unit, format, name, value, mask]) => ({
    unit: unit!,
    format: format!,
    name: name!,
    value: BigInt(`0x${value}`),
    mask: BigInt(`0x${mask}`),
  }))

describe.each(Object.entries(sets))("the table of %s instructions", (unit, set) => {
  it("is sound", () => {
    expect(checkInstructionSet(set, { addressType: "i64", words: 12 })).toEqual([])
  })

  it("has the encodings of GNU binutils", () => {
    const own = rows.filter((row) => row.unit === unit)
    const problems: string[] = []
    for (const i of set.instructions) {
      for (const e of encodingsOf(i)) {
        // Hints that binutils have no name for, and an immediate that later CPUs cut short.
        const isUnnamed = /\.d[12]$/.test(e.name) && /\],|imm9s/.test(i.args)
        if (isUnnamed || e.name === "hint.m") continue
        const fits = own.some(
          ({ format, name, value, mask }) =>
            (format === i.encoding || format === "-") &&
            name === e.name &&
            value === e.value &&
            (e.mask & ~mask) === 0n &&
            (mask & ~(e.mask | e.ignored)) === 0n,
        )
        if (!fits) problems.push(`${e.name} ${i.args}: value ${e.value.toString(16)}, mask ${e.mask.toString(16)}`)
      }
    }
    expect(problems).toEqual([])
  })

  it("names the section of each format in the manual", () => {
    const chapters: Readonly<Record<string, string>> = { A: "4.2", I: "4.3", M: "4.4", B: "4.5", F: "4.6", X: "4.7" }
    const wrong = set.instructions.filter(
      (i) => i.encoding?.[0] !== unit || !new RegExp(`^${chapters[unit]}\\.\\d+$`).test(i.section ?? ""),
    )
    expect(wrong.map((i) => `${i.name} ${i.args}: ${i.encoding}, ${i.section}`)).toEqual([])
  })

  it("needs few interpreter handlers", () => {
    const handlers = set.instructions.flatMap((i) => variants(i, { addressType: "i64", length: 1 }))
    expect(handlers.length).toBeLessThan(120)
  })
})
