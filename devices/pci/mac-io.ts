// Apple's I/O controllers as PCI functions: one base address register, and behind it a bus of cells, each a part of its own.
// Reference: Apple's Macintosh Technology in the Common Hardware Reference Platform, chapter 4 (Mac I/O address map).
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/** `cells` is the bus inside: interrupt controller, serial ports and the rest stand on it. */
const wires = { cells: wire.localBus }

const options = {
  /** Which one: Heathrow or KeyLargo. */
  kind: "heathrow" as "heathrow" | "keylargo",
}

type C = Context<WiresOf<typeof wires>, object, typeof options>

const DEVICE = { heathrow: 0x10, keylargo: 0x22 } as const

/** Mac I/O. An offset where no cell stands reads as zero and is logged. */
export const macIo = device({
  name: "mac-io",
  wires,
  size: 0x8_0000,
  options,
  state: () => ({}),
  array: {
    read(c: C, offset, size) {
      const value = c.wires.cells.read(offset, size, c.requester)
      if (value === undefined) c.log(`no cell at 0x${offset.toString(16)} (read of ${size} bytes)`)
      return value ?? 0
    },
    write(c: C, offset, size, value) {
      if (!c.wires.cells.write(offset, size, value, c.requester))
        c.log(`no cell at 0x${offset.toString(16)} (write of ${size} bytes)`)
    },
  },
  pci: ({ kind }) => ({
    vendor: 0x106b,
    device: DEVICE[kind],
    classCode: 0xff_0000,
    subsystem: { vendor: 0x1af4, device: 0x1100 },
    bars: { 0: { space: "memory" } },
  }),
  tree: ({ kind }) =>
    kind === "heathrow"
      ? { device_type: "mac-io", model: "AAPL,343S1201", compatible: "heathrow" }
      : { device_type: "mac-io", model: "AAPL,Keylargo", compatible: "Keylargo" },
})
