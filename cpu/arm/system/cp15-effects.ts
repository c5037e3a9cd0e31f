// Effects of system registers: what reading and writing them does beyond storage, by name (ARM DDI 0406C, B3.17, B3.18,
// B4.1, B4.2; chapter C12 for the performance monitors).

import { SCTLR_MEMORY } from "../../../mmu/arm/sctlr.ts"
import { state } from "../state.ts"
import { vfpAccess } from "../vfp/access.ts"
import { type Cp15Slot, cp15Slot, EVENT_COUNTS, EVENT_TYPES } from "./cp15-storage.ts"
import type { ArmPorts } from "./ports.ts"

const { CP15, FPEXC, VFP_ACCESS } = state.files

/** Reads a slot of the CP15 register file: a signed number. */
export const getSlot = (cpu: ArmPorts, name: Cp15Slot): number => cpu.state.get(CP15, cp15Slot(name))

/** Writes a slot of the CP15 register file. */
export function setSlot(cpu: ArmPorts, name: Cp15Slot, value: number): void {
  cpu.state.set(CP15, cp15Slot(name), value | 0)
}

// PMCR: enable; reset of the event counts and of the cycle count, which read as 0.
const PMCR_E = 1 << 0
const PMCR_P = 1 << 1
const PMCR_C = 1 << 2
/** The bit of the cycle counter in PMCNTENSET and its like. */
const CYCLE_COUNTER = 1 << 31

const counting = (cpu: ArmPorts) =>
  cpu.cycles !== undefined && (getSlot(cpu, "PMCR") & PMCR_E) !== 0 && (getSlot(cpu, "PMCNTEN") & CYCLE_COUNTER) !== 0

/** PMCCNTR. While it counts, its slot holds its value minus the CPU's cycles. */
function cycleCount(cpu: ArmPorts): number {
  const stored = getSlot(cpu, "PMCCNTR")
  return counting(cpu) ? (stored + cpu.cycles!()) | 0 : stored
}

/** Changes what enables the cycle counter, or its value, without losing the count. */
function setCycles(cpu: ArmPorts, change: () => void, value = cycleCount(cpu)): void {
  change()
  setSlot(cpu, "PMCCNTR", counting(cpu) ? value - cpu.cycles!() : value)
}

/** Bits of PMCCFILTR and of the event types that can be written. */
export const COUNT_FILTER = 0xf800_0000
export const EVENT_TYPE = 0xfe00_ffff

const selected = (cpu: ArmPorts) => getSlot(cpu, "PMSELR") & 31

/** Reads that are more than storage. */
export const reads = {
  multiprocessorAffinity: (cpu: ArmPorts) => 0x8000_0000 | (cpu.affinity ?? 0),
  l2Control: (cpu: ArmPorts) => (((cpu.cores ?? 1) - 1) << 24) | 0x0080_0000,
  configurationBase: (cpu: ArmPorts) => cpu.peripheralBase ?? 0,
  pendingInterrupts: (cpu: ArmPorts) => (cpu.pendingInterrupts?.() ?? 0) & 0x1c0,
  cycleCount,
  selectedType(cpu: ArmPorts): number {
    if (selected(cpu) === 31) return getSlot(cpu, "PMCCFILTR")
    const name = EVENT_TYPES[selected(cpu)]
    return name ? getSlot(cpu, name) : 0
  },
  selectedCount(cpu: ArmPorts): number {
    const name = EVENT_COUNTS[selected(cpu)]
    return name ? getSlot(cpu, name) : 0
  },
  physicalTimerValue: (cpu: ArmPorts) => cpu.timer?.timerValue("physical") ?? 0,
  physicalTimerControl: (cpu: ArmPorts) => cpu.timer?.control("physical") ?? 0,
  virtualTimerValue: (cpu: ArmPorts) => cpu.timer?.timerValue("virtual") ?? 0,
  virtualTimerControl: (cpu: ArmPorts) => cpu.timer?.control("virtual") ?? 0,
} satisfies Record<string, (cpu: ArmPorts) => number>

const unsigned = (value: number) => value >>> 0
/** A register that selects the address space. */
const space = (slot: Cp15Slot) => (cpu: ArmPorts, value: number) => {
  setSlot(cpu, slot, value)
  cpu.mmu.switchSpace()
}
/** A register that translations depend on. Kernels often write the value that it has, which changes nothing. */
const translationControl =
  (slot: Cp15Slot, bits = -1) =>
  (cpu: ArmPorts, value: number) => {
    const changed = (getSlot(cpu, slot) ^ value) & bits
    setSlot(cpu, slot, value)
    if (changed !== 0) cpu.mmu.regimeChanged()
  }
const setBits = (slot: Cp15Slot) => (cpu: ArmPorts, value: number) => setSlot(cpu, slot, getSlot(cpu, slot) | value)
const clearBits = (slot: Cp15Slot) => (cpu: ArmPorts, value: number) => setSlot(cpu, slot, getSlot(cpu, slot) & ~value)

function addressTranslation(write: boolean, privileged: boolean) {
  return (cpu: ArmPorts, va: number) => {
    const par = cpu.mmu.translateForAts(unsigned(va), { write, privileged })
    if (par === undefined) return
    setSlot(cpu, "PAR", Number(BigInt.asIntN(32, par)))
    setSlot(cpu, "PAR_HI", Number(BigInt.asIntN(32, par >> 32n)))
  }
}

