// PL031 real-time clock. Reference: ARM DDI 0224C, chapter 3.
import { type Context, device, primeCell, type WiresOf, wire } from "../kit/index.ts"

const wires = { irq: wire.line }

const options = {
  /** Wall time at power-on, in seconds since 1970. */
  epochSeconds: 0,
}

const state = ({ epochSeconds }: typeof options) => ({
  /** What the counter would have read at virtual time zero. */
  origin: epochSeconds >>> 0,
  load: 0,
  match: 0,
  mask: 0,
  raw: 0,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options, "match">

const NS = 1_000_000_000

const seconds = (c: C) => (c.state.origin + Math.floor(c.clock.nowNs() / NS)) >>> 0

/** PL031 RTC: counts seconds of virtual time from `epochSeconds`, raises `irq` (RTCINTR) when they match. */
export const pl031 = device({
  name: "pl031",
  wires,
  size: 0x1000,
  options,
  state,
  // The counter runs from battery: a reset of the board does not change the time.
  keep: ["origin", "load"],
  registers: {
    RTCDR: { at: 0x00, read: seconds },
    RTCMR: { at: 0x04, read: (c: C) => c.state.match, write: setMatch },
    RTCLR: { at: 0x08, read: (c: C) => c.state.load, write: setTime },
    // The counter always runs, as on other emulators: drivers only ever start it.
    RTCCR: { at: 0x0c, read: () => 1, write() {} },
    RTCIMSC: { at: 0x10, read: (c: C) => c.state.mask, write: (c: C, v) => (c.state.mask = v & 1) },
    RTCRIS: { at: 0x14, read: (c: C) => c.state.raw },
    RTCMIS: { at: 0x18, read: (c: C) => c.state.raw & c.state.mask },
    RTCICR: { at: 0x1c, otherLanes: "zero", write: (c: C, v) => (c.state.raw &= ~v) },
    ...primeCell(0x31, 0x10, 0x14, 0x00),
  },
  alarms: { match: (c: C) => (c.state.raw = 1) },
  drive(c: C) {
    c.wires.irq.set((c.state.raw & c.state.mask) !== 0)
  },
  arm(c: C) {
    // A match while the interrupt is raised already has no effect.
    if (c.state.raw) return c.alarms.match.cancel()
    const now = Math.floor(c.clock.nowNs() / NS)
    const wait = (c.state.match - seconds(c)) >>> 0
    // The present second has matched already, so the next time is a whole turn of the counter away.
    c.alarms.match.set((now + (wait === 0 ? 2 ** 32 : wait)) * NS)
  },
  tree: () => ({ compatible: ["arm,pl031", "arm,primecell"], "clock-names": "apb_pclk" }),
})

function setMatch(c: C, value: number): void {
  c.state.match = value
  if (seconds(c) === value) c.state.raw = 1
}

function setTime(c: C, value: number): void {
  c.state.load = value
  c.state.origin = (value - Math.floor(c.clock.nowNs() / NS)) >>> 0
  if (value === c.state.match) c.state.raw = 1
}
