// A timer that interrupts in equal intervals.

/** @import { Context, WiresOf } from "emu/devices" */
import { device, Rate, wire } from "emu/devices"

/** `irq` is high from the end of an interval until STATUS is cleared. */
const wires = { irq: wire.line }

const options = {
  /** Frequency in Hz of the ticks that PERIOD and COUNT are in. */
  clockHz: 1_000_000,
}

const state = (/** @type {typeof options} */ _, /** @type {number} */ nowNs) => ({
  period: 0,
  /** When the interval began. */
  startNs: nowNs,
  isOver: false,
})

/** @typedef {Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "end">} C */

const rate = (/** @type {C} */ c) => new Rate(c.options.clockHz)

export default device({
  name: "interval-timer",
  size: 0x1000,
  wires,
  options,
  state,
  registers: {
    /** Ticks of an interval; 0 stops the timer. A write begins an interval. */
    PERIOD: {
      at: 0x00,
      read: (/** @type {C} */ c) => c.state.period,
      write: (/** @type {C} */ c, value) => {
        c.state.period = value
        c.state.startNs = c.clock.nowNs()
      },
    },
    /** Ticks since the interval began. */
    COUNT: { at: 0x04, read: (/** @type {C} */ c) => rate(c).ticks(c.clock.nowNs() - c.state.startNs) % 2 ** 32 },
    /** 1 if an interval is over; any write clears it. */
    STATUS: {
      at: 0x08,
      otherLanes: "zero",
      read: (/** @type {C} */ c) => Number(c.state.isOver),
      write: (/** @type {C} */ c) => {
        c.state.isOver = false
      },
    },
  },
  alarms: {
    end(/** @type {C} */ c) {
      c.state.isOver = true
      c.state.startNs = c.clock.nowNs()
    },
  },
  drive(/** @type {C} */ c) {
    c.wires.irq.set(c.state.isOver)
  },
  arm(/** @type {C} */ c) {
    const { period, startNs, isOver } = c.state
    // While nobody looks at the interrupt, further ones would show nowhere.
    if (period === 0 || isOver) c.alarms.end.cancel()
    else c.alarms.end.set(startNs + rate(c).ns(period))
  },
  tree: () => ({ compatible: "example,interval-timer" }),
})
