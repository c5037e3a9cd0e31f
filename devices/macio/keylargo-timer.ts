// Free-running timer of a KeyLargo: 64 bits that count at 18.432 MHz. Reference: QEMU's macio-newworld.
import { type Context, device, Rate } from "../kit/index.ts"

const options = { clockHz: 18_432_000 }

type C = Context<object, object, typeof options>

/** Timer at 0x15000 of the chip, of which only the counter is modelled. Its words are little-endian. */
export const keylargoTimer = device({
  name: "keylargo-timer",
  wires: {},
  size: 0x1000,
  options,
  state: () => ({}),
  registers: {
    CounterLow: { at: 0x38, read: (c: C) => ticks(c) % 2 ** 32 },
    CounterHigh: { at: 0x3c, read: (c: C) => Math.floor(ticks(c) / 2 ** 32) },
  },
  tree: () => ({ device_type: "timer", compatible: "keylargo-timer" }),
})

const ticks = (c: C) => new Rate(c.options.clockHz).ticks(c.clock.nowNs())
