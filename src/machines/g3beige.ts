// The Power Macintosh G3 (beige): MPC750, Grackle, Heathrow, CUDA, as QEMU's `g3beige` has it.
// `emu describe g3beige` prints its map and its interrupts.

import { vga } from "../../devices/display/vga.ts"
import { heathrowPic } from "../../devices/interrupt/heathrow-pic.ts"
import { LocalBus, PciBus, Screen } from "../../devices/kit/index.ts"
import { featureControl } from "../../devices/macio/feature-control.ts"
import { rom as romPart } from "../../devices/memory/rom.ts"
import { fwCfg } from "../../devices/misc/fw-cfg.ts"
import { macioNvram } from "../../devices/nvram/macio-nvram.ts"
import { grackle } from "../../devices/pci/grackle.ts"
import { macIo } from "../../devices/pci/mac-io.ts"
import { romContents } from "../../firmware/loader/index.ts"
import { formatNvram } from "../../firmware/nvram.ts"
import { type MacDescription, macTree } from "../../firmware/open-firmware/index.ts"
import { PowerPcCpu, powerPc } from "../architectures/powerpc/index.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"
import { describeCpu } from "./macintosh/describe-cpu.ts"
import { describeDisplay, MAC_DISPLAY_MODE, setDisplayMode } from "./macintosh/display.ts"
import { describeDrives, drivesByPath } from "./macintosh/drive-paths.ts"
import { firmwareConfiguration } from "./macintosh/fw-cfg.ts"
import { addMacIoCells, MAC_ACCESS_NS } from "./macintosh/mac-io.ts"
import { firmwareRom, macFirmware } from "./macintosh/open-firmware.ts"
import { assignAddresses, describeFunction } from "./macintosh/pci-setup.ts"

const ROM = { base: 0xffc0_0000, bytes: 4 * MiB }
/** Where the ROM's call of the firmware stands. */
const FIRMWARE_AT = 0xfff0_8000
const NVRAM_BYTES = 0x2000
/** Where PCI addresses begin that the firmware gives out. */
const PCI_SPACES = { memory: 0x8000_0000, io: 0x1000 }
/** Slots of the PCI functions. */
const SLOT = { host: 0, display: 1, macIo: 16 }
/** Inputs of Heathrow's interrupt controller. */
const INTERRUPTS = { serialA: 15, serialB: 16, via: 18, ide: [13, 14], ideDma: [2, 3] } as const
/** Its inputs for the PCI slots that cards stand in; the others share the first one. */
const PCI_INTERRUPTS: Readonly<Record<number, number>> = { 1: 22, 2: 23, 3: 24, 4: 25 }

function create(options: BoardOptions): Board {
  const machine = new Machine({
    name: "g3beige",
    clockRate: options.clockRate,
    log: options.log,
    accessNs: MAC_ACCESS_NS,
  })
  const cpu = new PowerPcCpu(machine, {
    ...options,
    model: options.cpu ?? "750",
    memory: [
      { name: "ram", base: 0, size: options.memoryBytes, writable: true },
      { name: "rom", base: ROM.base, size: ROM.bytes, writable: false },
    ],
  })
  const { console } = options
  const cells = new LocalBus("mac-io")
  const pic = machine.add("pic", heathrowPic, { on: cells, at: 0x10, wires: { irq: cpu.pin("external") } })
  machine.add("feature-control", featureControl, { on: cells, at: 0x34, wires: {}, options: { count: 3 } })
  addMacIoCells({ machine, cells, interrupts: INTERRUPTS, input: (n) => pic.input(n), console, options })
  const nvram = machine.add("nvram", macioNvram, {
    on: cells,
    at: 0x60000,
    wires: {},
    options: { bytes: NVRAM_BYTES, contents: formatNvram(NVRAM_BYTES) },
  })
  const pci = new PciBus("pci", (slot) => pic.input(PCI_INTERRUPTS[slot] ?? 22))
  machine.add("grackle", grackle, {
    at: 0xfec0_0000,
    regions: { data: 0xfee0_0000, io: 0xfe00_0000, isaMemory: 0xfd00_0000, memory: 0x8000_0000 },
    wires: { bus: pci },
    byteOrder: "little",
    pci: { bus: pci, slot: SLOT.host },
  })
  machine.addPci("macio", macIo, { bus: pci, slot: SLOT.macIo, wires: { cells }, options: { kind: "heathrow" } })
  const screen = new Screen()
  machine.addPci("vga", vga, { bus: pci, slot: SLOT.display, wires: { screen }, options: { pixelOrder: "big" } })
  const { items, loads } = firmwareConfiguration("g3beige", options)
  machine.add("fw-cfg", fwCfg, { at: 0xf000_0510, wires: {}, options: { items } })
  const contents = options.bios ? romContents(options.bios, ROM.base, ROM.bytes) : firmwareRom(ROM, FIRMWARE_AT)
  const rom = machine.add("rom", romPart, { at: ROM.base, wires: {}, options: { bytes: ROM.bytes, contents } })
  cpu.backMemory("rom", rom.instance)
  const firmware = macFirmware({
    machine,
    cpu,
    console,
    ramBytes: options.memoryBytes,
    entry: FIRMWARE_AT,
    drives: drivesByPath("/pci@80000000/mac-io@10", options.drives),
    pci,
    nvram: { part: nvram, bytes: NVRAM_BYTES, stride: 16 },
    epochSeconds: options.epochSeconds,
    prepare() {
      assignAddresses(pci, PCI_SPACES)
      setDisplayMode(pci, pci.at(SLOT.display, 0)!, MAC_DISPLAY_MODE)
    },
    tree: () => macTree(describe(cpu, pci, options)),
  })
  return {
    machine,
    cpu,
    ramBase: 0,
    ramBytes: options.memoryBytes,
    handover: {},
    loads,
    screen,
    ...(options.bios ? {} : { firmware }),
    deviceTree: undefined,
  }
}

function describe(cpu: PowerPcCpu, pci: PciBus, { memoryBytes, drives }: BoardOptions): MacDescription {
  const at = (slot: number) => describeFunction(pci.at(slot, 0)!, PCI_INTERRUPTS[slot])
  return {
    board: "g3beige",
    memoryBytes,
    cpu: describeCpu(cpu),
    host: at(SLOT.host),
    macIo: at(SLOT.macIo),
    display: describeDisplay(pci.at(SLOT.display, 0)!),
    drives: describeDrives(drives),
    nvramBytes: NVRAM_BYTES,
  }
}

/** QEMU's `g3beige`. */
export const g3beige: BoardKind = {
  name: "g3beige",
  description: "Power Macintosh G3 (MPC750, Grackle PCI, Heathrow, CUDA, Z8530)",
  architecture: powerPc,
  cpus: ["750", "7400"],
  compatible: ["AAPL,PowerMac G3", "AAPL,Gossamer"],
  defaultMemoryBytes: 256 * MiB,
  maximumMemoryBytes: 2047 * MiB,
  biosBytes: ROM.bytes,
  hasFirmware: true,
  biosTakesKernel: true,
  drivePlaces: 4,
  create,
}
