// SP804 dual timer. Reference: ARM DDI 0271D, chapters 2 and 3.
import { type Context, device, primeCell, Rate, type Registers, type WiresOf, wire } from "../kit/index.ts"

const wires = { irq: wire.line }

const options = {
  /** Frequency of TIMCLK in Hz. */
  clockHz: 1_000_000,
}

/** One counter: it read `value` at `baseNs`, and counts down from there while it is enabled. */
const counter = (nowNs: number) => ({ load: 0, value: 0xffff_ffff, baseNs: nowNs, control: CTRL.INT_ENABLE, raw: 0 })

const state = (_: typeof options, nowNs: number) => ({ timers: [counter(nowNs), counter(nowNs)] })

type Counter = ReturnType<typeof counter>
type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "timer1" | "timer2">

/** Bits of TimerXControl (section 3.3.3). */
const CTRL = { ONE_SHOT: 1, SIZE_32: 1 << 1, INT_ENABLE: 1 << 5, PERIODIC: 1 << 6, ENABLE: 1 << 7 }

const timer = (n: 0 | 1): Registers<C> => {
  const of = (c: C) => c.state.timers[n]!
  const prefix = `Timer${n + 1}`
  const at = 0x20 * n
  return {
    [`${prefix}Load`]: { at: at + 0x00, read: (c) => of(c).load, write: (c, v) => load(c, of(c), v) },
    [`${prefix}Value`]: { at: at + 0x04, read: (c) => position(c, of(c)) },
    [`${prefix}Control`]: { at: at + 0x08, read: (c) => of(c).control, write: (c, v) => control(c, of(c), v) },
    [`${prefix}IntClr`]: { at: at + 0x0c, write: (c) => acknowledge(c, of(c)) },
    [`${prefix}RIS`]: { at: at + 0x10, read: (c) => of(c).raw },
    [`${prefix}MIS`]: { at: at + 0x14, read: (c) => Number(isRaised(of(c))) },
    [`${prefix}BGLoad`]: { at: at + 0x18, read: (c) => of(c).load, write: (c, v) => setReload(c, of(c), v) },
  }
}

/** SP804 dual timer; `irq` is TIMINTC, the OR of both timers. */
export const sp804 = device({
  name: "sp804",
  wires,
  size: 0x1000,
  options,
  state,
  registers: { ...timer(0), ...timer(1), ...primeCell(0x04, 0x18, 0x14, 0x00) },
  alarms: { timer1: (c: C) => expire(c, 0), timer2: (c: C) => expire(c, 1) },
  drive(c: C) {
    c.wires.irq.set(c.state.timers.some(isRaised))
  },
  arm(c: C) {
    const alarms = [c.alarms.timer1, c.alarms.timer2]
    for (const [n, counter] of c.state.timers.entries()) alarms[n]!.set(zeroNs(c, counter))
  },
  tree: () => ({ compatible: ["arm,sp804", "arm,primecell"], "clock-names": ["timer0", "timer1", "apb_pclk"] }),
})

const isRaised = (t: Counter) => (t.raw & (t.control >> 5) & 1) !== 0
const width = (t: Counter) => (t.control & CTRL.SIZE_32 ? 2 ** 32 : 2 ** 16)

/** The clock after the prescaler: TIMCLK through 1, 16 or 256 stages. */
function rate(c: C, t: Counter): { rate: Rate; divisor: number } {
  return { rate: new Rate(c.options.clockHz), divisor: [1, 16, 256, 256][(t.control >> 2) & 3]! }
}

/** How the counter goes on after zero: it stops, takes its load value every `period` ticks, or wraps. */
function periodOf(t: Counter): number | undefined {
  if (t.control & CTRL.ONE_SHOT) return undefined
  if (!(t.control & CTRL.PERIODIC)) return width(t)
  // The interval is the load value itself (section 3.3.1): zero and the reloaded value share a tick.
  return Math.max(1, t.load % width(t))
}

/** What the counter reads now. */
function position(c: C, t: Counter): number {
  const start = t.value % width(t)
  if (!(t.control & CTRL.ENABLE)) return start
  const { rate: clock, divisor } = rate(c, t)
  const ticks = Math.floor(clock.ticks(c.clock.nowNs() - t.baseNs) / divisor)
  if (ticks === 0 || ticks < start) return start - ticks
  const period = periodOf(t)
  if (period === undefined) return 0
  const phase = (ticks - start) % period
  if (t.control & CTRL.PERIODIC) return t.load % width(t) === 0 ? 0 : period - phase
  return phase === 0 ? 0 : period - phase
}

/** When the counter next reaches zero; Infinity when that would have no effect. */
function zeroNs(c: C, t: Counter): number {
  if (!(t.control & CTRL.ENABLE) || t.raw) return Number.POSITIVE_INFINITY
  const { rate: clock, divisor } = rate(c, t)
  const start = t.value % width(t)
  const period = periodOf(t)
  if (start === 0 && period === undefined) return Number.POSITIVE_INFINITY
  return t.baseNs + clock.ns((start === 0 ? period! : start) * divisor)
}

/** Moves the base to the last tick, so that no fraction is lost. */
function rebase(c: C, t: Counter): void {
  // A stopped counter keeps all 32 bits, whatever its width.
  if (!(t.control & CTRL.ENABLE)) {
    t.baseNs = c.clock.nowNs()
    return
  }
  const { rate: clock, divisor } = rate(c, t)
  const ticks = Math.floor(clock.ticks(c.clock.nowNs() - t.baseNs) / divisor)
  t.value = position(c, t)
  t.baseNs += clock.ns(ticks * divisor)
}

function load(c: C, t: Counter, value: number): void {
  t.load = value
  t.value = value
  t.baseNs = c.clock.nowNs()
  // A load of zero interrupts at once (section 3.3.1).
  if (value % width(t) === 0 && t.control & CTRL.ENABLE) t.raw = 1
}

function setReload(c: C, t: Counter, value: number): void {
  rebase(c, t)
  t.load = value
}

function control(c: C, t: Counter, value: number): void {
  rebase(c, t)
  t.control = value & 0xef
}

function acknowledge(c: C, t: Counter): void {
  rebase(c, t)
  t.raw = 0
}

function expire(c: C, n: number): void {
  const t = c.state.timers[n]!
  rebase(c, t)
  t.raw = 1
}
