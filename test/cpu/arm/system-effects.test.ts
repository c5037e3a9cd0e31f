// What reads and writes of system registers do beyond storage (ARM DDI 0406C, B3.17, B4.1, B8.1; chapter C12).

import { describe, expect, it } from "vitest"
import { type ArmCpu, helperTable, registerNumber, state } from "../../../cpu/arm/index.ts"
import { wideNumber } from "../../../cpu/arm/system/cp15.ts"
import { fakeCpu } from "./fake-cpu.ts"

/** The register of coprocessor 15 at CRn, opc1, CRm, opc2. */
const at = (text: string): number => {
  const [crn, opc1, crm, opc2] = text.split(" ").map((field) => Number(field.replace("c", "")))
  return registerNumber(15, opc1!, crn!, crm!, opc2!)
}

const VALUE = 0x8123_4567_89ab_cdefn

describe("registers of 64 bits", () => {
  it.each([
    ["TTBR0", wideNumber(15, 0, 2), "c2 0 c0 0", ["switchSpace"]],
    ["TTBR1", wideNumber(15, 1, 2), "c2 0 c0 1", ["switchSpace"]],
    ["PAR", wideNumber(15, 0, 7), "c7 0 c4 0", []],
  ])("keep both halves, of which the register of 32 bits is the lower: %s", (_, wide, narrow, calls) => {
    const fake = fakeCpu("cortex-a15")
    fake.writeWide(wide, VALUE)
    expect(fake.readWide(wide)).toBe(VALUE)
    expect(fake.read(at(narrow))).toBe(0x89ab_cdef)
    expect(fake.calls).toEqual(calls)
    fake.write(at(narrow), 0x7654_3210)
    expect(fake.readWide(wide)).toBe(0x8123_4567_7654_3210n)
  })

  it.each([
    ["CNTP_CVAL", 2, "c14 0 c2", "physical"],
    ["CNTV_CVAL", 3, "c14 0 c3", "virtual"],
  ] as const)("compare the timer's count: %s", (_, opc1, registers, name) => {
    const fake = fakeCpu("cortex-a15")
    const timer = fake.cpu.timer!
    fake.writeWide(wideNumber(15, opc1, 14), VALUE)
    expect(timer.compareValue(name)).toBe(VALUE)
    expect(timer.compareValue(name === "virtual" ? "physical" : "virtual")).toBe(0n)
    expect(fake.readWide(wideNumber(15, opc1, 14))).toBe(VALUE)
    expect(fake.read(at(`${registers} 0`))).toBe(0x89ab_cdef)
    fake.write(at(`${registers} 0`), -2)
    expect(timer.compareValue(name)).toBe(0xffff_fffen)
    fake.write(at(`${registers} 1`), 3)
    expect(timer.control(name)).toBe(3)
    expect(timer.control(name === "virtual" ? "physical" : "virtual")).toBe(0)
    expect(fake.read(at(`${registers} 1`))).toBe(3)
  })

  it("show the counts", () => {
    const fake = fakeCpu("cortex-a15")
    expect(fake.readWide(wideNumber(15, 0, 14))).toBe(0x1_0000_0000n)
    expect(fake.readWide(wideNumber(15, 1, 14))).toBe(0xffff_ffff_ffff_ffffn)
  })
})

