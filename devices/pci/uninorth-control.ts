// UniNorth's own registers, big-endian. Apple has published no manual: offsets and bits are those that Linux uses
// (asm/uninorth.h); values after a reset are those of QEMU's mac99, and zero where that has none.
import { type Context, device } from "../kit/index.ts"

const options = {
  /** What VERSION reads: 7 is UniNorth 1.0.7, as in the first Power Mac G4 with AGP. */
  version: 7,
}

const state = () => ({ clockControl: 0, powerManagement: 0, arbiterControl: 0, hardwareInit: 0 })

type C = Context<object, ReturnType<typeof state>, typeof options>

/** UniNorth's control registers: its version, clocks, power management and arbiter. None of them acts. */
export const uninorthControl = device({
  name: "uninorth-control",
  wires: {},
  size: 0x1000,
  options,
  state,
  registers: {
    VERSION: { at: 0x00, read: (c: C) => c.options.version },
    CLOCK_CONTROL: { at: 0x20, read: (c: C) => c.state.clockControl, write: (c: C, v) => (c.state.clockControl = v) },
    POWER_MANAGEMENT: {
      at: 0x30,
      read: (c: C) => c.state.powerManagement,
      write: (c: C, v) => (c.state.powerManagement = v),
    },
    ARBITER_CONTROL: {
      at: 0x40,
      read: (c: C) => c.state.arbiterControl,
      write: (c: C, v) => (c.state.arbiterControl = v),
    },
    CPU_NUMBER: { at: 0x50, read: (c: C) => c.requester },
    HARDWARE_INIT_STATE: {
      at: 0x70,
      read: (c: C) => c.state.hardwareInit,
      write: (c: C, v) => (c.state.hardwareInit = v),
    },
  },
  tree: ({ version }) => ({
    device_type: "memory-controller",
    compatible: "uni-north",
    "device-rev": version,
  }),
})
