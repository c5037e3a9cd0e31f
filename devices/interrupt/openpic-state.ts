// State of an OpenPIC, and which interrupt it signals to a CPU.
// Reference: Open Programmable Interrupt Controller Register Interface Specification 1.2, sections 3 and 5.
import { type Context, Rate, type WiresOf } from "../kit/index.ts"
import { expiries, freshTimer, isCounting } from "./openpic-timer.ts"
import type { wires } from "./openpic-wires.ts"

/** Interrupt inputs. */
export const INPUTS = 64
/** Timers, and interprocessor interrupts of a CPU. */
export const TIMERS = 4
export const IPIS = 4
/** Sources by number: inputs, timers, interprocessor interrupts. */
export const FIRST_TIMER = INPUTS
export const FIRST_IPI = FIRST_TIMER + TIMERS
const SOURCES = FIRST_IPI + IPIS
/** Words of a set with a bit for each source. */
const WORDS = 3

/** Bits of a vector/priority register. */
export const VECPRI = { MASK: 0x8000_0000, ACTIVITY: 0x4000_0000, SENSE: 1 << 22 } as const
const PRIORITY_SHIFT = 16
export const LOWEST_MASKED_PRIORITY = 15

export const options = {
  cpus: 1 as 1 | 2 | 3 | 4,
  /** What the timers count. */
  timerHz: 4_160_000,
  /** What the feature register reports as its version: 2 is 1.2. */
  version: 2,
}

export type Options = typeof options

export const state = ({ cpus, timerHz }: Options) => ({
  /** Levels of the inputs, a bit each. */
  levels: [0, 0],
  /** Edges and timers that have requested an interrupt which no CPU has taken. */
  latched: [0, 0, 0],
  /** Interprocessor interrupts that wait for each CPU, a bit each. */
  ipis: new Array<number>(cpus).fill(0),
  /** Vector/priority registers by source. */
  vecpri: new Uint32Array(SOURCES).fill(VECPRI.MASK),
  /** CPUs to which a source leads, a bit each. */
  destinations: new Uint32Array(FIRST_IPI),
  /** Current task priorities by CPU. */
  taskPriorities: new Array<number>(cpus).fill(LOWEST_MASKED_PRIORITY),
  /** Sources in service by CPU, a bit each. */
  inService: Array.from({ length: cpus }, () => new Array<number>(WORDS).fill(0)),
  configuration: 0,
  processorInit: 0,
  spuriousVector: 0xff,
  timerFrequency: timerHz,
  timers: Array.from({ length: TIMERS }, freshTimer),
})

export type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, Options, "timer">

/** What the timers count. */
export const rateOf = ({ options }: C): Rate => new Rate(options.timerHz)

/** No source. */
export const NONE = -1

const wordOf = (n: number) => n >>> 5
const bitOf = (n: number) => 1 << (n & 31)

/** Priority of a source. */
export const priorityOf = ({ state }: C, n: number): number => (state.vecpri[n]! >>> PRIORITY_SHIFT) & 15

/** Whether any CPU serves that source. */
const isInService = ({ state }: C, n: number) => state.inService.some((words) => (words[wordOf(n)]! & bitOf(n)) !== 0)

/** Whether an input or a timer requests an interrupt: an input by its level or by an edge that was seen. */
function isRequesting({ state }: C, n: number): boolean {
  const isLevelSensitive = n < INPUTS && (state.vecpri[n]! & VECPRI.SENSE) !== 0
  return ((isLevelSensitive ? state.levels : state.latched)[wordOf(n)]! & bitOf(n)) !== 0
}

/** The activity bit of a source: it is requested or in service (section 5.5). */
export function isActive(c: C, n: number): boolean {
  if (isInService(c, n)) return true
  if (n >= FIRST_IPI) return c.state.ipis.some((pending) => (pending & (1 << (n - FIRST_IPI))) !== 0)
  return isRequesting(c, n)
}

/** The interrupt that a CPU would take now: that of the highest priority, of several the lowest number; or NONE. */
export function best(c: C, cpu: number): number {
  const { state } = c
  let found = NONE
  let top = Math.max(state.taskPriorities[cpu]!, servedPriority(c, cpu))
  for (let word = 0; word < WORDS; word++) {
    const own = word === wordOf(FIRST_IPI) ? state.ipis[cpu]! << (FIRST_IPI & 31) : state.levels[word]!
    for (let bits = state.latched[word]! | own; bits !== 0; bits &= bits - 1) {
      const n = 32 * word + 31 - Math.clz32(bits & -bits)
      const priority = priorityOf(c, n)
      if (priority > top && isDeliverable(c, n, cpu)) {
        found = n
        top = priority
      }
    }
  }
  return found
}

function isDeliverable(c: C, n: number, cpu: number): boolean {
  const { vecpri, destinations } = c.state
  if ((vecpri[n]! & VECPRI.MASK) !== 0) return false
  // Each CPU takes an interprocessor interrupt for itself.
  if (n >= FIRST_IPI) return (c.state.inService[cpu]![wordOf(n)]! & bitOf(n)) === 0
  return (destinations[n]! & (1 << cpu)) !== 0 && isRequesting(c, n) && !isInService(c, n)
}

/** The source that a CPU serves with the highest priority; NONE if it serves none. */
function served(c: C, cpu: number): number {
  let found = NONE
  for (let word = 0; word < WORDS; word++) {
    for (let bits = c.state.inService[cpu]![word]!; bits !== 0; bits &= bits - 1) {
      const n = 32 * word + 31 - Math.clz32(bits & -bits)
      if (found === NONE || priorityOf(c, n) > priorityOf(c, found)) found = n
    }
  }
  return found
}

function servedPriority(c: C, cpu: number): number {
  const n = served(c, cpu)
  return n === NONE ? 0 : priorityOf(c, n)
}

/** A CPU takes an interrupt: gives its vector, or the spurious vector if there is none. */
export function acknowledge(c: C, cpu: number): number {
  const { state } = c
  const n = best(c, cpu)
  if (n === NONE) return state.spuriousVector
  state.inService[cpu]![wordOf(n)]! |= bitOf(n)
  if (n >= FIRST_IPI) state.ipis[cpu]! &= ~(1 << (n - FIRST_IPI))
  else state.latched[wordOf(n)]! &= ~bitOf(n)
  const timer = state.timers[n - FIRST_TIMER]
  // Expiries while the request waited are not requests of their own.
  if (timer) timer.seen = expiries(timer, c.clock.nowNs(), rateOf(c))
  return state.vecpri[n]! & 0xff
}

/** A CPU ends the service of its interrupt of the highest priority. */
export function endOfInterrupt(c: C, cpu: number): void {
  const n = served(c, cpu)
  if (n !== NONE) c.state.inService[cpu]![wordOf(n)]! &= ~bitOf(n)
}

/** Latches a request of an input or a timer. */
export function latch({ state }: C, n: number): void {
  state.latched[wordOf(n)]! |= bitOf(n)
}

/** Whether a timer counts towards a request that is not waiting already. */
export function awaitsTimer({ state }: C, n: number): boolean {
  const source = FIRST_TIMER + n
  return isCounting(state.timers[n]!) && (state.latched[wordOf(source)]! & bitOf(source)) === 0
}
