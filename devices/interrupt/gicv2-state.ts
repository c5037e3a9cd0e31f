// GICv2: the state of all interrupts, and the choice of the one that each CPU takes next. Reference: ARM IHI 0048B, chapter 3.
import { type Context, type WiresOf, wire } from "../kit/index.ts"

/** One line per CPU, in order of CPU number. */
export const gicWires = { irq: wire.lines, fiq: wire.lines }

export const gicOptions = {
  /** Number of CPU interfaces, 1 to 8. */
  cpus: 1,
  /** Number of interrupts, a multiple of 32 up to 992, SGIs and PPIs included. */
  interrupts: 288,
}

type Options = typeof gicOptions

/**
 * Bits of interrupts are in words of 32. Word 0 (SGIs and PPIs) is banked per CPU: the banks come first, then words 1,
 * 2 and so on. Arrays of bytes follow the same order.
 */
export function gicState({ cpus, interrupts }: Options) {
  const words = cpus + interrupts / 32 - 1
  const bits = () => new Uint32Array(words)
  return {
    /** GICD_CTLR: enables forwarding of group 0 (bit 0) and group 1 (bit 1). */
    control: 0,
    /** Levels of the input wires. */
    levels: bits(),
    enabled: bits().fill(0xffff, 0, cpus),
    /** Pending by an edge or by software; a level-sensitive input is also pending while it is high. */
    latched: bits(),
    active: bits(),
    isEdge: bits().fill(0xffff, 0, cpus),
    group: bits(),
    priority: new Uint8Array(32 * words),
    /** CPUs that an SPI goes to, one bit each; of a uniprocessor the registers read as zero. */
    targets: new Uint8Array(interrupts).fill(cpus === 1 ? 1 : 0),
    /** For each CPU and SGI, the CPUs that have sent it. */
    sources: new Uint8Array(16 * cpus),
    cpu: Array.from({ length: cpus }, () => ({
      /** GICC_CTLR. */
      control: 0,
      priorityMask: 0,
      binaryPoint: 0,
      aliasedBinaryPoint: 1,
      /** GICC_APRn and GICC_NSAPRn: a bit for each active preemption level of group 0 and of group 1. */
      activePriorities: [new Uint32Array(4), new Uint32Array(4)],
    })),
  }
}

export type GicContext = Context<WiresOf<typeof gicWires>, ReturnType<typeof gicState>, Options>

/** Bits of GICC_CTLR (section 4.4.1), as without the Security Extensions. */
export const GICC_CTLR = { ENABLE: 0b11, ACK_CTL: 1 << 2, FIQ_EN: 1 << 3, CBPR: 1 << 4, EOI_MODE: 1 << 9 }

/** Interrupt numbers with the meanings "none is pending" and "one of group 1 is: read GICC_AIAR" (section 3.2.5). */
export const SPURIOUS = 1023
export const GROUP_1_ONLY = 1022
/** Running priority of a CPU that services nothing: lower than any. */
const IDLE = 0x100

/** A pending interrupt as the CPU interface weighs it. */
export interface Candidate {
  readonly id: number
  readonly priority: number
  readonly group: 0 | 1
}

/** Index of word `word` of an array of bits, as CPU `cpu` sees it; -1 past the implemented interrupts. */
export function wordAt({ options }: GicContext, cpu: number, word: number): number {
  if (word === 0) return cpu < options.cpus ? cpu : -1
  return word < options.interrupts / 32 ? options.cpus + word - 1 : -1
}

/** Index of interrupt `id` in an array of bytes; -1 past the implemented interrupts. */
export function byteAt(c: GicContext, cpu: number, id: number): number {
  const word = wordAt(c, cpu, id >>> 5)
  return word < 0 ? -1 : 32 * word + (id & 31)
}

/** Pending interrupts of the word at `index`. */
export function pendingWord({ state }: GicContext, index: number): number {
  return state.latched[index]! | (state.levels[index]! & ~state.isEdge[index]!)
}

/** The pending interrupt of highest priority that the distributor forwards to a CPU, whatever the CPU is doing. */
export function highestPending(c: GicContext, cpu: number): Candidate | undefined {
  const { state, options } = c
  if (state.control === 0) return undefined
  let best: Candidate | undefined
  for (let word = 0; word < options.interrupts / 32; word++) {
    const index = wordAt(c, cpu, word)
    let waiting = pendingWord(c, index) & state.enabled[index]! & ~state.active[index]!
    for (; waiting !== 0; waiting &= waiting - 1) {
      const bit = 31 - Math.clz32(waiting & -waiting)
      const id = 32 * word + bit
      const group = ((state.group[index]! >>> bit) & 1) as 0 | 1
      if (!(state.control & (1 << group)) || (word > 0 && !(state.targets[id]! & (1 << cpu)))) continue
      const priority = state.priority[32 * index + bit]!
      if (best === undefined || priority < best.priority) best = { id, priority, group }
    }
  }
  return best !== undefined && best.priority < state.cpu[cpu]!.priorityMask ? best : undefined
}