/** Writes that are more than storage. The value has been masked to the register's writable bits. */
export const writes = {
  nothing() {},
  sctlr: translationControl("SCTLR", SCTLR_MEMORY),
  mair0: translationControl("MAIR0"),
  mair1: translationControl("MAIR1"),
  /** VFP instructions test VFP_ACCESS, which follows from CPACR and FPEXC. */
  cpacr(cpu: ArmPorts, value: number) {
    setSlot(cpu, "CPACR", value)
    cpu.state.set(VFP_ACCESS, 0, vfpAccess(value, cpu.state.get(FPEXC)))
  },
  ttbr0: space("TTBR0"),
  ttbr1: space("TTBR1"),
  dacr(cpu: ArmPorts, value: number) {
    setSlot(cpu, "DACR", value)
    cpu.mmu.domainsChanged()
  },
  contextidr: space("CONTEXTIDR"),
  fcseidr: space("FCSEIDR"),
  /** The formats of translation tables give TTBCR different fields. */
  ttbcr: (cpu: ArmPorts, value: number) => translationControl("TTBCR")(cpu, value & (value < 0 ? 0xffc7_3f87 : 0x37)),
  invalidateAll: (cpu: ArmPorts) => cpu.mmu.invalidateAll(),
  invalidateVa: (cpu: ArmPorts, value: number) => cpu.mmu.invalidateVa(unsigned(value & ~0xfff), value & 0xff),
  invalidateAsid: (cpu: ArmPorts, value: number) => cpu.mmu.invalidateAsid(value & 0xff),
  invalidateVaAllAsid: (cpu: ArmPorts, value: number) => cpu.mmu.invalidateVaAllAsid(unsigned(value & ~0xfff)),
  translatePrivilegedRead: addressTranslation(false, true),
  translatePrivilegedWrite: addressTranslation(true, true),
  translateUserRead: addressTranslation(false, false),
  translateUserWrite: addressTranslation(true, false),
  performanceControl(cpu: ArmPorts, value: number) {
    if (value & PMCR_P) for (const name of EVENT_COUNTS) setSlot(cpu, name, 0)
    const count = value & PMCR_C ? 0 : cycleCount(cpu)
    setCycles(cpu, () => setSlot(cpu, "PMCR", value & ~(PMCR_P | PMCR_C)), count)
  },
  enableCounters: (cpu: ArmPorts, value: number) => setCycles(cpu, () => setBits("PMCNTEN")(cpu, value)),
  disableCounters: (cpu: ArmPorts, value: number) => setCycles(cpu, () => clearBits("PMCNTEN")(cpu, value)),
  setOverflow: setBits("PMOVSR"),
  clearOverflow: clearBits("PMOVSR"),
  enableOverflow: setBits("PMINTEN"),
  disableOverflow: clearBits("PMINTEN"),
  cycleCount: (cpu: ArmPorts, value: number) => setCycles(cpu, () => {}, value),
  selectedType(cpu: ArmPorts, value: number) {
    if (selected(cpu) === 31) return setSlot(cpu, "PMCCFILTR", value & COUNT_FILTER)
    const name = EVENT_TYPES[selected(cpu)]
    if (name) setSlot(cpu, name, value & EVENT_TYPE)
  },
  selectedCount(cpu: ArmPorts, value: number) {
    const name = EVENT_COUNTS[selected(cpu)]
    if (name) setSlot(cpu, name, value)
  },
  physicalTimerValue: (cpu: ArmPorts, value: number) => cpu.timer?.setTimerValue("physical", value),
  physicalTimerControl: (cpu: ArmPorts, value: number) => cpu.timer?.setControl("physical", value),
  virtualTimerValue: (cpu: ArmPorts, value: number) => cpu.timer?.setTimerValue("virtual", value),
  virtualTimerControl: (cpu: ArmPorts, value: number) => cpu.timer?.setControl("virtual", value),
} satisfies Record<string, (cpu: ArmPorts, value: number) => void>

function pair(low: Cp15Slot, high: Cp15Slot, then: (cpu: ArmPorts) => void = () => {}) {
  return {
    read: (cpu: ArmPorts) => (BigInt(getSlot(cpu, high)) << 32n) | BigInt(unsigned(getSlot(cpu, low))),
    write(cpu: ArmPorts, value: bigint) {
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
  physicalCount: { read: (cpu: ArmPorts) => cpu.timer?.physicalCount() ?? 0n, write() {} },
  virtualCount: { read: (cpu: ArmPorts) => cpu.timer?.virtualCount() ?? 0n, write() {} },
  physicalCompare: {
    read: (cpu: ArmPorts) => cpu.timer?.compareValue("physical") ?? 0n,
    write: (cpu: ArmPorts, value: bigint) => cpu.timer?.setCompareValue("physical", BigInt.asUintN(64, value)),
  },
  virtualCompare: {
    read: (cpu: ArmPorts) => cpu.timer?.compareValue("virtual") ?? 0n,
    write: (cpu: ArmPorts, value: bigint) => cpu.timer?.setCompareValue("virtual", BigInt.asUintN(64, value)),
  },
} satisfies Record<string, { read(cpu: ArmPorts): bigint; write(cpu: ArmPorts, value: bigint): void }>
