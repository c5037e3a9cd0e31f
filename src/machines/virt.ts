// The `virt` board: QEMU's generic virtual ARM platform, with the same memory map and interrupts.
//
//   0000_0000  flash0  cfi-flash        0800_0000  gic    gicv2 (distributor; CPU interface at 0801_0000)
//   0400_0000  flash1  cfi-flash        0900_0000  uart   pl011   irq -> gic SPI 1
//   0901_0000  rtc     pl031   SPI 2    0903_0000  gpio   pl061   SPI 7
//   0a00_0000  virtio  32 virtio-mmio transports, SPI 16-47        4000_0000  RAM

import { cfiFlash } from "../../devices/flash/cfi-flash.ts"
import { pl061 } from "../../devices/gpio/pl061.ts"
import { gicv2 } from "../../devices/interrupt/gicv2.ts"
import type { Instance } from "../../devices/kit/index.ts"
import { pl031 } from "../../devices/rtc/pl031.ts"
import { pl011 } from "../../devices/serial/pl011.ts"
import { virtioMmio } from "../../devices/virtio/virtio-mmio.ts"
import { type DeviceTreeNode, node, type PropertyValue } from "../../firmware/device-tree/index.ts"
import { PSCI_FUNCTION } from "../../firmware/psci.ts"
import { ArmCpu } from "../arm-cpu.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"

const RAM_BASE = 0x4000_0000
const FLASH_BYTES = 64 * MiB
const VIRTIO_COUNT = 32
/** First shared interrupt of the GIC. */
const SPI = 32
/** Private interrupts of the architected timer (ARM's recommended numbers). */
const TIMER_PPI = { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 }
/** Interrupt cells of the device tree (devicetree binding arm,gic): type, number, flags. */
const spi = (n: number, flags = 4) => [0, n, flags]
const ppi = (n: number) => [1, n - 16, 0x104]