/** The group priority of a candidate: the part of its priority that decides preemption (section 3.3.3). */
function groupPriority(c: GicContext, cpu: number, { priority, group }: Candidate): number {
  const { control, binaryPoint, aliasedBinaryPoint } = c.state.cpu[cpu]!
  const isAliased = group === 1 && !(control & GICC_CTLR.CBPR)
  const point = isAliased ? aliasedBinaryPoint : binaryPoint + 1
  return priority & (0xff << point)
}

/** The group priority that a CPU is servicing, 0x100 when there is none. */
export function runningPriority(c: GicContext, cpu: number): number {
  const [group0, group1] = c.state.cpu[cpu]!.activePriorities
  for (let n = 0; n < 4; n++) {
    const levels = group0![n]! | group1![n]!
    if (levels !== 0) return 2 * (32 * n + 31 - Math.clz32(levels & -levels))
  }
  return IDLE
}

/** Sets the lines of every CPU. */
export function driveLines(c: GicContext): void {
  for (const [cpu, { control }] of c.state.cpu.entries()) {
    const best = control & GICC_CTLR.ENABLE ? highestPending(c, cpu) : undefined
    const isSignalled =
      best !== undefined && (control & (1 << best.group)) !== 0 && groupPriority(c, cpu, best) < runningPriority(c, cpu)
    const isFast = isSignalled && best.group === 0 && (control & GICC_CTLR.FIQ_EN) !== 0
    c.wires.irq[cpu]?.set(isSignalled && !isFast)
    c.wires.fiq[cpu]?.set(isFast)
  }
}

/** Which interrupt a read of an acknowledge register of group `group` gives, without acknowledging it. */
export function acknowledgeable(
  c: GicContext,
  cpu: number,
  group: 0 | 1,
): Candidate | typeof SPURIOUS | typeof GROUP_1_ONLY {
  const best = highestPending(c, cpu)
  const { control } = c.state.cpu[cpu]!
  if (best === undefined || !(control & (1 << best.group))) return SPURIOUS
  if (group === 1 && best.group === 0) return SPURIOUS
  if (group === 0 && best.group === 1 && !(control & GICC_CTLR.ACK_CTL)) return GROUP_1_ONLY
  return best
}

/** The CPU that an SGI is taken from first. */
export function firstSource(c: GicContext, cpu: number, sgi: number): number {
  const sources = c.state.sources[16 * cpu + sgi]!
  return sources === 0 ? 0 : 31 - Math.clz32(sources & -sources)
}

/** Reads GICC_IAR (group 0) or GICC_AIAR (group 1): the interrupt becomes active (section 3.2.4). */
export function acknowledge(c: GicContext, cpu: number, group: 0 | 1): number {
  const best = acknowledgeable(c, cpu, group)
  if (typeof best === "number") return best
  const priority = groupPriority(c, cpu, best)
  if (priority >= runningPriority(c, cpu)) return SPURIOUS
  const { state } = c
  const bit = (1 << (best.id & 31)) >>> 0
  const index = wordAt(c, cpu, best.id >>> 5)
  const level = priority >>> 1
  const active = state.cpu[cpu]!.activePriorities[best.group]!
  active[level >>> 5] = active[level >>> 5]! | (1 << (level & 31))
  state.active[index] = state.active[index]! | bit
  if (best.id >= 16) {
    state.latched[index] = state.latched[index]! & ~bit
    return best.id
  }
  // An SGI that several CPUs have sent stays pending from the others.
  const source = firstSource(c, cpu, best.id)
  setSources(c, cpu, best.id, state.sources[16 * cpu + best.id]! & ~(1 << source))
  return best.id | (source << 10)
}

/** Sets which CPUs an SGI is pending from. */
export function setSources(c: GicContext, cpu: number, sgi: number, sources: number): void {
  c.state.sources[16 * cpu + sgi] = sources
  const latched = c.state.latched
  latched[cpu] = sources === 0 ? latched[cpu]! & ~(1 << sgi) : latched[cpu]! | (1 << sgi)
}

/** Writes GICC_EOIR or GICC_AEOIR: drops the running priority and, unless EOImode is set, deactivates. */
export function endOfInterrupt(c: GicContext, cpu: number, value: number): void {
  const id = value & 0x3ff
  const index = wordAt(c, cpu, id >>> 5)
  if (index < 0 || runningPriority(c, cpu) === IDLE) return
  const group = (c.state.group[index]! >>> (id & 31)) & 1
  const levels = c.state.cpu[cpu]!.activePriorities[group]!
  for (let n = 0; n < 4; n++) {
    if (levels[n] === 0) continue
    levels[n] = levels[n]! & (levels[n]! - 1)
    break
  }
  if (!(c.state.cpu[cpu]!.control & GICC_CTLR.EOI_MODE)) deactivate(c, cpu, id)
}

/** Writes GICC_DIR: the interrupt is no longer active. */
export function deactivate(c: GicContext, cpu: number, id: number): void {
  const index = wordAt(c, cpu, id >>> 5)
  if (index >= 0) c.state.active[index] = c.state.active[index]! & ~(1 << (id & 31))
}
