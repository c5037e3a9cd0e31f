// What excuses a difference, and what does not: each excuse covers what it is for and nothing beside it.

import { describe, expect, it } from "vitest"
import { emptyRecord, type StateRecord } from "../oracle/state-record.ts"
import type { Difference } from "./compare.ts"
import { Coverage } from "./coverage.ts"
import { excuses, judge, reasonOfWord } from "./excuse.ts"
import { buildImage } from "./image.ts"
import { DACR } from "./page-table.ts"
import { quirks } from "./reference-quirks.ts"
import { Subject } from "./subject.ts"

const RAM_BYTES = 16 << 20
const SVC = 0x1d3
const USR = 0x1d0
const THUMB = 0x20

type Sketch = { pc: number; cpsr?: number; r?: Readonly<Record<number, number>> }

function state({ pc, cpsr = USR, r = {} }: Sketch): StateRecord {
  const made = emptyRecord()
  for (const [n, value] of Object.entries(r)) made.r[Number(n)] = value
  made.r[15] = pc
  return Object.assign(made, { cpsr })
}

const subject = new Subject("cortex-a15", RAM_BYTES)

/** An image of one program of these words, loaded, with its judge. */
function bench(...words: number[]) {
  const code = new Uint8Array(Uint32Array.from(words).buffer)
  const image = buildImage([{ words: code, thumb: false, seedState: 1 }], { seed: 1, ramBytes: RAM_BYTES })
  subject.load(image)
  const coverage = new Coverage()
  const verdict = judge(image, "cortex-a15", (at, length) => subject.memory(at, length), coverage)
  return { image, verdict, at: (n: number) => image.runs[0]!.code + 4 * n }
}

describe("the judge", () => {
  it("says nothing of a word that encodes nothing", () => {
    const { verdict, at } = bench(0xe600_0010)
    expect(verdict(state({ pc: at(0) }))).toBeUndefined()
  })

  it("says nothing of an UNPREDICTABLE instruction whose condition fails", () => {
    // mulne r15, r1, r2
    const { verdict, at } = bench(0x100f_0291)
    expect(verdict(state({ pc: at(0), cpsr: USR }))).toBe("UNPREDICTABLE")
    expect(verdict(state({ pc: at(0), cpsr: USR | 0x4000_0000 }))).toBeUndefined()
  })

  it("leaves a run after a store to two pages only if it aborts", () => {
    // vst1.8 {d0-d3}, [r1]
    const { verdict, at } = bench(0xf401_020f, 0xe1a0_0000)
    const store = state({ pc: at(0), r: { 1: 0x40_0ff8 } })
    expect(verdict(store)).toBeUndefined()
    expect(verdict(state({ pc: at(1) }))).toBeUndefined()
    verdict(store)
    expect(verdict(state({ pc: 0x110, cpsr: 0x1d7 }))).toMatch(/^what a store to two pages/)
    const inOne = state({ pc: at(0), r: { 1: 0x40_0100 } })
    verdict(inOne)
    expect(verdict(state({ pc: 0x110, cpsr: 0x1d7 }))).toBeUndefined()
  })

  it.each([
    // mcr p15, 0, r0, c2, c0, 0; c3, c0, 0; c1, c0, 0
    ["TTBR0", 0xee02_0f10],
    ["DACR", 0xee03_0f10],
    ["SCTLR", 0xee01_0f10],
  ])("leaves a run if the reference gives %s another value than the harness", (_, word) => {
    const { verdict, at } = bench(word)
    const write = (value: number, cpsr = SVC) => verdict(state({ pc: at(0), cpsr, r: { 0: value } }))
    expect(write(DACR)).toBeUndefined()
    expect(write(0x1234)).toBe("a program changed the translation regime")
    // In user mode it is UNDEFINED.
    expect(write(0x1234, USR)).toBeUndefined()
  })
})

describe("excuses", () => {
  const difference = (d: Partial<Difference> & { word: number; pc: number }): Difference => ({
    ...{ index: 1, program: 0, thumb: false, field: "r0", expected: 1, actual: 2 },
    instruction: new Uint8Array(Uint32Array.of(d.word).buffer),
    ...{ before: state({ pc: d.pc }), expectedAfter: state({ pc: d.pc + 4 }), actualAfter: state({ pc: d.pc + 4 }) },
    ...d,
  })

  it("do not cover changes of the translation regime by the subject alone", () => {
    const { image, at } = bench(0xe080_0001)
    subject.setSystem("DACR", 0x5555_5555)
    expect(excuses(image, "cortex-a15", subject)(difference({ word: 0xe080_0001, pc: at(0) }))).toBeUndefined()
  })

  it("do not cover what comes after a word that encodes nothing, nor the word itself", () => {
    const { image, at } = bench(0xe600_0010, 0xe080_0001)
    const excuse = excuses(image, "cortex-a15", subject)
    expect(excuse(difference({ word: 0xe600_0010, pc: at(0) }))).toBeUndefined()
    expect(excuse(difference({ word: 0xe080_0001, pc: at(1) }))).toBeUndefined()
    expect(excuse(difference({ word: 0x0600_0010, pc: at(0) }))).toBeUndefined()
  })

  it("of words are those of one model and instruction set", () => {
    expect(reasonOfWord(0xedc0_792a, false, "cortex-a15")).toMatch(/halfwords/)
    expect(reasonOfWord(0xedc0_792a, false, "arm926")).toBeUndefined()
    expect(reasonOfWord(0xb921_df7e, true, "arm926")).toMatch(/CBZ/)
    expect(reasonOfWord(0xb921_df7e, true, "cortex-a15")).toBeUndefined()
  })
})

describe("quirks", () => {
  it("of a system register at the end of an IT block cover ITSTATE alone", () => {
    // mrc p15, 0, r0, c13, c0, 3 as the last instruction under EQ
    const code = new Uint8Array(Uint16Array.of(0xee1d, 0x0f70).buffer)
    const inBlock = USR | THUMB | 0x4000_0800
    const before = state({ pc: 0x30_0000, cpsr: inBlock })
    const ignored = quirks(subject)(code, before, {
      expected: state({ pc: 0x30_0004, cpsr: inBlock }),
      actual: state({ pc: 0x30_0004, cpsr: USR | THUMB | 0x4000_0000 }),
    })
    expect(ignored).toEqual({ reason: "QEMU leaves ITSTATE behind a system register", cpsr: 0x0600_fc00 })
  })
})
