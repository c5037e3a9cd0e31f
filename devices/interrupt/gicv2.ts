// ARM generic interrupt controller, architecture version 2 (GIC-400), without Security Extensions.
// Reference: ARM IHI 0048B, section 4.3 (distributor) and gicv2-cpu-interface.ts (CPU interface).
import { device, type Register, type Registers, type Trigger } from "../kit/index.ts"
import { cpuInterfaceRegisters } from "./gicv2-cpu-interface.ts"
import {
  byteAt,
  driveLines,
  type GicContext,
  gicOptions,
  gicState,
  gicWires,
  pendingWord,
  setSources,
  wordAt,
} from "./gicv2-state.ts"

type Word = (c: GicContext, index: number) => number

const cpuOf = (c: GicContext) => (c.requester < c.options.cpus ? c.requester : 0)

/** A bank of one bit per interrupt; words past the implemented interrupts read as zero and ignore writes. */
function bits(
  at: number,
  read: Word,
  write: (c: GicContext, index: number, value: number) => void,
): Register<GicContext> {
  const index = (c: GicContext, word: number) => wordAt(c, cpuOf(c), word)
  return {
    at,
    count: 32,
    otherLanes: "zero",
    read: (c, word) => (index(c, word) < 0 ? 0 : read(c, index(c, word))),
    write(c, value, word) {
      if (index(c, word) >= 0) write(c, index(c, word), value)
    },
  }
}

/** SGIs are always enabled, and only GICD_SGIR and its kin make them pending. */
const withoutSgis = (c: GicContext, index: number, value: number) => (index < c.options.cpus ? value & ~0xffff : value)

type Words = "enabled" | "latched" | "active"

const setBits = (name: Words, isGuarded: boolean) => (c: GicContext, index: number, value: number) => {
  c.state[name][index] = c.state[name][index]! | (isGuarded ? withoutSgis(c, index, value) : value)
}
const clearBits = (name: Words, isGuarded: boolean) => (c: GicContext, index: number, value: number) => {
  c.state[name][index] = c.state[name][index]! & ~(isGuarded ? withoutSgis(c, index, value) : value)
}

const word = (name: Words) => (c: GicContext, index: number) => c.state[name][index]!

const distributor: Registers<GicContext> = {
  GICD_CTLR: { at: 0x000, read: (c) => c.state.control, write: (c, v) => (c.state.control = v & 3) },
  GICD_TYPER: { at: 0x004, read: ({ options }) => options.interrupts / 32 - 1 + ((options.cpus - 1) << 5) },
  GICD_IIDR: { at: 0x008, read: () => 0x43b },
  GICD_IGROUPR: {
    ...bits(
      0x080,
      (c, n) => c.state.group[n]!,
      (c, n, v) => (c.state.group[n] = v),
    ),
    otherLanes: "as read",
  },
  GICD_ISENABLER: bits(0x100, word("enabled"), setBits("enabled", true)),
  GICD_ICENABLER: bits(0x180, word("enabled"), clearBits("enabled", true)),
  GICD_ISPENDR: bits(0x200, pendingWord, setBits("latched", true)),
  GICD_ICPENDR: bits(0x280, pendingWord, clearBits("latched", true)),
  GICD_ISACTIVER: bits(0x300, word("active"), setBits("active", false)),
  GICD_ICACTIVER: bits(0x380, word("active"), clearBits("active", false)),
  GICD_IPRIORITYR: {
    at: 0x400,
    width: 1,
    count: 1020,
    read: (c, id) => c.state.priority[byteAt(c, cpuOf(c), id)] ?? 0,
    write(c, value, id) {
      const at = byteAt(c, cpuOf(c), id)
      if (at >= 0) c.state.priority[at] = value
    },
  },
  GICD_ITARGETSR: {
    at: 0x800,
    width: 1,
    count: 1020,
    read: (c, id) => (c.options.cpus === 1 ? 0 : id < 32 ? 1 << cpuOf(c) : (c.state.targets[id] ?? 0)),
    write(c, value, id) {
      const { cpus, interrupts } = c.options
      if (cpus > 1 && id >= 32 && id < interrupts) c.state.targets[id] = value & ((1 << cpus) - 1)
    },
  },
  GICD_ICFGR: { at: 0xc00, count: 64, read: configuration, write: setConfiguration },
  GICD_SGIR: { at: 0xf00, write: generate },
  GICD_CPENDSGIR: sgiSources(0xf10, (sources, value) => sources & ~value),
  GICD_SPENDSGIR: sgiSources(0xf20, (sources, value) => sources | value),
  ICPIDR4: { at: 0xfd0, count: 4, read: (_, n) => [0x04, 0, 0, 0][n]! },
  ICPIDR0: { at: 0xfe0, count: 4, read: (_, n) => [0x90, 0xb4, 0x2b, 0x00][n]! },
  ICCIDR: { at: 0xff0, count: 4, read: (_, n) => [0x0d, 0xf0, 0x05, 0xb1][n]! },
}

