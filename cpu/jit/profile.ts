// Region profiles: counters in linear memory that translated code increments if `JitOptions.count` is set.

import { MAILBOX, REGION_COUNTERS, REGIONS } from "../codegen/layout.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** The reasons for which a region exits. */
export const REGION_EXITS = [
  /** The budget may run out within the region: the interpreter stops at the exact instruction. */
  "budget",
  /** A direct branch to a target outside of the region. */
  "direct",
  /** An indirect branch to an address that is no entry of the region. */
  "indirect",
  /** An edge to a page that is no longer mapped to the code that was translated. */
  "page",
  /** A data access that misses the TLB, or that is misaligned where alignment is checked. */
  "access",
  /** A path that only the interpreter can execute, such as a helper call. */
  "helper",
  /** An exception that the instruction raises. */
  "exception",
  /** A pending interrupt before an instruction that may unmask it. */
  "interrupt",
  /** A branch to code that runs under changed state: the instruction set, decode context, regime or variant. */
  "state",
] as const
/** A reason for which a region exits. */
export type RegionExit = (typeof REGION_EXITS)[number]

/** Whether an exit is a side exit: the interpreter resumes at an instruction of the region. */
export const isSideExit = (why: RegionExit): boolean =>
  ["budget", "access", "helper", "exception", "interrupt"].includes(why)

/** What the regions that begin at an address have done, by their counters. */
export type RegionProfile = {
  /**
   * Virtual address of the first instruction when the region was translated. Undefined for the sum of the invalidated regions
   * beyond the limit of separate profiles.
   */
  readonly address: number | bigint | undefined
  /** Name of the code format. */
  readonly format: string
  /** Number of guest instructions that were translated. */
  readonly length: number
  /** Entries from outside. */
  readonly entered: number
  /** Guest instructions executed. */
  readonly executed: number
  /** Exits by reason. */
  readonly exits: Readonly<Record<RegionExit, number>>
}

const COUNTERS = ["entered", "executed", ...REGION_EXITS] as const
type Counter = (typeof COUNTERS)[number]

const BYTES = COUNTERS.length * 8
// Regions that have counters at a time: twice the installed ones at most, since pending ones count among them.
const MAX_COUNTED = 2 * REGIONS
// Invalidated regions with a profile of their own. Bounds the memory that a guest can make the host use.
const MAX_INVALIDATED = 1 << 16

// Address of a counter, given that of the region's first one.
const addressOf = (counters: number, counter: Counter) => counters + 8 * COUNTERS.indexOf(counter)

/** Writes code that adds 1 to a counter of a region, given the address of its first counter. */
export function emitCount(code: Code, counters: number, counter: "entered" | RegionExit): void {
  emitAdd(code, addressOf(counters, counter), () => code.i64(1n))
}

/** Writes code that counts the instructions executed since region entry; the local `budget` has the rest of the budget. */
export function emitExecuted(code: Code, counters: number, budget: number): void {
  emitAdd(code, addressOf(counters, "executed"), () => {
    code.base().memory(MEMORY.i32.load, MAILBOX.budget).get(budget).u8(OP.i32Sub).u8(OP.i64ExtendU)
  })
}

function emitAdd(code: Code, address: number, push: () => void): void {
  code.i32(0).i32(0).memory(MEMORY.i64.load, address)
  push()
  code.u8(OP.i64Add).memory(MEMORY.i64.store, address)
}

/** A region with counters. */
export type CountedRegion = Pick<RegionProfile, "address" | "format" | "length"> & {
  /** Address of its first counter. */
  readonly counters: number
}

/** Allocates counters to regions, and accumulates those of regions that are invalidated. */
export class Profiler {
  readonly #words: BigInt64Array
  readonly #counted = new Set<CountedRegion>()
  readonly #invalidated = new Map<string, RegionProfile>()
  readonly #free: number[] = []
  #used = 0

  constructor(memory: WebAssembly.Memory) {
    this.#words = new BigInt64Array(memory.buffer, REGION_COUNTERS, (MAX_COUNTED * BYTES) / 8)
  }

  /** Allocates counters to a region; throws if none are free. */
  add(address: number | bigint, format: string, length: number): CountedRegion {
    const slot = this.#free.pop() ?? this.#used++
    if (slot >= MAX_COUNTED) throw new Error("No counters are free: too many regions are pending.")
    const counted = { address, format, length, counters: REGION_COUNTERS + slot * BYTES }
    this.#counted.add(counted)
    return counted
  }

  /** Adds the counters of a region to the profile of its address, and frees them. */
  release(counted: CountedRegion): void {
    if (!this.#counted.delete(counted)) return
    addTo(this.#invalidated, this.#read(counted))
    const slot = (counted.counters - REGION_COUNTERS) / BYTES
    this.#words.fill(0n, slot * COUNTERS.length, (slot + 1) * COUNTERS.length)
    this.#free.push(slot)
  }

  /** The profiles of all regions, by address and format, invalidated ones included. */
  profiles(): RegionProfile[] {
    const all = new Map(this.#invalidated)
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

// Adds a profile to that of the same address and format.
function addTo(into: Map<string, RegionProfile>, profile: RegionProfile): void {
  const added = into.size < MAX_INVALIDATED ? profile : { ...profile, address: undefined }
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
