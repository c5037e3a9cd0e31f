// The Power Macintosh G4 with AGP graphics: MPC7400, UniNorth, KeyLargo, CUDA or PMU, as QEMU's `mac99` has it.
// `emu describe mac99` prints its map and its interrupts.

import { openpic } from "../../devices/interrupt/openpic.ts"
import { LocalBus, PciBus } from "../../devices/kit/index.ts"
import { featureControl } from "../../devices/macio/feature-control.ts"
import { keylargoGpio } from "../../devices/macio/keylargo-gpio.ts"
import { keylargoTimer } from "../../devices/macio/keylargo-timer.ts"
import { rom as romPart } from "../../devices/memory/rom.ts"
import { macioNvram } from "../../devices/nvram/macio-nvram.ts"
import { macIo } from "../../devices/pci/mac-io.ts"
import { uninorthPci } from "../../devices/pci/uninorth.ts"
import { uninorthControl } from "../../devices/pci/uninorth-control.ts"
import { romContents } from "../../firmware/loader/index.ts"
import { formatNvram } from "../../firmware/nvram.ts"
import { PowerPcCpu, powerPc } from "../architectures/powerpc/index.ts"
import { Machine } from "../machine.ts"
import { type Board, type BoardKind, type BoardOptions, MiB } from "./board.ts"
import { completeMac, FIRMWARE_AT } from "./macintosh/complete.ts"
import { addMacIoCells, MAC_ACCESS_NS } from "./macintosh/mac-io.ts"
import { firmwareRom } from "./macintosh/open-firmware.ts"

/** The ROM, with the NVRAM in a gap of it. */
const ROM = { base: 0xfff0_0000, bytes: MiB }
const NVRAM = { base: 0xfff0_4000, bytes: 0x2000, stride: 2 }
const NVRAM_END = NVRAM.base + NVRAM.bytes * NVRAM.stride
/** Slots of the PCI functions. */
const SLOT = { host: 11, macIo: 12, display: 14, internal: 14 }
/** Sources of the OpenPIC. */
const INTERRUPTS = { serialA: 0x25, serialB: 0x24, via: 0x19, ide: [0x0d, 0x0e], ideDma: [2, 3] } as const
/** The source that the PMU interrupts by, through a GPIO of KeyLargo. */
const PMU_INTERRUPT = 0x2f
const PMU_GPIO = 1
/** The sources that PCI slots share, by the slot's number modulo 4. */
const PCI_INTERRUPTS = [0x1b, 0x1c, 0x1d, 0x1e] as const

function create(via: "cuda" | "pmu", options: BoardOptions): Board {
  const name = via === "pmu" ? "mac99,via=pmu" : "mac99"
  const machine = new Machine({ name, clockRate: options.clockRate, log: options.log, accessNs: MAC_ACCESS_NS })
  const cpu = new PowerPcCpu(machine, {
    ...options,
    model: options.cpu ?? "7400",
    memory: [
      { name: "ram", base: 0, size: options.memoryBytes, writable: true },
      { name: "rom0", base: ROM.base, size: NVRAM.base - ROM.base, writable: false },
      { name: "rom1", base: NVRAM_END, size: ROM.base + ROM.bytes - NVRAM_END, writable: false },
    ],
  })
  const { console } = options
  const cells = new LocalBus("mac-io")
  const pic = machine.add("pic", openpic, { on: cells, at: 0x40000, wires: { int: [cpu.pin("external")] } })
  machine.add("feature-control", featureControl, { on: cells, at: 0x34, wires: {}, options: { count: 6 } })
  machine.add("timer", keylargoTimer, { on: cells, at: 0x15000, wires: {} })
  const gpio = machine.add("gpio", keylargoGpio, {
    on: cells,
    at: 0x50,
    wires: { irqs: { [PMU_GPIO]: pic.input(PMU_INTERRUPT) } },
  })
  addMacIoCells({
    machine,
    cells,
    interrupts: INTERRUPTS,
    input: (n) => pic.input(n),
    console,
    pmuInterrupt: via === "pmu" ? gpio.input(PMU_GPIO) : undefined,
    options,
  })
  const pci = new PciBus("pci", (slot) => pic.input(PCI_INTERRUPTS[slot & 3]!))
  addHosts(machine, pci)
  machine.addPci("macio", macIo, { bus: pci, slot: SLOT.macIo, wires: { cells }, options: { kind: "keylargo" } })
  const nvram = machine.add("nvram", macioNvram, {
    at: NVRAM.base,
    byteOrder: "little",
    wires: {},
    options: { bytes: NVRAM.bytes, stride: NVRAM.stride, contents: formatNvram(NVRAM.bytes) },
  })
  addRom(machine, cpu, options)
  return completeMac({
    machine,
    cpu,
    options,
    pci,
    slots: SLOT,
    interruptOf: (slot) => PCI_INTERRUPTS[slot & 3],
    nvram: { part: nvram, bytes: NVRAM.bytes, stride: NVRAM.stride },
    board: via === "pmu" ? "mac99-pmu" : "mac99",
    macIoPath: "/pci@f2000000/mac-io@c",
    configuration: { via, nvramAddress: NVRAM.base },
  })
}

