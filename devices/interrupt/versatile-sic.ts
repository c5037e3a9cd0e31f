// Secondary interrupt controller of the Versatile/PB926EJ-S. Reference: ARM DUI 0225D, section 4.11.
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/**
 * `irq` is the OR of all enabled interrupts, input 31 of the primary controller; `direct` are lines by input number for
 * the inputs that may be passed straight on to the primary controller (21 to 30 on this board).
 */
const wires = { irq: wire.line, direct: wire.optionalLinesByNumber }

const DIRECT = 0x7fe0_0000

const state = () => ({ levels: 0, enabled: 0, soft: 0, passed: 0 })

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object>

/** Input 0 is the software interrupt, so no wire leads there. */
const raw = ({ state }: C) => (state.levels & ~1) | state.soft
const status = (c: C) => raw(c) & c.state.enabled

/** Versatile SIC: inputs 1 to 31, masked and merged; interrupts stay as long as their line does. */
export const versatileSic = device({
  name: "versatile-sic",
  wires,
  size: 0x1000,
  options: {},
  state,
  keep: ["levels"],
  registers: {
    SIC_STATUS: { at: 0x00, read: status },
    SIC_RAWSTAT: { at: 0x04, read: raw },
    SIC_ENABLE: {
      at: 0x08,
      otherLanes: "zero",
      read: (c: C) => c.state.enabled,
      write: (c: C, v) => (c.state.enabled |= v),
    },
    SIC_ENCLR: { at: 0x0c, write: (c: C, v) => (c.state.enabled &= ~v) },
    SIC_SOFTINTSET: {
      at: 0x10,
      otherLanes: "zero",
      read: (c: C) => c.state.soft,
      write: (c: C, v) => (c.state.soft |= v & 1),
    },
    SIC_SOFTINTCLR: { at: 0x14, write: (c: C, v) => (c.state.soft &= ~v) },
    SIC_PICENABLE: {
      at: 0x20,
      otherLanes: "zero",
      read: (c: C) => c.state.passed,
      write: (c: C, v) => (c.state.passed |= v & DIRECT),
    },
    SIC_PICENCLR: { at: 0x24, write: (c: C, v) => (c.state.passed &= ~v) },
  },
  inputs: {
    count: 32,
    set(c: C, n, level) {
      c.state.levels = level ? c.state.levels | (1 << n) : c.state.levels & ~(1 << n)
    },
  },
  drive(c: C) {
    c.wires.irq.set(status(c) !== 0)
    for (const [n, line] of Object.entries(c.wires.direct ?? {})) {
      line.set((c.state.levels & c.state.passed & (1 << Number(n))) !== 0)
    }
  },
  tree: () => ({
    compatible: "arm,versatile-sic",
    "interrupt-controller": true,
    "#interrupt-cells": 1,
    "clear-mask": 0xffff_ffff,
    "valid-mask": 0xffff_ffff,
  }),
})