describe("registers that show what the CPU is connected to", () => {
  const reader = (ports: Partial<ArmCpu>) => {
    const cpu: ArmCpu = { ...fakeCpu("cortex-a15").cpu, ...ports }
    return (text: string) => helperTable.readRegister(cpu, at(text)) >>> 0
  }

  it("are MPIDR, L2CTLR, CBAR and ISR", () => {
    // ARM DDI 0438, 4.3.6 (MPIDR), 4.3.48 (L2CTLR), 4.3.64 (CBAR); B4.1.100 (ISR: A, I and F are bits 8 to 6).
    const read = reader({
      affinity: 2,
      cores: 4,
      peripheralBase: 0x2c00_0000,
      pendingInterrupts: () => -1,
    })
    expect(read("c0 0 c0 5")).toBe(0x8000_0002)
    expect((read("c9 1 c0 2") >>> 24) & 3).toBe(3)
    expect(read("c15 4 c0 0")).toBe(0x2c00_0000)
    expect(read("c12 0 c1 0")).toBe(0x1c0)
  })

  it("have values on a CPU that stands alone", () => {
    const { timer: _timer, cycles: _cycles, peripheralBase: _base, ...alone } = fakeCpu("cortex-a15").cpu
    const read = (text: string) => helperTable.readRegister(alone, at(text)) >>> 0
    expect(["c0 0 c0 5", "c15 4 c0 0", "c12 0 c1 0"].map(read)).toEqual([0x8000_0000, 0, 0])
    expect((read("c9 1 c0 2") >>> 24) & 3).toBe(0)
    expect(["c14 0 c2 0", "c14 0 c2 1", "c14 0 c3 0", "c14 0 c3 1"].map(read)).toEqual([0, 0, 0, 0])
    expect([0, 1, 2, 3].map((opc1) => helperTable.readRegister64(alone, wideNumber(15, opc1, 14)))).toEqual([
      0n,
      0n,
      0n,
      0n,
    ])
    // A counter without cycles keeps its value, whether it is enabled or not.
    helperTable.writeRegister(alone, at("c9 0 c12 1"), -1)
    helperTable.writeRegister(alone, at("c9 0 c12 0"), 1)
    helperTable.writeRegister(alone, at("c9 0 c13 0"), 77)
    expect(read("c9 0 c13 0")).toBe(77)
  })
})

describe("writes that command the MMU", () => {
  it.each([
    ["TTBR1", "cortex-a15", "c2 0 c0 1", 0x4000, ["switchSpace"]],
    ["NMRR", "cortex-a15", "c10 0 c2 1", 1, ["regimeChanged"]],
    ["FCSEIDR", "arm926", "c13 0 c0 0", 0x0200_0000, ["switchSpace"]],
    ["ATS1CPR", "cortex-a15", "c7 0 c8 0", 0x8765_4321, ["translateForAts 0x87654321 false true"]],
    ["ATS1CPW", "cortex-a15", "c7 0 c8 1", 0x8765_4321, ["translateForAts 0x87654321 true true"]],
    ["ATS1CUR", "cortex-a15", "c7 0 c8 2", 0x8765_4321, ["translateForAts 0x87654321 false false"]],
    ["TLBIMVA, of a low address", "cortex-a15", "c8 0 c7 1", 0x1fff_ffff, ["invalidateVa 0x1ffff000 0xff"]],
  ] as const)("tell it of %s", (_, model, register, value, calls) => {
    const fake = fakeCpu(model)
    fake.write(at(register), value)
    expect(fake.calls).toEqual(calls)
  })

  // B4.1.153: with EAE set, the long descriptors' fields can be written; without it, N, PD0 and PD1.
  it.each([
    [0x7fff_ffff, 0x37],
    [0xffff_ffff, 0xffc7_3f87],
  ])("keep the fields of the format that TTBCR chooses: %i", (value, kept) => {
    const fake = fakeCpu("cortex-a15")
    fake.write(at("c2 0 c0 2"), value)
    expect(fake.read(at("c2 0 c0 2"))).toBe(kept)
    expect(fake.calls).toEqual(["regimeChanged"])
    fake.write(at("c2 0 c0 2"), value)
    expect(fake.calls).toEqual(["regimeChanged"])
  })
})

