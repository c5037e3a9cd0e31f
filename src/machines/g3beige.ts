// The Power Macintosh G3 (beige): MPC750, Grackle, Heathrow, CUDA, as QEMU's `g3beige` has it.
// `emu describe g3beige` prints its map and its interrupts.

import { heathrowPic } from "../../devices/interrupt/heathrow-pic.ts"
import { LocalBus, PciBus } from "../../devices/kit/index.ts"
import { featureControl } from "../../devices/macio/feature-control.ts"
import { rom as romPart } from "../../devices/memory/rom.ts"
import { macioNvram } from "../../devices/nvram/macio-nvram.ts"
import { grackle } from "../../devices/pci/grackle.ts"
import { macIo } from "../../devices/pci/mac-io.ts"
import { romContents } from "../../firmware/loader/index.ts"
import { formatNvram } from "../../firmware/nvram.ts"
import { PowerPcCpu, powerPc } from "../architectures/powerpc/index.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"
import { completeMac, FIRMWARE_AT } from "./macintosh/complete.ts"
import { addMacIoCells, MAC_ACCESS_NS } from "./macintosh/mac-io.ts"
import { firmwareRom } from "./macintosh/open-firmware.ts"

const ROM = { base: 0xffc0_0000, bytes: 4 * MiB }
const NVRAM_BYTES = 0x2000
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
  const contents = options.bios ? romContents(options.bios, ROM.base, ROM.bytes) : firmwareRom(ROM, FIRMWARE_AT)
  const rom = machine.add("rom", romPart, { at: ROM.base, wires: {}, options: { bytes: ROM.bytes, contents } })
  cpu.backMemory("rom", rom.instance)
  return completeMac({
    machine,
    cpu,
    options,
    pci,
    slots: SLOT,
    interruptOf: (slot) => PCI_INTERRUPTS[slot],
    nvram: { part: nvram, bytes: NVRAM_BYTES, stride: 16 },
    board: "g3beige",
    macIoPath: "/pci@80000000/mac-io@10",
  })
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
