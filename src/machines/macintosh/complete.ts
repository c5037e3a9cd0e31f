// What both Macintosh boards end with: the display, the firmware's configuration and the firmware itself.

import { vga } from "../../../devices/display/vga.ts"
import { type PciBus, Screen } from "../../../devices/kit/index.ts"
import { fwCfg } from "../../../devices/misc/fw-cfg.ts"
import type { MacFwCfg } from "../../../firmware/fw-cfg.ts"
import { type MacDescription, macTree } from "../../../firmware/open-firmware/index.ts"
import type { PowerPcCpu } from "../../architectures/powerpc/index.ts"
import type { Machine } from "../../machine.ts"
import type { Board, BoardOptions } from "../board.ts"
import { describeCpu } from "./describe-cpu.ts"
import { describeDisplay, MAC_DISPLAY_MODE, setDisplayMode } from "./display.ts"
import { describeDrives, drivesByPath } from "./drive-paths.ts"
import { firmwareConfiguration } from "./fw-cfg.ts"
import { type MacFirmwareOptions, macFirmware } from "./open-firmware.ts"
import { assignAddresses, describeFunction } from "./pci-setup.ts"

/** Where the ROM's call of the firmware stands. */
export const FIRMWARE_AT = 0xfff0_8000
/** Where PCI addresses begin that the firmware gives out. */
const PCI_SPACES = { memory: 0x8000_0000, io: 0x1000 }
const FW_CFG_AT = 0xf000_0510

/** A board without its display and its firmware. */
export type MacParts = {
  readonly machine: Machine
  readonly cpu: PowerPcCpu
  readonly options: BoardOptions
  readonly pci: PciBus
  readonly slots: { readonly host: number; readonly display: number; readonly macIo: number }
  /** The interrupt input of a slot. */
  readonly interruptOf: (slot: number) => number | undefined
  readonly nvram: MacFirmwareOptions["nvram"]
  readonly board: MacDescription["board"]
  /** Path of the I/O chip in the device tree. */
  readonly macIoPath: string
  /** What a firmware image is told beside what all are told. */
  readonly configuration?: Pick<MacFwCfg, "via" | "nvramAddress">
}

/** Adds the display and the firmware, and gives the finished board. */
export function completeMac(parts: MacParts): Board {
  const { machine, cpu, options, pci, slots, nvram, board, configuration } = parts
  const { memoryBytes, bios, console, drives, epochSeconds } = options
  const screen = new Screen()
  machine.addPci("vga", vga, { bus: pci, slot: slots.display, wires: { screen }, options: { pixelOrder: "big" } })
  const kind = board === "g3beige" ? "g3beige" : "mac99"
  const { items, loads } = firmwareConfiguration(kind, options, configuration)
  machine.add("fw-cfg", fwCfg, { at: FW_CFG_AT, wires: {}, options: { items } })
  const firmware = macFirmware({
    machine,
    cpu,
    console,
    ramBytes: memoryBytes,
    entry: FIRMWARE_AT,
    drives: drivesByPath(parts.macIoPath, drives),
    pci,
    nvram,
    epochSeconds,
    prepare() {
      assignAddresses(pci, PCI_SPACES)
      setDisplayMode(pci, pci.at(slots.display, 0)!, MAC_DISPLAY_MODE)
    },
    tree: () => macTree(describe(parts)),
  })
  return {
    machine,
    cpu,
    ramBase: 0,
    ramBytes: memoryBytes,
    handover: {},
    loads,
    screen,
    ...(bios ? {} : { firmware }),
    deviceTree: undefined,
  }
}

function describe({ cpu, options, pci, slots, interruptOf, nvram, board }: MacParts): MacDescription {
  const at = (slot: number) => describeFunction(pci.at(slot, 0)!, interruptOf(slot))
  return {
    board,
    memoryBytes: options.memoryBytes,
    cpu: describeCpu(cpu),
    host: at(slots.host),
    macIo: at(slots.macIo),
    display: describeDisplay(pci.at(slots.display, 0)!),
    drives: describeDrives(options.drives),
    nvramBytes: nvram.bytes,
  }
}
