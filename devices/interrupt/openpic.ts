// OpenPIC ("MPIC") as in KeyLargo, Apple's I/O controller: 64 inputs.
// Reference: Open Programmable Interrupt Controller Register Interface Specification 1.2.
import { device, type Trigger } from "../kit/index.ts"
import {
  acknowledge,
  awaitsTimer,
  best,
  type C,
  endOfInterrupt,
  FIRST_IPI,
  FIRST_TIMER,
  INPUTS,
  IPIS,
  isActive,
  LOWEST_MASKED_PRIORITY,
  latch,
  NONE,
  options,
  rateOf,
  state,
  TIMERS,
  VECPRI,
} from "./openpic-state.ts"
import { currentCount, expiries, nextExpiryNs, setBase } from "./openpic-timer.ts"
import { wires } from "./openpic-wires.ts"

const MAX_CPUS = 4
/** Bits of vector/priority registers that can be written: mask, polarity, sense, priority, vector. */
const INPUT_WRITABLE = 0x80cf_00ff
const INTERNAL_WRITABLE = 0x800f_00ff
const CONFIGURATION_RESET = 0x8000_0000
/** Mixed mode; it has no effect, since no 8259 is behind this one. */
const CONFIGURATION_WRITABLE = 0x2000_0000

const allCpus = ({ options }: C) => (1 << options.cpus) - 1

const readVecpri = (c: C, n: number) => (c.state.vecpri[n]! | (isActive(c, n) ? VECPRI.ACTIVITY : 0)) >>> 0
function writeVecpri(c: C, n: number, value: number): void {
  c.state.vecpri[n] = value & (n < INPUTS ? INPUT_WRITABLE : INTERNAL_WRITABLE)
}
const readDestination = (c: C, n: number) => c.state.destinations[n]!
const writeDestination = (c: C, n: number, value: number) => (c.state.destinations[n] = value & allCpus(c))

/** The registers of each CPU, at `at` and, where it reaches its own, at the start of the address map. */
function perCpu(
  at: number,
  access: { read?(c: C, cpu: number): number; write?(c: C, cpu: number, value: number): void },
) {
  const { read, write } = access
  const isCpu = (c: C, cpu: number) => cpu < c.options.cpus
  const registers = (cpuOf: (c: C, n: number) => number) => ({
    otherLanes: "zero" as const,
    ...(read && { read: (c: C, n: number) => (isCpu(c, cpuOf(c, n)) ? read(c, cpuOf(c, n)) : 0) }),
    write(c: C, value: number, n: number) {
      if (isCpu(c, cpuOf(c, n))) write?.(c, cpuOf(c, n), value)
    },
  })
  return [
    { at, ...registers((c) => c.requester) },
    { at: 0x2_0000 + at, count: MAX_CPUS, stride: 0x1000, ...registers((_, n) => n) },
  ] as const
}

const dispatch = (n: number) =>
  perCpu(0x40 + 0x10 * n, {
    write(c, _, value) {
      for (let cpu = 0; cpu < c.options.cpus; cpu++) if ((value >>> cpu) & 1) c.state.ipis[cpu]! |= 1 << n
    },
  })
const [ownDispatch0, dispatch0] = dispatch(0)
const [ownDispatch1, dispatch1] = dispatch(1)
const [ownDispatch2, dispatch2] = dispatch(2)
const [ownDispatch3, dispatch3] = dispatch(3)
const [ownTaskPriority, taskPriority] = perCpu(0x80, {
  read: (c, cpu) => c.state.taskPriorities[cpu]!,
  write: (c, cpu, value) => (c.state.taskPriorities[cpu] = value & LOWEST_MASKED_PRIORITY),
})
const [ownWhoAmI, whoAmI] = perCpu(0x90, { read: (_, cpu) => cpu })
const [ownAcknowledge, interruptAcknowledge] = perCpu(0xa0, { read: acknowledge })
const [ownEndOfInterrupt, interruptEnd] = perCpu(0xb0, { read: () => 0, write: endOfInterrupt })

