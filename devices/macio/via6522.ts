// VIA 6522 versatile interface adapter, as the core of CUDA and PMU.
// Reference: Rockwell R6522 datasheet; the port lines, the shift register and its interrupt are the microcontroller's.
import { type Clock, Rate, type Register, type Registers } from "../kit/index.ts"

/** Bits of IFR and IER. */
export const VIA_INT = { SR: 1 << 2, CB1: 1 << 4, T2: 1 << 5, T1: 1 << 6 }
/** Bits of ACR. */
export const ACR = { SHIFT_OUT: 1 << 4, T2_PULSES: 1 << 5, T1_FREE_RUN: 1 << 6 }

/** The timers count at 4.7 MHz / 6. */
const DIVISOR = 6
const CLOCK_HZ = 4_700_000

/** A counter: it read `value` at `baseNs`, and counts down from there. `isArmed`: it has not interrupted yet. */
const timer = (nowNs: number) => ({ latch: 0xffff, value: 0xffff, baseNs: nowNs, isArmed: false })

/** The state of a VIA after a reset. */
export const via = (nowNs: number) => ({
  // A departure from the datasheet, as on QEMU: OpenBIOS counts on outputs that are set up and high.
  orb: 0xff,
  ddrb: 0xff,
  ora: 0,
  ddra: 0,
  sr: 0,
  acr: 0,
  pcr: 0,
  ifr: 0,
  ier: 0,
  t1: timer(nowNs),
  t2: timer(nowNs),
})

/** The state of a VIA. */
export type Via = ReturnType<typeof via>
type Timer = Via["t1"]

/** What a part's context must have for `viaRegisters`. */
type Holder = { readonly state: { readonly via: Via }; readonly clock: Clock }

const rate = new Rate(CLOCK_HZ)
const ticks = (ns: number) => Math.floor(rate.ticks(ns) / DIVISOR)

/** What a timer reads now. After its first zero, timer 1 counts from its latch again, timer 2 on from 0xffff. */
function counter(t: Timer, reloads: boolean, nowNs: number): number {
  const passed = ticks(nowNs - t.baseNs)
  if (!reloads || passed <= t.value + 1) return (t.value - passed) & 0xffff
  // Counting from N down and one step past zero takes N + 2 ticks.
  return (t.latch - ((passed - (t.value + 2)) % (t.latch + 2))) & 0xffff
}

/** When a timer next reaches the step past zero. */
function zeroNs(t: Timer, reloads: boolean, nowNs: number): number {
  const first = t.value + 1
  const passed = ticks(nowNs - t.baseNs)
  if (passed < first || !reloads) return t.baseNs + rate.ns(first * DIVISOR)
  const period = t.latch + 2
  return t.baseNs + rate.ns((first + period * (Math.floor((passed - first) / period) + 1)) * DIVISOR)
}

function load(t: Timer, value: number, nowNs: number): void {
  Object.assign(t, { latch: value, value, baseNs: nowNs, isArmed: true })
}

/** When a timer interrupts next; Infinity if it does not, or if its flag is set already. */
export function timerNs({ acr, ifr, t1, t2 }: Via, which: "t1" | "t2", nowNs: number): number {
  if (which === "t1") return t1.isArmed && !(ifr & VIA_INT.T1) ? zeroNs(t1, true, nowNs) : Number.POSITIVE_INFINITY
  if (!t2.isArmed || ifr & VIA_INT.T2 || acr & ACR.T2_PULSES) return Number.POSITIVE_INFINITY
  return zeroNs(t2, false, nowNs)
}

/** What happens when a timer passes zero: its flag rises, and only a free-running timer 1 does so again. */
export function timerExpired(v: Via, which: "t1" | "t2"): void {
  v.ifr |= which === "t1" ? VIA_INT.T1 : VIA_INT.T2
  v[which].isArmed = which === "t1" && (v.acr & ACR.T1_FREE_RUN) !== 0
}

/** Whether the VIA requests an interrupt. */
export const isRequesting = ({ ifr, ier }: Via) => (ifr & ier) !== 0

