// The Versatile/PB926EJ-S board (ARM DUI 0225D), with the parts that QEMU's `versatilepb` has a kernel drive.
// `emu describe versatilepb` prints its map and its interrupts.
//
// Blocks that the board has and that are not modelled read as zero: a kernel finds no device behind them.

import { cfiFlash } from "../../devices/flash/cfi-flash.ts"
import { pl061 } from "../../devices/gpio/pl061.ts"
import { pl190 } from "../../devices/interrupt/pl190.ts"
import { versatileSic } from "../../devices/interrupt/versatile-sic.ts"
import { CharLink } from "../../devices/kit/index.ts"
import { raz } from "../../devices/misc/raz.ts"
import { versatileI2c } from "../../devices/misc/versatile-i2c.ts"
import { versatileSysreg } from "../../devices/misc/versatile-sysreg.ts"
import { pl031 } from "../../devices/rtc/pl031.ts"
import { pl011 } from "../../devices/serial/pl011.ts"
import { sp804 } from "../../devices/timer/sp804.ts"
import { sp805 } from "../../devices/watchdog/sp805.ts"
import { ArmCpu, type ArmHandover, arm } from "../architectures/arm/index.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"

const FLASH = { base: 0x3400_0000, bytes: 64 * MiB }
/** Number of the board in the registry of ARM machines. */
const MACHINE_TYPE = 0x183

/** Blocks of the board without a model: name, address, bytes. */
const UNMODELLED: readonly (readonly [name: string, at: number, bytes: number])[] = [
  ["pci", 0x1000_1000, 0x1000],
  ["aaci", 0x1000_4000, 0x1000],
  ["mmc0", 0x1000_5000, 0x1000],
  ["kmi0", 0x1000_6000, 0x1000],
  ["kmi1", 0x1000_7000, 0x1000],
  ["lcd", 0x1000_8000, 0x1000],
  ["sci1", 0x1000_a000, 0x1000],
  ["mmc1", 0x1000_b000, 0x1000],
  ["ethernet", 0x1001_0000, 0x1_0000],
  ["usb", 0x1002_0000, 0x1_0000],
  ["smc", 0x1010_0000, 0x1_0000],
  ["mpmc", 0x1011_0000, 0x1_0000],
  ["clcd", 0x1012_0000, 0x1_0000],
  ["dma", 0x1013_0000, 0x1_0000],
  ["sctl", 0x101e_0000, 0x1000],
  ["sci0", 0x101f_0000, 0x1000],
  ["ssp", 0x101f_4000, 0x1000],
  ["pci-self-config", 0x4100_0000, 0x100_0000],
  ["pci-config", 0x4200_0000, 0x100_0000],
]

function create(options: BoardOptions): Board {
  const machine = new Machine({ name: "versatilepb", clockRate: options.clockRate, log: options.log })
  const cpu = new ArmCpu(machine, {
    ...options,
    model: options.cpu ?? "arm926",
    write: (text) => options.console.sendText(text),
    memory: [
      { name: "ram", base: 0, size: options.memoryBytes, writable: true },
      { name: "flash", base: FLASH.base, size: FLASH.bytes, writable: false },
    ],
  })
  const vic = machine.add("vic", pl190, {
    at: 0x1014_0000,
    wires: { irq: cpu.pin("irq"), fiq: cpu.pin("fiq") },
  })
  const sic = machine.add("sic", versatileSic, {
    at: 0x1000_3000,
    wires: { irq: vic.input(31), direct: Object.fromEntries(range(21, 30).map((n) => [n, vic.input(n)])) },
  })
  machine.add("sysreg", versatileSysreg, { at: 0x1000_0000, wires: { reset: machine.resetPin() } })
  machine.add("i2c", versatileI2c, { at: 0x1000_2000, wires: {} })
  machine.add("wdt", sp805, {
    at: 0x101e_1000,
    wires: { irq: vic.input(0), reset: machine.resetPin() },
  })
  for (const [n, at] of [0x101e_2000, 0x101e_3000].entries()) {
    machine.add(`timer${n}`, sp804, {
      at,
      wires: { irq: vic.input(4 + n) },
    })
  }
  for (let n = 0; n < 4; n++) {
    const at = 0x101e_4000 + n * 0x1000
    machine.add(`gpio${n}`, pl061, { at, wires: { irq: vic.input(6 + n) } })
  }
  machine.add("rtc", pl031, {
    at: 0x101e_8000,
    wires: { irq: vic.input(10) },
    options: { epochSeconds: options.epochSeconds },
  })
  for (let n = 0; n < 3; n++) {
    const console = n === 0 ? options.console : new CharLink()
    const at = 0x101f_1000 + n * 0x1000
    machine.add(`uart${n}`, pl011, { at, wires: { irq: vic.input(12 + n), console } })
  }
  machine.add("uart3", pl011, {
    at: 0x1000_9000,
    wires: { irq: sic.input(6), console: new CharLink() },
  })
  const flash = machine.add("flash", cfiFlash, {
    at: FLASH.base,
    wires: { readArray: cpu.memoryMode("flash") },
    options: { bytes: FLASH.bytes },
  })
  cpu.backMemory("flash", flash.instance)
  for (const [name, at, bytes] of UNMODELLED) machine.add(name, raz, { at, wires: {}, options: { bytes } })
  return {
    machine,
    cpu,
    ramBase: 0,
    ramBytes: options.memoryBytes,
    handover: { machineType: MACHINE_TYPE } satisfies ArmHandover,
    deviceTree: undefined,
  }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** QEMU's `versatilepb`. */
export const versatilepb: BoardKind = {
  name: "versatilepb",
  description: "ARM Versatile/PB926EJ-S (ARM926EJ-S, PL190 VIC, SP804 timers, PL011); a kernel needs its device tree",
  architecture: arm,
  cpus: ["arm926"],
  compatible: ["arm,versatile"],
  defaultMemoryBytes: 128 * MiB,
  maximumMemoryBytes: 256 * MiB,
  biosBytes: undefined,
  create,
}
