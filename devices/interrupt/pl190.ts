// PL190 vectored interrupt controller. Reference: ARM DDI 0181E, chapters 2 to 4.
import { type Context, device, primeCell, type WiresOf, wire } from "../kit/index.ts"

/** `irq` and `fiq` lead to the CPU (nVICIRQ and nVICFIQ, here active high). */
const wires = { irq: wire.line, fiq: wire.line }

/** Vectored interrupts have priorities 0, the highest, to 15; the others share this one. */
const DEFAULT = 16
const VECTOR_ENABLE = 1 << 5

const state = () => ({
  levels: 0,
  soft: 0,
  enabled: 0,
  fast: 0,
  protection: 0,
  testControl: 0,
  defaultVector: 0,
  vectors: new Array<number>(16).fill(0),
  vectorControls: new Array<number>(16).fill(0),
  /** Priorities being serviced, each higher than the one before it, so at most 17. */
  servicing: [] as number[],
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, object>

const raw = ({ state }: C) => state.levels | state.soft
const irqs = (c: C) => raw(c) & c.state.enabled & ~c.state.fast
const fiqs = (c: C) => raw(c) & c.state.enabled & c.state.fast

/** PL190 VIC: inputs 0 to 31, level-sensitive. */
export const pl190 = device({
  name: "pl190",
  wires,
  size: 0x1000,
  options: {},
  state,
  keep: ["levels"],
  registers: {
    VICIRQSTATUS: { at: 0x000, read: irqs },
    VICFIQSTATUS: { at: 0x004, read: fiqs },
    VICRAWINTR: { at: 0x008, read: raw },
    VICINTSELECT: { at: 0x00c, read: (c: C) => c.state.fast, write: (c: C, v) => (c.state.fast = v) },
    VICINTENABLE: {
      at: 0x010,
      otherLanes: "zero",
      read: (c: C) => c.state.enabled,
      write: (c: C, v) => (c.state.enabled |= v),
    },
    VICINTENCLEAR: { at: 0x014, write: (c: C, v) => (c.state.enabled &= ~v) },
    VICSOFTINT: {
      at: 0x018,
      otherLanes: "zero",
      read: (c: C) => c.state.soft,
      write: (c: C, v) => (c.state.soft |= v),
    },
    VICSOFTINTCLEAR: { at: 0x01c, write: (c: C, v) => (c.state.soft &= ~v) },
    // Bus accesses here do not say whether they are privileged: the bit is kept and has no effect.
    VICPROTECTION: { at: 0x020, read: (c: C) => c.state.protection, write: (c: C, v) => (c.state.protection = v & 1) },
    VICVECTADDR: { at: 0x030, otherLanes: "zero", read: acknowledge, write: (c: C) => void c.state.servicing.pop() },
    VICDEFVECTADDR: {
      at: 0x034,
      read: (c: C) => c.state.defaultVector,
      write: (c: C, v) => (c.state.defaultVector = v),
    },
    VICVECTADDR_: {
      at: 0x100,
      count: 16,
      read: (c: C, n) => c.state.vectors[n]!,
      write: (c: C, v, n) => (c.state.vectors[n] = v),
    },
    VICVECTCNTL_: {
      at: 0x200,
      count: 16,
      read: (c: C, n) => c.state.vectorControls[n]!,
      write: (c: C, v, n) => (c.state.vectorControls[n] = v & 0x3f),
    },
    // ITEN routes the pins of the chip through test registers, for production tests: the bit is kept and has no effect.
    VICITCR: { at: 0x300, read: (c: C) => c.state.testControl, write: (c: C, v) => (c.state.testControl = v & 1) },
    ...primeCell(0x90, 0x11, 0x04, 0x00),
  },
  inputs: {
    count: 32,
    set(c: C, n, level) {
      c.state.levels = level ? c.state.levels | (1 << n) : c.state.levels & ~(1 << n)
    },
  },
  drive(c: C) {
    c.wires.irq.set(highest(c) < current(c))
    c.wires.fiq.set(fiqs(c) !== 0)
  },
  tree: () => ({ compatible: "arm,pl190-vic", "interrupt-controller": true, "#interrupt-cells": 1 }),
})

/** The priority being serviced; 17 when there is none. */
const current = (c: C) => c.state.servicing.at(-1) ?? DEFAULT + 1

/** The highest priority that waits; 17 when nothing does. */
function highest(c: C): number {
  const waiting = irqs(c)
  if (waiting === 0) return DEFAULT + 1
  const slot = c.state.vectorControls.findIndex((v) => v & VECTOR_ENABLE && waiting & (1 << (v & 0x1f)))
  return slot < 0 ? DEFAULT : slot
}

/** Reading VICVECTADDR enters the interrupt: until it is written, only higher priorities interrupt (section 2.2.4). */
function acknowledge(c: C): number {
  const priority = highest(c)
  if (priority < current(c)) c.state.servicing.push(priority)
  return c.state.vectors[current(c)] ?? c.state.defaultVector
}
