// An interrupt controller: 32 inputs, a mask, and a register that names the pending input with the lowest number.

/** @import { Context, WiresOf } from "emu/devices" */
import { device, wire } from "emu/devices"

/** `irq` is high while an enabled input is. */
const wires = { irq: wire.line }

const state = () => ({ levels: 0, enabled: 0 })

/** @typedef {Context<WiresOf<typeof wires>, ReturnType<typeof state>, object>} C */

/** What CLAIM reads while nothing is pending. */
const NONE = 32

const pending = (/** @type {C} */ c) => (c.state.levels & c.state.enabled) >>> 0

export default device({
  name: "interrupt-latch",
  size: 0x1000,
  wires,
  options: {},
  state,
  // The levels are the wires', so a reset does not change them.
  keep: ["levels"],
  registers: {
    PENDING: { at: 0x00, read: pending },
    ENABLE: {
      at: 0x04,
      read: (/** @type {C} */ c) => c.state.enabled >>> 0,
      write: (/** @type {C} */ c, value) => {
        c.state.enabled = value
      },
    },
    CLAIM: {
      at: 0x08,
      read: (/** @type {C} */ c) => {
        const bits = pending(c)
        return bits === 0 ? NONE : 31 - Math.clz32(bits & -bits)
      },
    },
  },
  inputs: {
    count: 32,
    set(/** @type {C} */ c, n, level) {
      c.state.levels = level ? c.state.levels | (1 << n) : c.state.levels & ~(1 << n)
    },
  },
  drive(/** @type {C} */ c) {
    c.wires.irq.set(pending(c) !== 0)
  },
  tree: () => ({ compatible: "example,interrupt-latch", "interrupt-controller": true, "#interrupt-cells": 1 }),
})