/**
 * The sixteen registers, 0x200 bytes apart. `driven` are the lines of port B that the microcontroller drives, `levels`
 * gives their levels, and `onPortB` is called after a write to port B.
 */
export function viaRegisters<C extends Holder>(port: {
  readonly driven: number
  levels(c: C): number
  onPortB(c: C): void
}): Registers<C> {
  const register = (
    n: number,
    read: (v: Via, c: C) => number,
    write: (v: Via, value: number, c: C) => void,
  ): Register<C> => ({
    at: 0x200 * n,
    width: 1,
    otherLanes: "zero",
    read: (c) => read(c.state.via, c) & 0xff,
    write: (c, value) => write(c.state.via, value, c),
  })
  const clearing = (v: Via, flag: number, value: number) => {
    v.ifr &= ~flag
    return value
  }
  const now = (c: C) => c.clock.nowNs()
  const low = (word: number, byte: number) => (word & 0xff00) | byte
  const high = (word: number, byte: number) => (word & 0xff) | (byte << 8)
  const portA = {
    // Inputs of port A have nothing connected and float high.
    read: (v: Via) => (v.ora & v.ddra) | ~v.ddra,
    write: (v: Via, value: number) => void (v.ora = value),
  }
  return {
    ORB: register(
      0,
      (v, c) => (port.levels(c) & port.driven) | (v.orb & v.ddrb & ~port.driven) | (~v.ddrb & ~port.driven),
      (v, value, c) => {
        v.orb = value
        port.onPortB(c)
      },
    ),
    ORA: register(1, portA.read, portA.write),
    DDRB: register(
      2,
      (v) => v.ddrb,
      (v, value) => (v.ddrb = value),
    ),
    DDRA: register(
      3,
      (v) => v.ddra,
      (v, value) => (v.ddra = value),
    ),
    "T1C-L": register(
      4,
      (v, c) => clearing(v, VIA_INT.T1, counter(v.t1, true, now(c))),
      (v, value) => (v.t1.latch = low(v.t1.latch, value)),
    ),
    "T1C-H": register(
      5,
      (v, c) => counter(v.t1, true, now(c)) >> 8,
      (v, value, c) => load(v.t1, clearing(v, VIA_INT.T1, high(v.t1.latch, value)), now(c)),
    ),
    "T1L-L": register(
      6,
      (v) => v.t1.latch,
      (v, value) => (v.t1.latch = low(v.t1.latch, value)),
    ),
    "T1L-H": register(
      7,
      (v) => v.t1.latch >> 8,
      (v, value) => (v.t1.latch = clearing(v, VIA_INT.T1, high(v.t1.latch, value))),
    ),
    "T2C-L": register(
      8,
      (v, c) => clearing(v, VIA_INT.T2, counter(v.t2, false, now(c))),
      (v, value) => (v.t2.latch = low(v.t2.latch, value)),
    ),
    "T2C-H": register(
      9,
      (v, c) => counter(v.t2, false, now(c)) >> 8,
      (v, value, c) => load(v.t2, clearing(v, VIA_INT.T2, high(v.t2.latch, value)), now(c)),
    ),
    SR: register(
      10,
      (v) => clearing(v, VIA_INT.SR, v.sr),
      (v, value) => (v.sr = clearing(v, VIA_INT.SR, value)),
    ),
    ACR: register(
      11,
      (v) => v.acr,
      (v, value) => (v.acr = value),
    ),
    PCR: register(
      12,
      (v) => v.pcr,
      (v, value) => (v.pcr = value),
    ),
    IFR: register(
      13,
      (v) => v.ifr | (isRequesting(v) ? 0x80 : 0),
      (v, value) => (v.ifr &= ~value & 0x7f),
    ),
    IER: register(
      14,
      (v) => v.ier | 0x80,
      (v, value) => (v.ier = (value & 0x80 ? v.ier | value : v.ier & ~value) & 0x7f),
    ),
    "ORA-NH": register(15, portA.read, portA.write),
  }
}
