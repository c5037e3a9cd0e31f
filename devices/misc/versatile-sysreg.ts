// System registers of the Versatile/PB926EJ-S. Reference: ARM DUI 0225D, section 4.3.
import { type Context, device, Rate, type WiresOf, wire } from "../kit/index.ts"

/** `reset` asks the board to reset itself. */
const wires = { reset: wire.line }

const options = {
  /** SYS_ID: the board, its FPGA and its build. */
  id: 0x4100_7004,
  /** SYS_SW: the user switches S6. */
  switches: 0,
}

const UNLOCK = 0xa05f
/** SYS_CLCD[12:8]: no LCD daughterboard is fitted. */
const NO_LCD = 0x1f00
const RESET_REQUEST = 1 << 8

const state = (_: typeof options, nowNs: number) => ({
  startNs: nowNs,
  leds: 0,
  oscillators: [0, 0, 0, 0, 0],
  lock: 0,
  configuration: [0, 0],
  flags: 0,
  nonVolatileFlags: 0,
  resetControl: 0,
  clcd: NO_LCD,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, typeof options>

const isLocked = (c: C) => c.state.lock !== UNLOCK

/** System control registers at 0x10000000 of the Versatile/PB. */
export const versatileSysreg = device({
  name: "versatile-sysreg",
  wires,
  size: 0x1000,
  options,
  state,
  keep: ["nonVolatileFlags"],
  registers: {
    SYS_ID: { at: 0x00, read: (c: C) => c.options.id },
    SYS_SW: { at: 0x04, read: (c: C) => c.options.switches },
    SYS_LED: { at: 0x08, read: (c: C) => c.state.leds, write: (c: C, v) => (c.state.leds = v & 0xff) },
    SYS_OSC: { at: 0x0c, count: 5, read: (c: C, n) => c.state.oscillators[n]!, write: setOscillator },
    SYS_LOCK: {
      at: 0x20,
      read: (c: C) => c.state.lock | (isLocked(c) ? 1 << 16 : 0),
      write: (c: C, v) => (c.state.lock = v & 0xffff),
    },
    SYS_100HZ: { at: 0x24, read: (c: C) => ticks(c, 100) },
    SYS_CFGDATA: {
      at: 0x28,
      count: 2,
      read: (c: C, n) => c.state.configuration[n]!,
      write: (c: C, v, n) => (c.state.configuration[n] = v),
    },
    SYS_FLAGSSET: {
      at: 0x30,
      otherLanes: "zero",
      read: (c: C) => c.state.flags,
      write: (c: C, v) => (c.state.flags |= v),
    },
    SYS_FLAGSCLR: { at: 0x34, write: (c: C, v) => (c.state.flags &= ~v) },
    SYS_NVFLAGSSET: {
      at: 0x38,
      otherLanes: "zero",
      read: (c: C) => c.state.nonVolatileFlags,
      write: (c: C, v) => (c.state.nonVolatileFlags |= v),
    },
    SYS_NVFLAGSCLR: { at: 0x3c, write: (c: C, v) => (c.state.nonVolatileFlags &= ~v) },
    SYS_RESETCTL: { at: 0x40, read: (c: C) => c.state.resetControl, write: setReset },
    // The board sits in a PCI backplane.
    SYS_PCICTL: { at: 0x44, read: () => 1, write() {} },
    SYS_MCI: { at: 0x48, read: () => 0 },
    SYS_FLASH: { at: 0x4c, read: () => 0, write() {} },
    SYS_CLCD: { at: 0x50, read: (c: C) => c.state.clcd, write: (c: C, v) => (c.state.clcd = (v & ~0x3f00) | NO_LCD) },
    SYS_CLCDSER: { at: 0x54, read: () => 0, write() {} },
    SYS_BOOTCS: { at: 0x58, read: () => 0 },
    SYS_24MHZ: { at: 0x5c, read: (c: C) => ticks(c, 24_000_000) },
    SYS_MISC: { at: 0x60, read: () => 0 },
    SYS_DMAPSR: { at: 0x64, count: 3, read: () => 0, write() {} },
    SYS_PROCID0: { at: 0x84, read: () => 0x0200_0000 },
    SYS_PROCID1: { at: 0x88, read: () => 0xff00_0000 },
    SYS_OSCRESET: { at: 0x8c, count: 5, read: () => 0, write() {} },
    SYS_TEST_OSC: { at: 0xc0, count: 5, read: () => 0 },
  },
  drive(c: C) {
    c.wires.reset.set((c.state.resetControl & RESET_REQUEST) !== 0)
  },
  tree: () => ({ compatible: ["arm,versatile-sysreg", "syscon", "simple-mfd"] }),
})

/** Both counters start from zero when the board is reset. */
function ticks(c: C, hz: number): number {
  return new Rate(hz).ticks(c.clock.nowNs() - c.state.startNs) % 2 ** 32
}

function setOscillator(c: C, value: number, n: number): void {
  if (isLocked(c)) c.log("SYS_OSC written while locked")
  else c.state.oscillators[n] = value & 0x7_ffff
}

function setReset(c: C, value: number): void {
  if (isLocked(c)) c.log("SYS_RESETCTL written while locked")
  else c.state.resetControl = value & 0x107
}