/**
 * GICv2. The first region is the distributor, `regions.cpuInterface` the CPU interface; accesses carry the number of
 * their CPU. An input has the number of its interrupt: 16 to 31 are the PPIs of the CPU given, 32 and up the SPIs.
 */
export const gicv2 = device({
  name: "gicv2",
  wires: gicWires,
  size: 0x1000,
  options: gicOptions,
  state: gicState,
  keep: ["levels"],
  registers: distributor,
  regions: { cpuInterface: { size: 0x2000, registers: cpuInterfaceRegisters } },
  inputs: {
    count: ({ interrupts }) => interrupts,
    set: setLevel,
    label: (id) => (id < 16 ? `SGI ${id}` : id < 32 ? `PPI ${id - 16}` : `SPI ${id - 32}`),
    specifier,
  },
  drive: driveLines,
  tree: () => ({ compatible: "arm,cortex-a15-gic", "interrupt-controller": true, "#interrupt-cells": 3 }),
})

function setLevel(c: GicContext, id: number, level: boolean, cpu: number): void {
  const { state } = c
  const index = wordAt(c, cpu, id >>> 5)
  if (index < 0 || id < 16) return
  const bit = 1 << (id & 31)
  const isRising = level && (state.levels[index]! & bit) === 0
  state.levels[index] = level ? state.levels[index]! | bit : state.levels[index]! & ~bit
  if (isRising && state.isEdge[index]! & bit) state.latched[index] = state.latched[index]! | bit
}

/** The binding arm,gic: the type of the interrupt, its number among that type, and flags; those of a PPI name its CPUs. */
function specifier(id: number, trigger: Trigger, { cpus }: typeof gicOptions): number[] {
  const flag = { rising: 1, falling: 2, high: 4, low: 8 }[trigger]
  return id < 32 ? [1, id - 16, (((1 << cpus) - 1) << 8) | flag] : [0, id - 32, flag]
}

/** Two bits per interrupt, of which the upper is 1 for an edge-triggered one. */
function configuration(c: GicContext, half: number): number {
  const index = wordAt(c, cpuOf(c), half >>> 1)
  if (index < 0) return 0
  let value = 0
  for (let n = 0; n < 16; n++) value |= ((c.state.isEdge[index]! >>> (16 * (half & 1) + n)) & 1) << (2 * n + 1)
  return value
}

function setConfiguration(c: GicContext, value: number, half: number): void {
  const index = wordAt(c, cpuOf(c), half >>> 1)
  // SGIs are always edge-triggered.
  if (index < 0 || half === 0) return
  for (let n = 0; n < 16; n++) {
    const bit = 1 << (16 * (half & 1) + n)
    c.state.isEdge[index] = (value >>> (2 * n + 1)) & 1 ? c.state.isEdge[index]! | bit : c.state.isEdge[index]! & ~bit
  }
}

/** GICD_SGIR: sends an SGI to a list of CPUs, to all others or to the sender (section 4.3.15). */
function generate(c: GicContext, value: number): void {
  const sender = cpuOf(c)
  const filter = (value >>> 24) & 3
  const everyone = (1 << c.options.cpus) - 1
  const to = [(value >>> 16) & everyone, everyone & ~(1 << sender), 1 << sender, 0][filter]!
  for (let cpu = 0; cpu < c.options.cpus; cpu++) {
    if (to & (1 << cpu)) setSources(c, cpu, value & 15, c.state.sources[16 * cpu + (value & 15)]! | (1 << sender))
  }
}

function sgiSources(at: number, combine: (sources: number, value: number) => number): Register<GicContext> {
  const get = (c: GicContext, sgi: number) => c.state.sources[16 * cpuOf(c) + sgi]!
  return {
    at,
    width: 1,
    count: 16,
    read: get,
    write: (c, value, sgi) => setSources(c, cpuOf(c), sgi, combine(get(c, sgi), value & ((1 << c.options.cpus) - 1))),
  }
}