describe("the performance monitors", () => {
  const pair = (set: string, clear: string) => {
    const fake = fakeCpu("cortex-a15")
    fake.write(at(set), 0x8000_0005)
    fake.write(at(set), 0x10)
    const both = fake.read(at(set))
    fake.write(at(clear), 0x8000_0001)
    return [both, fake.read(at(set))]
  }

  it.each([
    ["PMCNTENSET and PMCNTENCLR", "c9 0 c12 1", "c9 0 c12 2"],
    ["PMOVSSET and PMOVSR", "c9 0 c14 3", "c9 0 c12 3"],
    ["PMINTENSET and PMINTENCLR", "c9 0 c14 1", "c9 0 c14 2"],
  ])("set and clear bits one by one: %s", (_, set, clear) => {
    expect(pair(set, clear)).toEqual([0x8000_0015, 0x14])
  })

  it("show the event counter that PMSELR selects, and for 31 the filter of the cycle counter", () => {
    const fake = fakeCpu("cortex-a15")
    const select = (n: number) => fake.write(at("c9 0 c12 5"), n)
    for (const n of [0, 3, 5, 6, 31]) {
      select(n)
      fake.write(at("c9 0 c13 1"), 0x8600_0010 + n)
      fake.write(at("c9 0 c13 2"), 100 + n)
    }
    // PMXEVTYPER has P, U, NSK, NSU, NSH and evtCount (C12.8.20), PMCCFILTR the flags alone (C12.8.6).
    const shown = [0, 1, 3, 5, 6, 31].map((n) => {
      select(n)
      return [fake.read(at("c9 0 c13 1")), fake.read(at("c9 0 c13 2"))]
    })
    expect(shown).toEqual([
      [0x8600_0010, 100],
      [0, 0],
      [0x8600_0013, 103],
      [0x8600_0015, 105],
      [0, 0],
      [0x8000_0000, 0],
    ])
    expect(fake.read(at("c14 0 c8 3"))).toBe(103)
    expect(fake.read(at("c14 0 c12 5"))).toBe(0x8600_0015)
  })

  // PMCR.P and C (C12.8.7): they reset the counters, and read as zero.
  it("are reset by PMCR: event counters by P, the cycle counter by C", () => {
    const fake = fakeCpu("cortex-a15")
    const counts = () => [fake.read(at("c14 0 c8 0")), fake.read(at("c14 0 c8 5")), fake.read(at("c9 0 c13 0"))]
    const fill = () => {
      fake.write(at("c14 0 c8 0"), 11)
      fake.write(at("c14 0 c8 5"), 16)
      fake.write(at("c9 0 c13 0"), 1000)
    }
    fill()
    fake.write(at("c9 0 c12 0"), 2)
    expect(counts()).toEqual([0, 0, 1000])
    fill()
    fake.write(at("c9 0 c12 0"), 4)
    expect(counts()).toEqual([11, 16, 0])
    fake.write(at("c9 0 c12 0"), 0x3f)
    expect(Number(fake.read(at("c9 0 c12 0"))) & 0x3f).toBe(0x39)
  })

  it("count cycles only while both PMCR.E and PMCNTENSET enable it", () => {
    const fake = fakeCpu("cortex-a15")
    const [pmcr, enable, pmccntr] = [at("c9 0 c12 0"), at("c9 0 c12 1"), at("c9 0 c13 0")]
    fake.write(pmcr, 1)
    fake.cycles.now = 50
    expect(fake.read(pmccntr)).toBe(0)
    // An event counter enabled is not the cycle counter.
    fake.write(enable, 1)
    fake.cycles.now = 100
    expect(fake.read(pmccntr)).toBe(0)
    fake.write(pmcr, 0)
    fake.write(enable, 0x8000_0000)
    fake.cycles.now = 200
    expect(fake.read(pmccntr)).toBe(0)
    fake.write(pmcr, 1)
    fake.write(pmccntr, 0xffff_fff0)
    fake.cycles.now = 232
    expect(fake.read(pmccntr)).toBe(0x10)
    fake.write(pmcr, 0)
    fake.cycles.now = 500
    expect(fake.read(pmccntr)).toBe(0x10)
  })
})

describe("reset", () => {
  it("gives every system register the value that it has on a new CPU, and VFP is off", () => {
    const [used, fresh] = [fakeCpu("cortex-a15"), fakeCpu("cortex-a15")]
    const { CP15, PSR_BITS, FPEXC, VFP_ACCESS } = state.files
    for (let n = 0; n < CP15.count; n++) used.state.set(CP15, n, 0x5a5a_5a5a)
    for (const file of [PSR_BITS, FPEXC, VFP_ACCESS]) used.state.set(file, 0, -1)
    helperTable.resetSystem(used.cpu)
    for (const file of used.state.layout.list) {
      for (let n = 0; n < file.count; n++) {
        expect(`${file.name}${n} ${used.state.read(file, n)}`).toBe(`${file.name}${n} ${fresh.state.read(file, n)}`)
      }
    }
    expect([used.state.get(FPEXC), used.state.get(VFP_ACCESS)]).toEqual([0, 0])
    // SCTLR and MIDR: ARM DDI 0438, 4.3.27 and 4.3.1.
    expect([used.read(at("c1 0 c0 0")), used.read(at("c0 0 c0 0"))]).toEqual([0x00c5_0078, 0x414f_c0f0])
    expect(used.calls).toEqual(["regimeChanged", "invalidateAll"])
  })
})
