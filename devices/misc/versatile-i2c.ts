// Two-wire serial bus of the Versatile/PB926EJ-S. Reference: ARM DUI 0225D, section 4.19 (serial bus interface).
import { type Context, device } from "../kit/index.ts"

/** SB_CONTROL: the clock line and the data line. */
const SCL = 1 << 0
const SDA = 1 << 1

// Both lines are high unless something pulls them down.
const state = () => ({ lines: SCL | SDA })

type C = Context<object, ReturnType<typeof state>, object>

/** The interface by which software drives the two lines itself; no device answers on the bus. */
export const versatileI2c = device({
  name: "versatile-i2c",
  wires: {},
  size: 0x1000,
  options: {},
  state,
  registers: {
    /** Reads give the levels of the lines. Writing a one releases a line. */
    SB_CONTROL: {
      at: 0x00,
      otherLanes: "zero",
      read: (c: C) => c.state.lines,
      write: (c: C, v) => (c.state.lines |= v & (SCL | SDA)),
    },
    /** Writing a one pulls a line down. */
    SB_CONTROLC: { at: 0x04, write: (c: C, v) => (c.state.lines &= ~v) },
  },
  tree: () => ({ compatible: "arm,versatile-i2c" }),
})
