// System registers, held against what QEMU does at every register number.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ARM_MODELS, type ArmModelName, registerNumber } from "../../../cpu/arm/index.ts"
import { wideNumber } from "../../../cpu/arm/system/cp15.ts"
import { fakeCpu } from "./fake-cpu.ts"

type Row = { access: string; value: number | undefined; ones: number | undefined }

/** Rows of a listing by register number; 64-bit registers by the negative of theirs, less one. */
function listing(model: ArmModelName): Map<number, Row> {
  const rows = new Map<number, Row>()
  const text = readFileSync(new URL(`system-registers-${model}.txt`, import.meta.url), "utf8")
  const values = (field: string, count: number) =>
    field === "*" ? Array.from({ length: count }, (_, n) => n) : [Number(field.replace(/[cp]/, ""))]
  const hex = (field: string | undefined) =>
    field && /^[0-9a-f]{8}$/.test(field) ? Number.parseInt(field, 16) : undefined
  for (const line of text.split("\n").filter((l) => l !== "" && !l.startsWith("#"))) {
    const fields = line.split(" ")
    const coproc = Number(fields[0]!.slice(1))
    if (fields.length === 4) {
      const number = wideNumber(coproc, Number(fields[1]), Number(fields[2]!.slice(1)))
      rows.set(-1 - number, { access: fields[3]!, value: undefined, ones: undefined })
      continue
    }
    const [, crn, opc1, crm, opc2, access, value, ones] = fields
    for (const o1 of values(opc1!, 8)) {
      for (const m of values(crm!, 16)) {
        for (const o2 of values(opc2!, 8)) {
          const number = registerNumber(coproc, o1, Number(crn!.slice(1)), m, o2)
          rows.set(number, { access: access!, value: hex(value), ones: hex(ones) })
        }
      }
    }
  }
  return rows
}

const at = (number: number) =>
  number < 0
    ? `64-bit p${(-1 - number) >> 8} ${((-1 - number) >> 4) & 15} c${(-1 - number) & 15}`
    : `p${number >> 14} c${(number >> 7) & 15} ${(number >> 11) & 7} c${(number >> 3) & 15} ${number & 7}`

/** Where this CPU differs from QEMU's on purpose, by a prefix of the place. */
const deviations: Readonly<Partial<Record<ArmModelName, Readonly<Record<string, string>>>>> = {
  "cortex-a15": {
    "p15 c13 0 c0 0": "FCSEIDR: there is no fast context switch extension",
  },
  arm926: {
    "p15 c2 0 c0 1": "TTBR1 is not in the manual",
    "p15 c2 0 c0 2": "TTBCR is not in the manual",
    "p15 c9 0 c1": "the registers of tightly coupled memory are there",
    "p15 c10": "all of TLB lockdown reads as zero",
    "p15 c8": "all operations on the TLB are there",
    "p15 c7 0 c0 4": "wait for interrupt",
    "p15 c7 0 c8 2": "wait for interrupt in QEMU",
  },
}