/** OpenPIC with inputs 0 to 63, four timers and interprocessor interrupts. */
export const openpic = device({
  name: "openpic",
  wires,
  size: 0x4_0000,
  options,
  state,
  keep: ["levels"],
  registers: {
    IPIDispatch0: ownDispatch0,
    IPIDispatch1: ownDispatch1,
    IPIDispatch2: ownDispatch2,
    IPIDispatch3: ownDispatch3,
    CurrentTaskPriority: ownTaskPriority,
    WhoAmI: ownWhoAmI,
    InterruptAcknowledge: ownAcknowledge,
    EndOfInterrupt: ownEndOfInterrupt,
    FeatureReporting0: {
      at: 0x1000,
      read: ({ options }: C) => ((INPUTS - 1) << 16) | ((options.cpus - 1) << 8) | options.version,
    },
    GlobalConfiguration0: { at: 0x1020, read: (c: C) => c.state.configuration, write: configure },
    VendorIdentification: { at: 0x1080, read: () => 0 },
    ProcessorInit: {
      at: 0x1090,
      read: (c: C) => c.state.processorInit,
      write: (c: C, v) => (c.state.processorInit = v & allCpus(c)),
    },
    IPIVectorPriority: {
      at: 0x10a0,
      count: IPIS,
      stride: 0x10,
      read: (c: C, n) => readVecpri(c, FIRST_IPI + n),
      write: (c: C, v, n) => writeVecpri(c, FIRST_IPI + n, v),
    },
    SpuriousVector: {
      at: 0x10e0,
      read: (c: C) => c.state.spuriousVector,
      write: (c: C, v) => (c.state.spuriousVector = v & 0xff),
    },
    TimerFrequencyReporting: {
      at: 0x10f0,
      read: (c: C) => c.state.timerFrequency,
      write: (c: C, v) => (c.state.timerFrequency = v),
    },
    TimerCurrentCount: {
      at: 0x1100,
      count: TIMERS,
      stride: 0x40,
      read: (c: C, n) => currentCount(c.state.timers[n]!, c.clock.nowNs(), rateOf(c)),
    },
    TimerBaseCount: {
      at: 0x1110,
      count: TIMERS,
      stride: 0x40,
      read: (c: C, n) => c.state.timers[n]!.base,
      write: (c: C, v, n) => setBase(c.state.timers[n]!, v, c.clock.nowNs(), rateOf(c)),
    },
    TimerVectorPriority: {
      at: 0x1120,
      count: TIMERS,
      stride: 0x40,
      read: (c: C, n) => readVecpri(c, FIRST_TIMER + n),
      write: (c: C, v, n) => writeVecpri(c, FIRST_TIMER + n, v),
    },
    TimerDestination: {
      at: 0x1130,
      count: TIMERS,
      stride: 0x40,
      read: (c: C, n) => readDestination(c, FIRST_TIMER + n),
      write: (c: C, v, n) => writeDestination(c, FIRST_TIMER + n, v),
    },
    VectorPriority: {
      at: 0x1_0000,
      count: INPUTS,
      stride: 0x20,
      read: readVecpri,
      write: (c: C, v, n) => writeVecpri(c, n, v),
    },
    Destination: {
      at: 0x1_0010,
      count: INPUTS,
      stride: 0x20,
      read: readDestination,
      write: (c: C, v, n) => writeDestination(c, n, v),
    },
    CPUIPIDispatch0: dispatch0,
    CPUIPIDispatch1: dispatch1,
    CPUIPIDispatch2: dispatch2,
    CPUIPIDispatch3: dispatch3,
    CPUTaskPriority: taskPriority,
    CPUWhoAmI: whoAmI,
    CPUInterruptAcknowledge: interruptAcknowledge,
    CPUEndOfInterrupt: interruptEnd,
  },
  inputs: {
    count: INPUTS,
    // Lines tell whether an interrupt is asserted, so the polarity of an input has no effect.
    set(c: C, n, level) {
      const { levels } = c.state
      const bit = 1 << (n & 31)
      const word = n >>> 5
      const isRising = level && (levels[word]! & bit) === 0
      levels[word] = level ? levels[word]! | bit : levels[word]! & ~bit
      if (isRising && (c.state.vecpri[n]! & VECPRI.SENSE) === 0) latch(c, n)
    },
    specifier: (n, trigger) => [n, SENSE_CELLS[trigger]],
  },
  alarms: { timer: expire },
  drive(c: C) {
    c.wires.int.forEach((line, cpu) => {
      line.set(cpu < c.options.cpus && best(c, cpu) !== NONE)
    })
    c.wires.init?.forEach((line, cpu) => {
      line.set(((c.state.processorInit >>> cpu) & 1) !== 0)
    })
  },
  arm(c: C) {
    let next = Number.POSITIVE_INFINITY
    for (let n = 0; n < TIMERS; n++) {
      if (awaitsTimer(c, n)) next = Math.min(next, nextExpiryNs(c.state.timers[n]!, rateOf(c)))
    }
    c.alarms.timer.set(next)
  },
  tree: ({ timerHz }) => ({
    device_type: "open-pic",
    compatible: "chrp,open-pic",
    "interrupt-controller": true,
    "#interrupt-cells": 2,
    "#address-cells": 0,
    "built-in": true,
    "clock-frequency": timerHz,
  }),
})

/** The second cell of an interrupt: Macs know an edge, and a level, whichever its polarity. */
const SENSE_CELLS: { readonly [trigger in Trigger]: number } = { rising: 0, falling: 0, high: 1, low: 1 }

function configure(c: C, value: number): void {
  c.state.configuration = value & CONFIGURATION_WRITABLE
  if ((value & CONFIGURATION_RESET) === 0) return
  const { levels } = c.state
  Object.assign(c.state, state(c.options), { levels })
}

/** Timers whose time has come request their interrupts. */
function expire(c: C): void {
  const nowNs = c.clock.nowNs()
  for (let n = 0; n < TIMERS; n++) {
    const timer = c.state.timers[n]!
    const passed = expiries(timer, nowNs, rateOf(c))
    if (passed > timer.seen) {
      timer.seen = passed
      latch(c, FIRST_TIMER + n)
    }
  }
}
