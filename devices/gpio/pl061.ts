// PL061 general-purpose I/O, eight pins. Reference: ARM DDI 0190B, chapters 2 and 3.
import { type Context, device, primeCell, type WiresOf, wire } from "../kit/index.ts"

/** `irq` is GPIOINTR; `pins` are what the part drives on pins that are outputs, as many as the board connects. */
const wires = { irq: wire.line, pins: wire.optionalLines }

const state = () => ({
  /** Levels that the outside drives on the pins. */
  levels: 0,
  /** Levels at the pins at the last check for edges. */
  seen: 0,
  data: 0,
  direction: 0,
  sense: 0,
  bothEdges: 0,
  event: 0,
  mask: 0,
  edges: 0,
  alternate: 0,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object>

/** PL061 GPIO: inputs 0 to 7 are the pins seen from outside. */
export const pl061 = device({
  name: "pl061",
  wires,
  size: 0x1000,
  options: {},
  state,
  // A reset does not move the pins, so it must not look like an edge either.
  keep: ["levels", "seen"],
  registers: {
    // Bits 9:2 of the address are a mask of the pins that the access concerns (section 3.3.1).
    GPIODATA: { at: 0x000, count: 256, read: (c: C, select) => pins(c) & select, write: setData },
    GPIODIR: { at: 0x400, read: (c: C) => c.state.direction, write: (c: C, v) => change(c, { direction: v & 0xff }) },
    GPIOIS: { at: 0x404, read: (c: C) => c.state.sense, write: (c: C, v) => change(c, { sense: v & 0xff }) },
    GPIOIBE: { at: 0x408, read: (c: C) => c.state.bothEdges, write: (c: C, v) => change(c, { bothEdges: v & 0xff }) },
    GPIOIEV: { at: 0x40c, read: (c: C) => c.state.event, write: (c: C, v) => change(c, { event: v & 0xff }) },
    GPIOIE: { at: 0x410, read: (c: C) => c.state.mask, write: (c: C, v) => change(c, { mask: v & 0xff }) },
    GPIORIS: { at: 0x414, read: raw },
    GPIOMIS: { at: 0x418, read: (c: C) => raw(c) & c.state.mask },
    GPIOIC: { at: 0x41c, otherLanes: "zero", write: (c: C, v) => (c.state.edges &= ~v) },
    GPIOAFSEL: { at: 0x420, read: (c: C) => c.state.alternate, write: (c: C, v) => change(c, { alternate: v & 0xff }) },
    ...primeCell(0x61, 0x10, 0x04, 0x00),
  },
  inputs: {
    count: 8,
    set(c: C, n, level) {
      c.state.levels = level ? c.state.levels | (1 << n) : c.state.levels & ~(1 << n)
      detect(c)
    },
  },
  drive(c: C) {
    c.wires.irq.set((raw(c) & c.state.mask) !== 0)
    for (const [n, pin] of (c.wires.pins ?? []).entries()) {
      pin.set((c.state.data & c.state.direction & (1 << n)) !== 0)
    }
  },
  tree: () => ({
    compatible: ["arm,pl061", "arm,primecell"],
    "gpio-controller": true,
    "#gpio-cells": 2,
    "clock-names": "apb_pclk",
  }),
})

/** What is at the pins: outputs as driven by the part, inputs as driven from outside. */
function pins({ state }: C): number {
  return (state.data & state.direction) | (state.levels & ~state.direction & 0xff)
}

/** Raw interrupts: caught edges, and pins at the level that a level-sensitive interrupt wants. */
function raw(c: C): number {
  return (c.state.edges & ~c.state.sense) | (~(pins(c) ^ c.state.event) & c.state.sense & 0xff)
}

function change(c: C, values: Partial<C["state"]>): void {
  Object.assign(c.state, values)
  detect(c)
}

function setData(c: C, value: number, select: number): void {
  // Inputs keep no value (section 3.3.1).
  const writable = select & c.state.direction
  change(c, { data: (c.state.data & ~writable) | (value & writable) })
}

function detect(c: C): void {
  const { state } = c
  const now = pins(c)
  const wanted = state.bothEdges | ~(now ^ state.event)
  state.edges |= (now ^ state.seen) & wanted & ~state.sense & ~state.direction & 0xff
  state.seen = now
}
