// SP805 watchdog. Reference: ARM DDI 0270B, chapters 2 and 3.
import { type Context, device, primeCell, Rate, type WiresOf, wire } from "../kit/index.ts"

/** `irq` is WDOGINT; `reset` is WDOGRES, which a board turns into its own reset. */
const wires = { irq: wire.line, reset: wire.line }

const options = {
  /** Frequency of WDOGCLK in Hz. */
  clockHz: 1_000_000,
}

const CONTROL = { INTEN: 1, RESEN: 2 }
const UNLOCK = 0x1acc_e551

/** The counter read `value` at `baseNs`. */
const state = (_: typeof options, nowNs: number) => ({
  load: 0xffff_ffff,
  value: 0xffff_ffff,
  baseNs: nowNs,
  control: 0,
  raw: 0,
  hasBitten: false,
  isLocked: false,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "zero">

/** SP805 watchdog: interrupts when it reaches zero, and resets when it does so again before the interrupt is cleared. */
export const sp805 = device({
  name: "sp805",
  wires,
  size: 0x1000,
  options,
  state,
  registers: {
    WdogLoad: { at: 0x000, read: (c: C) => c.state.load, write: unlocked(setLoad) },
    WdogValue: { at: 0x004, read: position },
    WdogControl: { at: 0x008, read: (c: C) => c.state.control, write: unlocked(setControl) },
    WdogIntClr: { at: 0x00c, write: unlocked(acknowledge) },
    WdogRIS: { at: 0x010, read: (c: C) => c.state.raw },
    WdogMIS: { at: 0x014, read: (c: C) => c.state.raw & c.state.control & 1 },
    WdogLock: {
      at: 0xc00,
      read: (c: C) => Number(c.state.isLocked),
      write: (c: C, v) => (c.state.isLocked = v !== UNLOCK),
    },
    ...primeCell(0x05, 0x18, 0x14, 0x00),
  },
  alarms: { zero: expire },
  drive(c: C) {
    c.wires.irq.set((c.state.raw & c.state.control & 1) !== 0)
    c.wires.reset.set(c.state.hasBitten)
  },
  arm(c: C) {
    const { control, raw, value, baseNs } = c.state
    // A zero shows only as the interrupt that it raises, or as the reset when that is raised already.
    const matters = isCounting(c) && (!raw || (control & CONTROL.RESEN) !== 0)
    if (matters) c.alarms.zero.set(baseNs + new Rate(c.options.clockHz).ns(Math.max(1, value)))
    else c.alarms.zero.cancel()
  },
  tree: () => ({ compatible: ["arm,sp805", "arm,primecell"], "clock-names": ["wdog_clk", "apb_pclk"] }),
})

function unlocked(write: (c: C, value: number) => void) {
  return (c: C, value: number): void => {
    if (c.state.isLocked) c.log("write while locked")
    else write(c, value)
  }
}

function isCounting({ state }: C): boolean {
  return (state.control & CONTROL.INTEN) !== 0 && !state.hasBitten
}

/** The counter's value now; after zero comes the load value. */
function position(c: C): number {
  const { value, load, baseNs } = c.state
  if (!isCounting(c)) return value
  const ticks = new Rate(c.options.clockHz).ticks(c.clock.nowNs() - baseNs)
  return ticks < value || ticks === 0 ? value - ticks : load - ((ticks - value) % Math.max(1, load))
}

function restart(c: C, value = c.state.load): void {
  c.state.value = value
  c.state.baseNs = c.clock.nowNs()
}

function setLoad(c: C, value: number): void {
  c.state.load = value
  restart(c)
}

function setControl(c: C, value: number): void {
  const { state } = c
  // Enabling starts from the load value; otherwise the counter goes on, or stops, where it is.
  restart(c, value & ~state.control & CONTROL.INTEN ? state.load : position(c))
  state.control = value & (CONTROL.INTEN | CONTROL.RESEN)
}

function acknowledge(c: C): void {
  c.state.raw = 0
  restart(c)
}

function expire(c: C): void {
  const { state } = c
  if (state.raw && state.control & CONTROL.RESEN) {
    state.hasBitten = true
    state.value = 0
    return
  }
  state.raw = 1
  restart(c)
}