describe.each(ARM_MODELS.filter((model) => deviations[model]))("the system registers of %s", (model) => {
  const rows = listing(model)
  const numbers = [14, 15].flatMap((coproc) => Array.from({ length: 0x4000 }, (_, n) => (coproc << 14) | n))
  const isDeviation = (number: number) => {
    const place = at(number)
    // QEMU repeats waiting for interrupts at every opc1 of c7.
    if (/^p15 c7 [1-7] /.test(place) || /^p15 c7 0 c8 [4-7]/.test(place)) return true
    return Object.keys(deviations[model]!).some((prefix) => place === prefix || place.startsWith(`${prefix} `))
  }

  it("are there for whom QEMU lets have them", () => {
    const { read, write, asUser } = fakeCpu(model)
    const problems: string[] = []
    for (const number of numbers) {
      if (isDeviation(number)) continue
      const privileged = [read(number) === "undefined", write(number, 0) === "undefined"]
      const user = asUser(() => [read(number) === "undefined", write(number, 0) === "undefined"])
      const access = [...privileged, ...user].map((no, n) => (no ? "-" : "rw"[n & 1])).join("")
      const wanted = rows.get(number)?.access ?? "----"
      if (access !== wanted) problems.push(`${at(number)} is ${access}, not ${wanted}`)
    }
    expect(problems).toEqual([])
  })

  it("have QEMU's values after reset, and keep what it keeps of a write", () => {
    const problems: string[] = []
    const { read, write, cpu } = fakeCpu(model)
    for (const number of numbers) {
      const row = rows.get(number)
      if (!row || row.value === undefined || isDeviation(number)) continue
      const value = read(number)
      if (value !== row.value)
        problems.push(`${at(number)} is 0x${value.toString(16)}, not 0x${row.value.toString(16)}`)
      if (row.ones === undefined) continue
      const fresh = fakeCpu(model)
      fresh.write(number, -1)
      const kept = fresh.read(number)
      if (kept !== row.ones) problems.push(`${at(number)} keeps 0x${kept.toString(16)}, not 0x${row.ones.toString(16)}`)
    }
    expect(write(0, 0)).toBe("undefined")
    expect(cpu.model.name).toBe(model)
    expect(problems).toEqual([])
  })

  it("of 64 bits are there for whom QEMU lets have them", () => {
    const { readWide, writeWide, asUser } = fakeCpu(model)
    const problems: string[] = []
    for (const coproc of [14, 15]) {
      for (let n = 0; n < 256; n++) {
        const number = (coproc << 8) | n
        const privileged = [readWide(number) === "undefined", writeWide(number, 0n) === "undefined"]
        const user = asUser(() => [readWide(number) === "undefined", writeWide(number, 0n) === "undefined"])
        const access = [...privileged, ...user].map((no, k) => (no ? "-" : "rw"[k & 1])).join("")
        const wanted = rows.get(-1 - number)?.access ?? "----"
        if (access !== wanted) problems.push(`${at(-1 - number)} is ${access}, not ${wanted}`)
      }
    }
    expect(problems).toEqual([])
  })
})

const number = (text: string): number => {
  const [crn, opc1, crm, opc2] = text.split(" ").map((field) => Number(field.replace("c", "")))
  return registerNumber(15, opc1!, crn!, crm!, opc2!)
}

describe("writes of system registers", () => {
  it.each([
    ["SCTLR", "c1 0 c0 0", 1, ["regimeChanged"]],
    ["TTBR0", "c2 0 c0 0", 0x4000, ["switchSpace"]],
    ["TTBCR", "c2 0 c0 2", 1, ["regimeChanged"]],
    ["DACR", "c3 0 c0 0", 1, ["domainsChanged"]],
    ["CONTEXTIDR", "c13 0 c0 1", 0x105, ["switchSpace"]],
    ["PRRR", "c10 0 c2 0", 1, ["regimeChanged"]],
    ["TLBIALL", "c8 0 c7 0", 0, ["invalidateAll"]],
    ["TLBIALLIS", "c8 0 c3 0", 0, ["invalidateAll"]],
    ["TLBIMVA", "c8 0 c7 1", 0x8765_4321, ["invalidateVa 0x87654000 0x21"]],
    ["TLBIASID", "c8 0 c7 2", 0x8765_4321, ["invalidateAsid 0x21"]],
    ["TLBIMVAA", "c8 0 c7 3", 0x8765_4321, ["invalidateVaAllAsid 0x87654000"]],
    ["ATS1CUW", "c7 0 c8 3", 0x8765_4321, ["translateForAts 0x87654321 true false"]],
    ["ICIALLU", "c7 0 c5 0", 0, []],
  ])("tell the MMU of %s", (_, at, value, calls) => {
    const fake = fakeCpu("cortex-a15")
    fake.write(number(at), value)
    expect(fake.calls).toEqual(calls)
  })

  // SCTLR after reset is 0x00c5_0078 (ARM DDI 0438, 4.3.27); bits 0 to 2 are M, A and C, 12 and 13 I and V.
  it.each([
    ["of the same value", "c1 0 c0 0", 0x00c5_0078, []],
    ["of caches and vectors", "c1 0 c0 0", 0x00c5_307c, []],
    ["of M", "c1 0 c0 0", 0x00c5_0079, ["regimeChanged"]],
    ["of A", "c1 0 c0 0", 0x00c5_007a, ["regimeChanged"]],
    ["of EE", "c1 0 c0 0", 0x02c5_0078, ["regimeChanged"]],
    ["of AFE", "c1 0 c0 0", 0x20c5_0078, ["regimeChanged"]],
    ["of the same TTBCR", "c2 0 c0 2", 0, []],
    ["of the same MAIR0", "c10 0 c2 0", 0, []],
  ])("let the MMU forget its translations only where they mean something else: %s", (_, at, value, calls) => {
    const fake = fakeCpu("cortex-a15")
    fake.write(number(at), value)
    expect(fake.calls).toEqual(calls)
  })

  it("leave the result of an address translation in PAR", () => {
    const fake = fakeCpu("cortex-a15")
    fake.write(number("c7 0 c8 0"), 0x1000)
    expect(fake.read(number("c7 0 c4 0"))).toBe(0x8765_4000)
    expect(fake.readWide(wideNumber(15, 0, 7))).toBe(0x12_8765_4000n)
  })

  it("choose the cache that CCSIDR shows", () => {
    const fake = fakeCpu("cortex-a15")
    const sizes = [0, 1, 2, 3].map((selection) => {
      fake.write(number("c0 2 c0 0"), selection)
      return fake.read(number("c0 1 c0 0"))
    })
    expect(sizes).toEqual([0x701f_e00a, 0x201f_e00a, 0x711f_e07a, 0])
  })
})

