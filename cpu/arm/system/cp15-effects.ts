// What reading and writing system registers does beyond storage, by name (ARM DDI 0406C, B3.17, B3.18, B4.1, B4.2;
// chapter C12 for the performance monitors).

import { SCTLR_MEMORY } from "../../../mmu/arm/translation.ts"
import { state } from "../state.ts"
import { vfpAccess } from "../vfp/access.ts"
import { type Cp15Slot, cp15Slot } from "./cp15-storage.ts"
import type { ArmCpu } from "./system.ts"

const { CP15, FPEXC, VFP_ACCESS } = state.files

/** Reads a slot of the CP15 register file: a signed number. */
export const getSlot = (cpu: ArmCpu, name: Cp15Slot): number => cpu.state.get(CP15, cp15Slot(name))

/** Writes a slot of the CP15 register file. */
export function setSlot(cpu: ArmCpu, name: Cp15Slot, value: number): void {
  cpu.state.set(CP15, cp15Slot(name), value | 0)
}

/** Sizes of the Cortex-A15's caches by CSSELR: L1 data (32 KiB), L1 instruction (32 KiB), L2 (4 MiB). */
const CACHE_SIZES: Readonly<Record<number, number>> = { 0: 0x701f_e00a, 1: 0x201f_e00a, 2: 0x711f_e07a }

const PMCR_E = 1
const PMCR_P = 2
const PMCR_C = 4
const CYCLE_COUNTER = 1 << 31

const counting = (cpu: ArmCpu) =>
  cpu.cycles !== undefined && (getSlot(cpu, "PMCR") & PMCR_E) !== 0 && (getSlot(cpu, "PMCNTEN") & CYCLE_COUNTER) !== 0

/** PMCCNTR: while it counts, its slot holds the distance to the CPU's cycles. */
function cycleCount(cpu: ArmCpu): number {
  const held = getSlot(cpu, "PMCCNTR")
  return counting(cpu) ? (held + cpu.cycles!()) | 0 : held
}

/** Changes what enables the cycle counter, or its value, without losing the count. */
function setCycles(cpu: ArmCpu, change: () => void, value = cycleCount(cpu)): void {
  change()
  setSlot(cpu, "PMCCNTR", counting(cpu) ? value - cpu.cycles!() : value)
}

const eventTypes = ["PMEVTYPER0", "PMEVTYPER1", "PMEVTYPER2", "PMEVTYPER3", "PMEVTYPER4", "PMEVTYPER5"] as const
const eventCounts = ["PMEVCNTR0", "PMEVCNTR1", "PMEVCNTR2", "PMEVCNTR3", "PMEVCNTR4", "PMEVCNTR5"] as const
const selected = (cpu: ArmCpu) => getSlot(cpu, "PMSELR") & 31

/** Reads that are more than storage. */
export const reads = {
  cacheSize: (cpu: ArmCpu) => CACHE_SIZES[getSlot(cpu, "CSSELR")] ?? 0,
  multiprocessorAffinity: (cpu: ArmCpu) => 0x8000_0000 | (cpu.affinity ?? 0),
  l2Control: (cpu: ArmCpu) => (((cpu.cores ?? 1) - 1) << 24) | 0x0080_0000,
  configurationBase: (cpu: ArmCpu) => cpu.peripheralBase ?? 0,
  pendingInterrupts: (cpu: ArmCpu) => (cpu.pendingInterrupts?.() ?? 0) & 0x1c0,
  cycleCount,
  selectedType(cpu: ArmCpu): number {
    if (selected(cpu) === 31) return getSlot(cpu, "PMCCFILTR")
    const name = eventTypes[selected(cpu)]
    return name ? getSlot(cpu, name) : 0
  },
  selectedCount(cpu: ArmCpu): number {
    const name = eventCounts[selected(cpu)]
    return name ? getSlot(cpu, name) : 0
  },
  physicalTimerValue: (cpu: ArmCpu) => cpu.timer?.timerValue("physical") ?? 0,
  physicalTimerControl: (cpu: ArmCpu) => cpu.timer?.control("physical") ?? 0,
  virtualTimerValue: (cpu: ArmCpu) => cpu.timer?.timerValue("virtual") ?? 0,
  virtualTimerControl: (cpu: ArmCpu) => cpu.timer?.control("virtual") ?? 0,
} satisfies Record<string, (cpu: ArmCpu) => number>

const unsigned = (value: number) => value >>> 0
const space = (slot: Cp15Slot) => (cpu: ArmCpu, value: number) => {
  setSlot(cpu, slot, value)
  cpu.mmu.switchSpace()
}
/** A register on whose bits the meaning of translations depends: kernels write the same value again and again. */
const meaning =
  (slot: Cp15Slot, bits = -1) =>
  (cpu: ArmCpu, value: number) => {
    const changed = (getSlot(cpu, slot) ^ value) & bits
    setSlot(cpu, slot, value)
    if (changed !== 0) cpu.mmu.regimeChanged()
  }
const setBits = (slot: Cp15Slot) => (cpu: ArmCpu, value: number) => setSlot(cpu, slot, getSlot(cpu, slot) | value)
const clearBits = (slot: Cp15Slot) => (cpu: ArmCpu, value: number) => setSlot(cpu, slot, getSlot(cpu, slot) & ~value)

function addressTranslation(write: boolean, privileged: boolean) {
  return (cpu: ArmCpu, va: number) => {
    const par = cpu.mmu.translateForAts(unsigned(va), { write, privileged })
    setSlot(cpu, "PAR", Number(BigInt.asIntN(32, par)))
    setSlot(cpu, "PAR_HI", Number(BigInt.asIntN(32, par >> 32n)))
  }
}

