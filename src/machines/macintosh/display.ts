// What firmware does with QEMU's `VGA` before it shows anything: it sets a mode by the registers behind BAR 2.

import type { PciBus, PciPlace } from "../../../devices/kit/index.ts"
import type { DisplayDescription } from "../../../firmware/open-firmware/index.ts"
import { describeFunction } from "./pci-setup.ts"

/** A mode: pixels, and bits of each. */
export type DisplayMode = { readonly width: number; readonly height: number; readonly depth: 8 | 15 | 16 | 24 | 32 }

/** Where the base address register of its registers stands, and what those hold. */
const BAR2 = 0x18
const ATTRIBUTE = 0x400
const DISPI = { base: 0x500, width: 1, height: 2, depth: 3, enable: 4 }
const PIXEL_ORDER = { at: 0x604, big: 0xbebe_bebe }
/** The display is on, its frame buffer linear. */
const ENABLED = 0x41
const SHOW = 0x20

/** Sets a mode of a display whose addresses are assigned, with big-endian pixels, and shows its frame buffer. */
export function setDisplayMode(bus: PciBus, { pci }: PciPlace, { width, height, depth }: DisplayMode): void {
  const registers = (pci.configuration.read(BAR2, 4) & ~15) >>> 0
  const set = (index: number, value: number) => bus.write("memory", registers + DISPI.base + 2 * index, 2, value)
  set(DISPI.enable, 0)
  set(DISPI.width, width)
  set(DISPI.height, height)
  set(DISPI.depth, depth)
  set(DISPI.enable, ENABLED)
  bus.write("memory", registers + PIXEL_ORDER.at, 4, PIXEL_ORDER.big)
  // The port takes an index and a value in turn; a read of the status begins with the index.
  bus.read("memory", registers + ATTRIBUTE + 0x1a, 1)
  bus.write("memory", registers + ATTRIBUTE, 1, SHOW)
}

/** The mode in which the firmware leaves the screen. */
export const MAC_DISPLAY_MODE = { width: 800, height: 600, depth: 32 } as const

/** The display as the device tree describes it. */
export function describeDisplay(place: PciPlace): DisplayDescription {
  const { width, depth } = MAC_DISPLAY_MODE
  return { ...describeFunction(place, undefined), ...MAC_DISPLAY_MODE, lineBytes: (width * depth) / 8 }
}