/** UniNorth's host bridges: where each has its registers and its windows, and the slot of its own function. */
const HOSTS = [
  { kind: "pci", at: 0xf280_0000, data: 0xf2c0_0000, io: 0xf200_0000, memory: 0x8000_0000, slot: SLOT.host },
  // Real boards have AGP's I/O space at 0xf0000000, where firmware finds fw_cfg here.
  { kind: "agp", at: 0xf080_0000, data: 0xf0c0_0000, io: 0xf100_0000, memory: 0x9000_0000, slot: SLOT.host },
  { kind: "internal", at: 0xf480_0000, data: 0xf4c0_0000, io: 0xf400_0000, memory: 0xa000_0000, slot: SLOT.internal },
] as const
const HOST_MEMORY_BYTES = 0x1000_0000

/** UniNorth: its registers, the PCI bus that everything stands on, and two more buses with nothing on them. */
function addHosts(machine: Machine, pci: PciBus): void {
  machine.add("uninorth", uninorthControl, { at: 0xf800_0000, wires: {} })
  for (const { kind, at, data, io, memory, slot } of HOSTS) {
    const bus = kind === "pci" ? pci : new PciBus(kind)
    machine.add(`${kind}-host`, uninorthPci, {
      at,
      regions: { data, io, memory },
      wires: { bus },
      byteOrder: "little",
      options: { kind, memoryBase: memory, memoryBytes: HOST_MEMORY_BYTES },
      pci: { bus, slot },
    })
  }
}

function addRom(machine: Machine, cpu: PowerPcCpu, { bios }: BoardOptions): void {
  const contents = bios ? romContents(bios, ROM.base, ROM.bytes) : firmwareRom(ROM, FIRMWARE_AT)
  for (const [name, at, end] of [
    ["rom0", ROM.base, NVRAM.base],
    ["rom1", NVRAM_END, ROM.base + ROM.bytes],
  ] as const) {
    const bytes = end - at
    const options = { bytes, contents: contents.subarray(at - ROM.base, end - ROM.base) }
    cpu.backMemory(name, machine.add(name, romPart, { at, wires: {}, options }).instance)
  }
}

const kind = {
  architecture: powerPc,
  cpus: ["7400", "750"],
  defaultMemoryBytes: 256 * MiB,
  maximumMemoryBytes: 2047 * MiB,
  biosBytes: ROM.bytes,
  hasFirmware: true,
  biosTakesKernel: true,
  drivePlaces: 4,
} as const

/** QEMU's `mac99`. */
export const mac99: BoardKind = {
  ...kind,
  name: "mac99",
  description: "Power Macintosh G4 (MPC7400 with AltiVec, UniNorth PCI, KeyLargo, OpenPIC, CUDA, Z8530)",
  compatible: ["PowerMac3,1"],
  create: (options) => create("cuda", options),
}

/** QEMU's `mac99,via=pmu`. */
export const mac99Pmu: BoardKind = {
  ...kind,
  name: "mac99,via=pmu",
  description: "the same with a PMU in place of CUDA, and no ADB",
  compatible: [],
  create: (options) => create("pmu", options),
}