describe("the cycle counter", () => {
  it("counts while it is enabled, and keeps its value while it is not", () => {
    const fake = fakeCpu("cortex-a15")
    const pmccntr = number("c9 0 c13 0")
    fake.cycles.now = 1000
    expect(fake.read(pmccntr)).toBe(0)
    fake.write(number("c9 0 c12 1"), 0x8000_0000)
    fake.write(number("c9 0 c12 0"), 1)
    fake.cycles.now = 1300
    expect(fake.read(pmccntr)).toBe(300)
    fake.write(number("c9 0 c12 2"), 0x8000_0000)
    fake.cycles.now = 9999
    expect(fake.read(pmccntr)).toBe(300)
    fake.write(pmccntr, 7)
    fake.write(number("c9 0 c12 1"), 0x8000_0000)
    fake.cycles.now = 10_000
    expect(fake.read(pmccntr)).toBe(8)
    fake.write(number("c9 0 c12 0"), 5)
    expect(fake.read(pmccntr)).toBe(0)
  })
})

describe("user mode", () => {
  it("reads the virtual count once CNTKCTL grants it", () => {
    const fake = fakeCpu("cortex-a15")
    const cntvct = wideNumber(15, 1, 14)
    expect(fake.asUser(() => fake.readWide(cntvct))).toBe("undefined")
    fake.write(number("c14 0 c1 0"), 2)
    expect(fake.asUser(() => fake.readWide(cntvct))).toBe(0xffff_ffff_ffff_ffffn)
    expect(fake.asUser(() => fake.readWide(wideNumber(15, 0, 14)))).toBe("undefined")
    expect(fake.asUser(() => fake.read(number("c14 0 c0 0")))).toBe(62_500_000)
    expect(fake.asUser(() => fake.write(number("c14 0 c0 0"), 1))).toBe("undefined")
  })

  it("has the counters once PMUSERENR grants them, but never that register", () => {
    const fake = fakeCpu("cortex-a15")
    fake.write(number("c9 0 c14 0"), 1)
    expect(fake.asUser(() => fake.write(number("c9 0 c12 5"), 3))).not.toBe("undefined")
    expect(fake.asUser(() => fake.read(number("c9 0 c12 5")))).toBe(3)
    expect(fake.asUser(() => fake.write(number("c9 0 c14 0"), 0))).toBe("undefined")
  })
})
