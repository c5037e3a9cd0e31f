// Interrupt controller of Heathrow, Apple's I/O controller of 1997. Apple has published no manual: registers and their
// behaviour are those that Linux (pmac PIC code) and OpenBIOS rely on and QEMU's g3beige has.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/** `irq` leads to the CPU's external interrupt. */
const wires = { irq: wire.line }

/** Banks by their place in the address map: the first has inputs 32 to 63. */
const BANKS = 2
/** Inputs 20 to 28 of the second bank, the PCI slots and VIA among them, request by level; all others by an edge. */
const LEVEL_SENSITIVE = [0, 0x1ff0_0000]

const state = () => ({ events: [0, 0], masks: [0, 0], levels: [0, 0] })

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object>

/** What requests an interrupt in a bank: edges that were seen, and inputs by level. */
const requests = ({ state }: C, n: number) => state.events[n]! | (state.levels[n]! & LEVEL_SENSITIVE[n]!)

/** Heathrow's interrupt controller: inputs 0 to 63. It stands at 0x10 in the I/O controller. */
export const heathrowPic = device({
  name: "heathrow-pic",
  wires,
  size: 0x20,
  options: {},
  state,
  keep: ["levels"],
  registers: {
    EVENT: { at: 0x0, count: BANKS, stride: 0x10, read: (c: C, n) => c.state.events[n]! },
    MASK: {
      at: 0x4,
      count: BANKS,
      stride: 0x10,
      read: (c: C, n) => c.state.masks[n]!,
      write: (c: C, v, n) => (c.state.masks[n] = v),
    },
    ACKNOWLEDGE: {
      at: 0x8,
      count: BANKS,
      stride: 0x10,
      otherLanes: "zero",
      read: () => 0,
      write: (c: C, v, n) => (c.state.events[n]! &= ~v),
    },
    LEVEL: { at: 0xc, count: BANKS, stride: 0x10, read: (c: C, n) => c.state.levels[n]! },
  },
  inputs: {
    count: 64,
    set(c: C, n, level) {
      const bank = n < 32 ? 1 : 0
      const bit = 1 << (n & 31)
      const { events, levels } = c.state
      const isRising = level && (levels[bank]! & bit) === 0
      if (isRising) events[bank]! |= bit & ~LEVEL_SENSITIVE[bank]!
      levels[bank] = level ? levels[bank]! | bit : levels[bank]! & ~bit
    },
    property: "AAPL,interrupts",
  },
  drive(c: C) {
    const isRequested = [0, 1].some((n) => (requests(c, n) & c.state.masks[n]!) !== 0)
    c.wires.irq.set(isRequested)
  },
})
