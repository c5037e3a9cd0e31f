// GICv2 CPU interface registers. Reference: ARM IHI 0048B, section 4.4.
import type { Registers } from "../kit/index.ts"
import {
  acknowledge,
  acknowledgeable,
  deactivate,
  endOfInterrupt,
  firstSource,
  GICC_CTLR,
  type GicContext,
  runningPriority,
} from "./gicv2-state.ts"

/** Bits of GICC_CTLR that exist without the Security Extensions. */
const CTLR_MASK = GICC_CTLR.ENABLE | GICC_CTLR.ACK_CTL | GICC_CTLR.FIQ_EN | GICC_CTLR.CBPR | GICC_CTLR.EOI_MODE

const self = (c: GicContext) => c.state.cpu[c.requester] ?? c.state.cpu[0]!
const number = (c: GicContext) => (c.requester < c.options.cpus ? c.requester : 0)

const pendingId = (c: GicContext, group: 0 | 1) => {
  const best = acknowledgeable(c, number(c), group)
  if (typeof best === "number") return best
  return best.id < 16 ? best.id | (firstSource(c, number(c), best.id) << 10) : best.id
}

const activePriorities = (at: number, group: 0 | 1) => ({
  at,
  count: 4,
  read: (c: GicContext, n: number) => self(c).activePriorities[group]![n]!,
  write: (c: GicContext, v: number, n: number) => (self(c).activePriorities[group]![n] = v),
})

/** The registers of the CPU interface of whichever CPU makes the access. */
export const cpuInterfaceRegisters: Registers<GicContext> = {
  GICC_CTLR: { at: 0x00, read: (c) => self(c).control, write: (c, v) => (self(c).control = v & CTLR_MASK) },
  GICC_PMR: { at: 0x04, read: (c) => self(c).priorityMask, write: (c, v) => (self(c).priorityMask = v & 0xff) },
  GICC_BPR: { at: 0x08, read: (c) => self(c).binaryPoint, write: (c, v) => (self(c).binaryPoint = v & 7) },
  GICC_IAR: { at: 0x0c, read: (c) => acknowledge(c, number(c), 0) },
  GICC_EOIR: { at: 0x10, write: (c, v) => endOfInterrupt(c, number(c), v) },
  GICC_RPR: { at: 0x14, read: (c) => Math.min(0xff, runningPriority(c, number(c))) },
  GICC_HPPIR: { at: 0x18, read: (c) => pendingId(c, 0) },
  GICC_ABPR: {
    at: 0x1c,
    read: (c) => self(c).aliasedBinaryPoint,
    // The least value is 1: group 1 has one priority bit fewer (section 4.4.8).
    write: (c, v) => (self(c).aliasedBinaryPoint = Math.max(1, v & 7)),
  },
  GICC_AIAR: { at: 0x20, read: (c) => acknowledge(c, number(c), 1) },
  GICC_AEOIR: { at: 0x24, write: (c, v) => endOfInterrupt(c, number(c), v) },
  GICC_AHPPIR: { at: 0x28, read: (c) => pendingId(c, 1) },
  GICC_APR: activePriorities(0xd0, 0),
  GICC_NSAPR: activePriorities(0xe0, 1),
  // A GICv2 by ARM, product 0x20 as other emulators report it.
  GICC_IIDR: { at: 0xfc, read: () => 0x0002_043b },
  GICC_DIR: {
    at: 0x1000,
    write(c, v) {
      if (self(c).control & GICC_CTLR.EOI_MODE) deactivate(c, number(c), v & 0x3ff)
      else c.log("GICC_DIR written with EOImode clear")
    },
  },
}
