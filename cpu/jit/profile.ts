// Counters of regions in the linear memory: translated code counts what it does, if asked to.

import { MAILBOX, REGION_COUNTERS, REGIONS } from "../codegen/layout.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** Why a region exits. */
export const REGION_EXITS = [
  /** The budget may end within the region: the interpreter stops at the exact instruction. */
  "budget",
  /** A branch to a known instruction outside of the region. */
  "direct",
  /** A branch to an address that was not known before, and that is no entry of the region. */
  "indirect",
  /** A page is no longer mapped to the code that was translated. */
  "page",
  /** The TLB has no entry for a data access. */
  "access",
  /** Only the interpreter can do the instruction: it calls a helper, for example. */
  "helper",
  /** An exception. */
  "exception",
  /** An interrupt is pending, and the instruction may unmask it. */
  "interrupt",
  /** The instruction has changed how code runs: the instruction set, the regime, the variant. */
  "state",
] as const
export type RegionExit = (typeof REGION_EXITS)[number]

/** Whether the interpreter goes on with an instruction of the region. */
export const resumesInInterpreter = (why: RegionExit): boolean =>
  ["budget", "access", "helper", "exception", "interrupt"].includes(why)

/** What regions that begin at an address did. */
export type RegionProfile = {
  /**
   * Address of the first instruction where it was translated; other addresses may be mapped to the same code. Undefined
   * for the sum of the regions beyond those that are kept apart.
   */
  readonly address: number | bigint | undefined
  /** Name of the code format. */
  readonly format: string
  /** Number of its instructions. */
  readonly length: number
  /** How often it was entered. */
  readonly entered: number
  /** Instructions that it executed. */
  readonly executed: number
  /** How often it exited, by reason. */
  readonly exits: Readonly<Record<RegionExit, number>>
}

const COUNTERS = ["entered", "executed", ...REGION_EXITS] as const
type Counter = (typeof COUNTERS)[number]

const BYTES = COUNTERS.length * 8
/** Regions with counters at a time; pending ones have counters too. */
const MAX_COUNTED = 2 * REGIONS
/** Dropped regions that are kept apart. */
const MAX_DROPPED = 1 << 16

/** Address of a counter, given the address of the region's first. */
const addressOf = (counters: number, counter: Counter) => counters + 8 * COUNTERS.indexOf(counter)

/** Writes code that adds 1 to a counter. */
export function emitCount(code: Code, counters: number, counter: "entered" | RegionExit): void {
  emitAdd(code, addressOf(counters, counter), () => code.i64(1n))
}

/** Writes code that counts what was executed since MAILBOX.budget was read; the local has the rest of the budget. */
export function emitExecuted(code: Code, counters: number, budget: number): void {
  emitAdd(code, addressOf(counters, "executed"), () => {
    code.i32(0).memory(MEMORY.i32.load, MAILBOX.budget).get(budget).u8(OP.i32Sub).u8(OP.i64ExtendU)
  })
}

function emitAdd(code: Code, address: number, push: () => void): void {
  code.i32(0).i32(0).memory(MEMORY.i64.load, address)
  push()
  code.u8(OP.i64Add).memory(MEMORY.i64.store, address)
}

/** A region that counts. */
export type CountedRegion = Pick<RegionProfile, "address" | "format" | "length"> & {
  /** Address of its first counter. */
  readonly counters: number
}

/** Allots counters to regions, and adds up those of regions that are dropped. */
export class Profiler {
  readonly #words: BigInt64Array
  readonly #counted = new Set<CountedRegion>()
  readonly #dropped = new Map<string, RegionProfile>()
  readonly #free: number[] = []
  #used = 0

  constructor(memory: WebAssembly.Memory) {
    this.#words = new BigInt64Array(memory.buffer, REGION_COUNTERS, (MAX_COUNTED * BYTES) / 8)
  }

  /** Allots counters to a region. */
  add(address: number | bigint, format: string, length: number): CountedRegion {
    const slot = this.#free.pop() ?? this.#used++
    if (slot >= MAX_COUNTED) throw new Error("more regions wait for their batch than there are counters for")
    const counted = { address, format, length, counters: REGION_COUNTERS + slot * BYTES }
    this.#counted.add(counted)
    return counted
  }

  /** Keeps what a region has counted, and frees its counters. */
  drop(counted: CountedRegion): void {
    if (!this.#counted.delete(counted)) return
    addTo(this.#dropped, this.#read(counted))
    const slot = (counted.counters - REGION_COUNTERS) / BYTES
    this.#words.fill(0n, slot * COUNTERS.length, (slot + 1) * COUNTERS.length)
    this.#free.push(slot)
  }

  /** What regions have done, by address and format, dropped ones included. */
  profiles(): RegionProfile[] {
    const all = new Map(this.#dropped)
    for (const counted of this.#counted) addTo(all, this.#read(counted))
    return [...all.values()]
  }

  #read({ address, format, length, counters }: CountedRegion): RegionProfile {
    const value = (counter: Counter) => Number(this.#words[(addressOf(counters, counter) - REGION_COUNTERS) / 8]!)
    return {
      address,
      format,
      length,
      entered: value("entered"),
      executed: value("executed"),
      exits: Object.fromEntries(REGION_EXITS.map((why) => [why, value(why)])) as RegionProfile["exits"],
    }
  }
}

/** Adds a profile to those of the same address and format. */
function addTo(into: Map<string, RegionProfile>, profile: RegionProfile): void {
  const added = into.size < MAX_DROPPED ? profile : { ...profile, address: undefined }
  const key = `${added.format} ${added.address}`
  const known = into.get(key)
  if (!known) {
    into.set(key, added)
    return
  }
  const exits = Object.fromEntries(
    REGION_EXITS.map((why) => [why, known.exits[why] + added.exits[why]]),
  ) as RegionProfile["exits"]
  into.set(key, { ...added, entered: known.entered + added.entered, executed: known.executed + added.executed, exits })
}
