// A console of two registers.

/** @import { Context, WiresOf } from "emu/devices" */
import { device, wire } from "emu/devices"

/** `irq` is high while a byte waits; `console` is the far end of the line. */
const wires = { irq: wire.line, console: wire.port }

/** @typedef {Context<WiresOf<typeof wires>, object, object>} C */

export default device({
  name: "byte-console",
  size: 0x1000,
  wires,
  options: {},
  state: () => ({}),
  registers: {
    /** A write sends a byte; a read takes the next one, 0 if none waits. */
    DATA: {
      at: 0x00,
      otherLanes: "zero",
      read: (/** @type {C} */ c) => c.wires.console.receive() ?? 0,
      write: (/** @type {C} */ c, value) => c.wires.console.send(value & 0xff),
    },
    /** 1 if a byte waits. */
    STATUS: { at: 0x04, read: (/** @type {C} */ c) => Number(c.wires.console.isWaiting()) },
  },
  start(/** @type {C} */ c) {
    c.wires.console.onReady(() => c.settle())
  },
  drive(/** @type {C} */ c) {
    c.wires.irq.set(c.wires.console.isWaiting())
  },
  tree: () => ({ compatible: "example,byte-console" }),
})