/** Writes that are more than storage. The value has been masked to the register's writable bits. */
export const writes = {
  nothing() {},
  sctlr: meaning("SCTLR", SCTLR_MEMORY),
  mair0: meaning("MAIR0"),
  mair1: meaning("MAIR1"),
  /** Access to VFP is kept in a form that its instructions test quickly. */
  cpacr(cpu: ArmCpu, value: number) {
    setSlot(cpu, "CPACR", value)
    cpu.state.set(VFP_ACCESS, 0, vfpAccess(value, cpu.state.get(FPEXC)))
  },
  ttbr0: space("TTBR0"),
  ttbr1: space("TTBR1"),
  dacr(cpu: ArmCpu, value: number) {
    setSlot(cpu, "DACR", value)
    cpu.mmu.domainsChanged()
  },
  contextidr: space("CONTEXTIDR"),
  fcseidr: space("FCSEIDR"),
  /** The formats of translation tables give TTBCR different fields. */
  ttbcr: (cpu: ArmCpu, value: number) => meaning("TTBCR")(cpu, value & (value < 0 ? 0xffc7_3f87 : 0x37)),
  invalidateAll: (cpu: ArmCpu) => cpu.mmu.invalidateAll(),
  invalidateVa: (cpu: ArmCpu, value: number) => cpu.mmu.invalidateVa(unsigned(value & ~0xfff), value & 0xff),
  invalidateAsid: (cpu: ArmCpu, value: number) => cpu.mmu.invalidateAsid(value & 0xff),
  invalidateVaAllAsid: (cpu: ArmCpu, value: number) => cpu.mmu.invalidateVaAllAsid(unsigned(value & ~0xfff)),
  translatePrivilegedRead: addressTranslation(false, true),
  translatePrivilegedWrite: addressTranslation(true, true),
  translateUserRead: addressTranslation(false, false),
  translateUserWrite: addressTranslation(true, false),
  performanceControl(cpu: ArmCpu, value: number) {
    if (value & PMCR_P) for (const name of eventCounts) setSlot(cpu, name, 0)
    const count = value & PMCR_C ? 0 : cycleCount(cpu)
    setCycles(cpu, () => setSlot(cpu, "PMCR", 0x410f_3000 | (value & 0xf9)), count)
  },
  enableCounters: (cpu: ArmCpu, value: number) => setCycles(cpu, () => setBits("PMCNTEN")(cpu, value)),
  disableCounters: (cpu: ArmCpu, value: number) => setCycles(cpu, () => clearBits("PMCNTEN")(cpu, value)),
  setOverflow: setBits("PMOVSR"),
  clearOverflow: clearBits("PMOVSR"),
  enableOverflow: setBits("PMINTEN"),
  disableOverflow: clearBits("PMINTEN"),
  cycleCount: (cpu: ArmCpu, value: number) => setCycles(cpu, () => {}, value),
  selectedType(cpu: ArmCpu, value: number) {
    if (selected(cpu) === 31) return setSlot(cpu, "PMCCFILTR", value & 0xf800_0000)
    const name = eventTypes[selected(cpu)]
    if (name) setSlot(cpu, name, value & 0xfe00_ffff)
  },
  selectedCount(cpu: ArmCpu, value: number) {
    const name = eventCounts[selected(cpu)]
    if (name) setSlot(cpu, name, value)
  },
  physicalTimerValue: (cpu: ArmCpu, value: number) => cpu.timer?.setTimerValue("physical", value),
  physicalTimerControl: (cpu: ArmCpu, value: number) => cpu.timer?.setControl("physical", value),
  virtualTimerValue: (cpu: ArmCpu, value: number) => cpu.timer?.setTimerValue("virtual", value),
  virtualTimerControl: (cpu: ArmCpu, value: number) => cpu.timer?.setControl("virtual", value),
} satisfies Record<string, (cpu: ArmCpu, value: number) => void>

function pair(low: Cp15Slot, high: Cp15Slot, then: (cpu: ArmCpu) => void = () => {}) {
  return {
    read: (cpu: ArmCpu) => (BigInt(getSlot(cpu, high)) << 32n) | BigInt(unsigned(getSlot(cpu, low))),
    write(cpu: ArmCpu, value: bigint) {
      setSlot(cpu, low, Number(BigInt.asIntN(32, value)))
      setSlot(cpu, high, Number(BigInt.asIntN(32, value >> 32n)))
      then(cpu)
    },
  }
}

/** Reads and writes of registers of 64 bits. */
export const wide = {
  ttbr0: pair("TTBR0", "TTBR0_HI", (cpu) => cpu.mmu.switchSpace()),
  ttbr1: pair("TTBR1", "TTBR1_HI", (cpu) => cpu.mmu.switchSpace()),
  par: pair("PAR", "PAR_HI"),
  zero: { read: () => 0n, write() {} },
  physicalCount: { read: (cpu: ArmCpu) => cpu.timer?.physicalCount() ?? 0n, write() {} },
  virtualCount: { read: (cpu: ArmCpu) => cpu.timer?.virtualCount() ?? 0n, write() {} },
  physicalCompare: {
    read: (cpu: ArmCpu) => cpu.timer?.compareValue("physical") ?? 0n,
    write: (cpu: ArmCpu, value: bigint) => cpu.timer?.setCompareValue("physical", BigInt.asUintN(64, value)),
  },
  virtualCompare: {
    read: (cpu: ArmCpu) => cpu.timer?.compareValue("virtual") ?? 0n,
    write: (cpu: ArmCpu, value: bigint) => cpu.timer?.setCompareValue("virtual", BigInt.asUintN(64, value)),
  },
} satisfies Record<string, { read(cpu: ArmCpu): bigint; write(cpu: ArmCpu, value: bigint): void }>