function create(options: BoardOptions): Board {
  const machine = new Machine({ name: "virt", clockRate: options.clockRate, log: options.log })
  const cpu = new ArmCpu(machine, {
    model: options.cpu ?? "cortex-a15",
    memory: [
      { name: "ram", base: RAM_BASE, size: options.memoryBytes, writable: true },
      { name: "flash0", base: 0, size: FLASH_BYTES, writable: false },
      { name: "flash1", base: FLASH_BYTES, size: FLASH_BYTES, writable: false },
    ],
    semihosting: options.semihosting,
    profile: options.profile,
    engine: options.engine,
    jit: options.jit,
    generated: options.generated,
  })
  const nodes: DeviceTreeNode[] = []
  const apb = node("apb-pclk", {
    compatible: "fixed-clock",
    "#clock-cells": 0,
    "clock-frequency": 24_000_000,
    "clock-output-names": "clk24mhz",
  })
  const describe = (
    name: string,
    at: number,
    part: Pick<Instance, "size" | "tree">,
    more: Record<string, PropertyValue>,
  ) => {
    nodes.push(node(`${name}@${at.toString(16)}`, { ...part.tree(), reg: [0, at, 0, part.size], ...more }))
  }

  const gic = machine.add("gic", gicv2, {
    at: 0x0800_0000,
    wires: { irq: [cpu.pin("irq")], fiq: [cpu.pin("fiq")] },
    options: { interrupts: 288 },
    wiring: "irq, fiq -> cpu",
  })
  machine.map("gic-cpu", 0x0801_0000, gic.regions.cpuInterface)
  cpu.connectTimer({ physical: gic.input(TIMER_PPI.physical), virtual: gic.input(TIMER_PPI.virtual) })

  const uart = machine.add("uart", pl011, {
    at: 0x0900_0000,
    wires: { irq: gic.input(SPI + 1), console: options.console },
    wiring: "irq -> gic SPI 1",
  })
  describe("pl011", 0x0900_0000, uart, { interrupts: spi(1), clocks: [apb, apb] })
  const rtc = machine.add("rtc", pl031, {
    at: 0x0901_0000,
    wires: { irq: gic.input(SPI + 2) },
    options: { epochSeconds: options.epochSeconds },
    wiring: "irq -> gic SPI 2",
  })
  describe("pl031", 0x0901_0000, rtc, { interrupts: spi(2), clocks: [apb] })
  const gpio = machine.add("gpio", pl061, {
    at: 0x0903_0000,
    wires: { irq: gic.input(SPI + 7) },
    wiring: "irq -> gic SPI 7",
  })
  describe("pl061", 0x0903_0000, gpio, {
    interrupts: spi(7),
    clocks: [apb],
    "gpio-controller": true,
    "#gpio-cells": 2,
  })
  for (let n = 0; n < VIRTIO_COUNT; n++) {
    const at = 0x0a00_0000 + n * 0x200
    const transport = machine.add(`virtio${n}`, virtioMmio, { at, wires: {}, wiring: `irq -> gic SPI ${16 + n}` })
    describe("virtio_mmio", at, transport, { interrupts: spi(16 + n, 1), "dma-coherent": true })
  }
  for (const bank of [0, 1]) {
    const at = bank * FLASH_BYTES
    const flash = machine.add(`flash${bank}`, cfiFlash, {
      at,
      wires: { readArray: cpu.memoryMode(`flash${bank}`) },
      options: { bytes: FLASH_BYTES, ...(bank === 0 && options.bios ? { contents: options.bios } : {}) },
    })
    cpu.backMemory(`flash${bank}`, flash)
  }
  nodes.push(
    node("flash@0", {
      compatible: "cfi-flash",
      reg: [0, 0, 0, FLASH_BYTES, 0, FLASH_BYTES, 0, FLASH_BYTES],
      "bank-width": 4,
    }),
  )

  const controller = node("intc@8000000", {
    compatible: "arm,cortex-a15-gic",
    "interrupt-controller": true,
    "#interrupt-cells": 3,
    reg: [0, 0x0800_0000, 0, 0x1_0000, 0, 0x0801_0000, 0, 0x1_0000],
  })
  const timer = node("timer", {
    compatible: "arm,armv7-timer",
    "always-on": true,
    interrupts: [TIMER_PPI.securePhysical, TIMER_PPI.physical, TIMER_PPI.virtual, TIMER_PPI.hypervisor].flatMap(ppi),
  })
  const psci = node("psci", {
    compatible: ["arm,psci-1.0", "arm,psci-0.2", "arm,psci"],
    method: "hvc",
    cpu_suspend: PSCI_FUNCTION.CPU_SUSPEND,
    cpu_off: PSCI_FUNCTION.CPU_OFF,
    cpu_on: PSCI_FUNCTION.CPU_ON,
    migrate: PSCI_FUNCTION.MIGRATE,
  })
  const processor = node("cpu@0", { device_type: "cpu", compatible: `arm,${cpu.model}`, reg: 0 })
  const deviceTree = node(
    "",
    {
      compatible: "linux,dummy-virt",
      model: "linux,dummy-virt",
      "#address-cells": 2,
      "#size-cells": 2,
      "interrupt-parent": controller,
    },
    [
      psci,
      node(`memory@${RAM_BASE.toString(16)}`, { device_type: "memory", reg: [0, RAM_BASE, 0, options.memoryBytes] }),
      node("cpus", { "#address-cells": 1, "#size-cells": 0 }, [processor]),
      timer,
      controller,
      apb,
      ...nodes,
      // The seeds are part of the machine's fixed state, so that two runs are alike.
      node("chosen", { "stdout-path": "/pl011@9000000", "rng-seed": seed(8), "kaslr-seed": seed(2) }),
    ],
  )
  return {
    machine,
    cpu,
    ramBase: RAM_BASE,
    ramBytes: options.memoryBytes,
    machineType: 0xffff_ffff,
    deviceTree,
  }
}

// Words of a fixed sequence (the fractional parts of multiples of the golden ratio).
function seed(words: number): number[] {
  return Array.from({ length: words }, (_, i) => Math.imul(i + 1, 0x9e37_79b1) >>> 0)
}

/** QEMU's `virt`. */
export const virt: BoardKind = {
  name: "virt",
  description: "generic virtual ARMv7-A platform (GICv2, architected timer, PL011, PSCI), memory map as QEMU's virt",
  cpus: ["cortex-a15"],
  defaultMemoryBytes: 256 * MiB,
  maximumMemoryBytes: 3072 * MiB,
  biosBytes: FLASH_BYTES,
  create,
}
