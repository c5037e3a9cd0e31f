// The graphics part that QEMU calls `VGA`: a linear frame buffer with Bochs' display interface. It has no manual: registers
// are those of Bochs' VBE extensions and of QEMU's `VGA` (docs/specs/standard-vga).
import { type ByteOrder, type Context, device, type WiresOf, wire } from "../kit/index.ts"
import { DISPI, freshDispi, readDispi, writeDispi } from "./dispi.ts"
import { pictureOf } from "./vga-picture.ts"
import { freshVga, vgaPorts } from "./vga-ports.ts"

/** `screen` shows the picture. */
const wires = { screen: wire.optionalDisplay }

const MiB = 1024 * 1024

const options = {
  /** Size of the frame buffer: a power of two from 64 KiB on. */
  memoryBytes: 16 * MiB,
  /** Which byte of a pixel has the lowest address after a reset. */
  pixelOrder: "little" as ByteOrder,
  /** Contents of the expansion ROM; none if empty. */
  rom: new Uint8Array(0) as Uint8Array,
}

type Options = typeof options

const state = ({ memoryBytes, pixelOrder }: Options) => ({
  memory: new Uint8Array(memoryBytes),
  dispi: freshDispi(),
  /** The register that the data port reaches. */
  dispiIndex: 0,
  pixelOrder,
  vga: freshVga(),
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, Options>

/** What the register of the pixels' byte order reads. */
const ORDERS: { readonly [order in ByteOrder]: number } = { little: 0x1e1e_1e1e, big: 0xbebe_bebe }
const EXTENSION_BYTES = 8

const getDispi = ({ state }: C, index: number) => readDispi(state.dispi, index, state.memory.length)
function setDispi({ state }: C, value: number, index: number): void {
  const cleared = writeDispi(state.dispi, index, value, state.memory.length)
  if (cleared > 0) state.memory.fill(0, 0, cleared)
}

/**
 * QEMU's `VGA`. Its first region is the frame buffer; `registers` are those behind BAR 2, `ports` and `dispi` the ISA ports
 * 0x3c0 and 0x1ce. It shows the modes of Bochs' display interface; VGA's own modes show nothing.
 */
export const vga = device({
  name: "vga",
  wires,
  size: ({ memoryBytes }) => memoryBytes,
  options,
  state,
  keep: ["memory"],
  array: {
    read: ({ state }: C, offset, size) => readBytes(state.memory, offset, size),
    write({ state }: C, offset, size, value) {
      for (let n = 0; n < size; n++) state.memory[offset + n] = value >>> (8 * n)
    },
  },
  regions: {
    registers: {
      size: 0x1000,
      registers: {
        // No EDID: a driver finds no header and takes the modes that it knows.
        Edid: { at: 0x000, count: 0x60, read: () => 0 },
        ...vgaPorts(0x400),
        Dispi: {
          at: 0x500,
          width: 2,
          count: DISPI.MEMORY_64K + 1,
          read: getDispi,
          write: setDispi,
        },
        ExtensionSize: { at: 0x600, read: () => EXTENSION_BYTES, write() {} },
        PixelOrder: {
          at: 0x604,
          read: ({ state }: C) => ORDERS[state.pixelOrder],
          write({ state }: C, v) {
            if (v === ORDERS.little) state.pixelOrder = "little"
            if (v === ORDERS.big) state.pixelOrder = "big"
          },
        },
      },
    },
    ports: { size: 0x20, registers: vgaPorts(0) },
    dispi: {
      size: 4,
      registers: {
        Index: {
          at: 0,
          width: 2,
          read: ({ state }: C) => state.dispiIndex,
          write: ({ state }: C, v) => (state.dispiIndex = v),
        },
        Data: {
          at: 2,
          width: 2,
          read: (c: C) => getDispi(c, c.state.dispiIndex),
          write: (c: C, v) => setDispi(c, v, c.state.dispiIndex),
        },
      },
    },
    rom: {
      size: ({ rom }) => Math.max(rom.length, 4),
      array: { read: ({ options }: C, offset, size) => readBytes(options.rom, offset, size), write() {} },
    },
  },
  pci: ({ rom }) => ({
    vendor: 0x1234,
    device: 0x1111,
    classCode: 0x03_0000,
    revision: 2,
    subsystem: { vendor: 0x1af4, device: 0x1100 },
    bars: {
      0: { space: "memory", isPrefetchable: true },
      2: { space: "memory", region: "registers" },
    },
    ...(rom.length > 0 ? { rom: "rom" as const } : {}),
    // As on QEMU's boards, the ports answer although no base address register is in I/O space.
    fixed: [
      { space: "io", at: 0x3c0, region: "ports" },
      { space: "io", at: 0x1ce, region: "dispi" },
    ],
  }),
  start(c: C) {
    c.wires.screen?.connect(() => pictureOf(c.state.memory, c.state.dispi, c.state.vga, c.state.pixelOrder))
  },
  tree: () => ({ device_type: "display", model: "QEMU VGA", compatible: "VGA" }),
})

function readBytes(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0
  for (let n = 0; n < size; n++) value |= (bytes[offset + n] ?? 0) << (8 * n)
  return value >>> 0
}
