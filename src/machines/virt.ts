// The `virt` board: QEMU's generic virtual ARM platform, with the same memory map and interrupts.
// `emu describe virt` prints both.

import { cfiFlash } from "../../devices/flash/cfi-flash.ts"
import { pl061 } from "../../devices/gpio/pl061.ts"
import { gicv2 } from "../../devices/interrupt/gicv2.ts"
import { pl031 } from "../../devices/rtc/pl031.ts"
import { pl011 } from "../../devices/serial/pl011.ts"
import { virtioMmio } from "../../devices/virtio/virtio-mmio.ts"
import { type DeviceTreeNode, node } from "../../firmware/device-tree/index.ts"
import { MACHINE_TYPE_DEVICE_TREE } from "../../firmware/loader/index.ts"
import { psciProperties } from "../../firmware/psci.ts"
import { ArmCpu, type ArmHandover, arm } from "../architectures/arm/index.ts"
import { Machine } from "../machine.ts"
import type { Part } from "../part.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"
import { memoryNodes, partNodes } from "./device-tree.ts"

const RAM_BASE = 0x4000_0000
const FLASH_BYTES = 64 * MiB
const VIRTIO_COUNT = 32
/** First shared interrupt of the GIC. */
const SPI = 32
/** Private interrupts of the architected timer (ARM's recommended numbers). */
const PPI = { securePhysical: 29, physical: 30, virtual: 27, hypervisor: 26 }

function create(options: BoardOptions): Board {
  const machine = new Machine({ name: "virt", clockRate: options.clockRate, log: options.log })
  const cpu = new ArmCpu(machine, {
    ...options,
    model: options.cpu ?? "cortex-a15",
    write: (text) => options.console.sendText(text),
    memory: [
      { name: "ram", base: RAM_BASE, size: options.memoryBytes, writable: true },
      { name: "flash0", base: 0, size: FLASH_BYTES, writable: false },
      { name: "flash1", base: FLASH_BYTES, size: FLASH_BYTES, writable: false },
    ],
  })
  const apb = node("apb-pclk", {
    compatible: "fixed-clock",
    "#clock-cells": 0,
    "clock-frequency": 24_000_000,
    "clock-output-names": "clk24mhz",
  })
  const gic = machine.add("gic", gicv2, {
    at: 0x0800_0000,
    regions: { cpuInterface: 0x0801_0000 },
    wires: { irq: [cpu.pin("irq")], fiq: [cpu.pin("fiq")] },
    options: { interrupts: 288 },
    node: { name: "intc", windowBytes: 0x1_0000 },
  })
  cpu.connectTimer({ physical: gic.input(PPI.physical), virtual: gic.input(PPI.virtual) })
  const uart = machine.add("uart", pl011, {
    at: 0x0900_0000,
    wires: { irq: gic.input(SPI + 1), console: options.console },
    clocks: [apb, apb],
  })
  machine.add("rtc", pl031, {
    at: 0x0901_0000,
    wires: { irq: gic.input(SPI + 2) },
    options: { epochSeconds: options.epochSeconds },
    clocks: [apb],
  })
  machine.add("gpio", pl061, { at: 0x0903_0000, wires: { irq: gic.input(SPI + 7) }, clocks: [apb] })
  for (let n = 0; n < VIRTIO_COUNT; n++) {
    machine.add(`virtio${n}`, virtioMmio, {
      at: 0x0a00_0000 + n * 0x200,
      wires: { irq: gic.input(SPI + 16 + n, { trigger: "rising" }) },
      node: { name: "virtio_mmio" },
    })
  }
  const flash0 = machine.add("flash0", cfiFlash, {
    at: 0,
    wires: { readArray: cpu.memoryMode("flash0") },
    options: { bytes: FLASH_BYTES, ...(options.bios ? { contents: options.bios } : {}) },
    node: { name: "flash", properties: { "bank-width": 4 } },
  })
  const flash1 = machine.add("flash1", cfiFlash, {
    at: FLASH_BYTES,
    wires: { readArray: cpu.memoryMode("flash1") },
    options: { bytes: FLASH_BYTES },
    node: { joins: flash0 },
  })
  cpu.backMemory("flash0", flash0.instance)
  cpu.backMemory("flash1", flash1.instance)
  return {
    machine,
    cpu,
    ramBase: RAM_BASE,
    ramBytes: options.memoryBytes,
    handover: { machineType: MACHINE_TYPE_DEVICE_TREE } satisfies ArmHandover,
    get deviceTree() {
      return treeOf(machine, cpu.model, { gic, uart })
    },
  }
}

function treeOf(machine: Machine, model: string, { gic, uart }: { gic: Part; uart: Part }): DeviceTreeNode {
  const parts = partNodes(machine, { interruptParent: gic })
  const psci = node("psci", psciProperties("hvc"))
  const processor = node("cpu@0", { device_type: "cpu", compatible: `arm,${model}`, reg: 0 })
  const timer = node("timer", {
    compatible: "arm,armv7-timer",
    "always-on": true,
    interrupts: Object.values(PPI).flatMap((n) => gic.input(n).specifier),
  })
  return node(
    "",
    {
      compatible: "linux,dummy-virt",
      model: "linux,dummy-virt",
      "#address-cells": 2,
      "#size-cells": 2,
      "interrupt-parent": parts.of(gic),
    },
    [
      psci,
      ...memoryNodes(machine),
      node("cpus", { "#address-cells": 1, "#size-cells": 0 }, [processor]),
      timer,
      ...parts.all,
      // The seeds are part of the machine's fixed state, so that two runs are alike.
      node("chosen", { "stdout-path": `/${parts.of(uart).name}`, "rng-seed": seed(8), "kaslr-seed": seed(2) }),
    ],
  )
}

// Words of a fixed sequence (the fractional parts of multiples of the golden ratio).
function seed(words: number): number[] {
  return Array.from({ length: words }, (_, i) => Math.imul(i + 1, 0x9e37_79b1) >>> 0)
}

/** QEMU's `virt`. */
export const virt: BoardKind = {
  name: "virt",
  description: "generic virtual ARMv7-A platform (GICv2, architected timer, PL011, PSCI), memory map as QEMU's virt",
  architecture: arm,
  cpus: ["cortex-a15"],
  compatible: ["linux,dummy-virt"],
  defaultMemoryBytes: 256 * MiB,
  maximumMemoryBytes: 3072 * MiB,
  biosBytes: FLASH_BYTES,
  create,
}
