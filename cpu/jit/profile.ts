// What regions do, counted by themselves: each has counters in the linear memory, if somebody asks for them.

import { MAILBOX, REGION_COUNTERS, REGIONS } from "../codegen/layout.ts"
import { type Code, MEMORY, OP } from "../wasm/index.ts"

/** Why a region is left. */
export const LEAVING = [
  /** The budget may end within the region: the interpreter finds the exact instruction. */
  "budget",
  /** To an instruction outside of the region, which is known. */
  "border",
  /** To an address that only running tells, and that is no entry of the region. */
  "indirect",
  /** To a page that is not mapped to what was translated. */
  "page",
  /** An access that the TLB does not answer. */
  "access",
  /** What the interpreter has to do: a helper, for example. */
  "helper",
  /** An exception. */
  "exception",
] as const
export type Leaving = (typeof LEAVING)[number]

/** Whether the next instruction is one of the region's, left to the interpreter. */
export const isPlain = (why: Leaving): boolean => ["budget", "access", "helper", "exception"].includes(why)

/** What regions that begin at an address did. */
export type RegionProfile = {
  /**
   * Address of the first instruction where it was translated; other addresses may be mapped to the same code. Undefined
   * for all those together that were too many to tell apart.
   */
  readonly address: number | undefined
  /** Name of the code format. */
  readonly format: string
  /** Number of its instructions. */
  readonly length: number
  /** How often it was entered. */
  readonly entered: number
  /** Instructions that it executed. */
  readonly executed: number
  readonly left: Readonly<Record<Leaving, number>>
}

const COUNTERS = ["entered", "executed", ...LEAVING] as const
type Counter = (typeof COUNTERS)[number]

const BYTES = COUNTERS.length * 8
/** Regions that wait to go live have counters too. */
const ROOM = 2 * REGIONS
/** Most dropped regions that are told apart. */
const MOST_PAST = 1 << 16

/** Address of a counter, for those of a region from an address on. */
const placeOf = (counters: number, counter: Counter) => counters + 8 * COUNTERS.indexOf(counter)

/** Writes code that adds 1 to a counter. */
export function emitCount(code: Code, counters: number, counter: "entered" | Leaving): void {
  emitAdd(code, placeOf(counters, counter), () => code.i64(1n))
}

/** Writes code that counts what was executed since MAILBOX.budget was read: the local has what is left of it. */
export function emitExecuted(code: Code, counters: number, budget: number): void {
  emitAdd(code, placeOf(counters, "executed"), () => {
    code.i32(0).memory(MEMORY.i32.load, MAILBOX.budget).get(budget).u8(OP.i32Sub).u8(OP.i64ExtendU)
  })
}

function emitAdd(code: Code, place: number, push: () => void): void {
  code.i32(0).i32(0).memory(MEMORY.i64.load, place)
  push()
  code.u8(OP.i64Add).memory(MEMORY.i64.store, place)
}

/** A region whose counters are kept. */
export type Counted = Pick<RegionProfile, "address" | "format" | "length"> & {
  /** Address of its counters. */
  readonly counters: number
}

/** Gives regions their counters, and adds up those of regions that are dropped. */
export class Profiler {
  readonly #words: BigInt64Array
  readonly #live = new Set<Counted>()
  readonly #past = new Map<string, RegionProfile>()
  readonly #free: number[] = []
  #used = 0

  constructor(memory: WebAssembly.Memory) {
    this.#words = new BigInt64Array(memory.buffer, REGION_COUNTERS, (ROOM * BYTES) / 8)
  }

  add(address: number, format: string, length: number): Counted {
    const slot = this.#free.pop() ?? this.#used++
    if (slot >= ROOM) throw new Error("more regions wait for their batch than there are counters for")
    const counted = { address, format, length, counters: REGION_COUNTERS + slot * BYTES }
    this.#live.add(counted)
    return counted
  }

  drop(counted: Counted): void {
    if (!this.#live.delete(counted)) return
    remember(this.#past, this.#read(counted))
    const slot = (counted.counters - REGION_COUNTERS) / BYTES
    this.#words.fill(0n, slot * COUNTERS.length, (slot + 1) * COUNTERS.length)
    this.#free.push(slot)
  }

  /** What regions have done, by address and format, dropped ones included. */
  profiles(): RegionProfile[] {
    const all = new Map(this.#past)
    for (const counted of this.#live) remember(all, this.#read(counted))
    return [...all.values()]
  }

  #read({ address, format, length, counters }: Counted): RegionProfile {
    const value = (counter: Counter) => Number(this.#words[(placeOf(counters, counter) - REGION_COUNTERS) / 8]!)
    return {
      address,
      format,
      length,
      entered: value("entered"),
      executed: value("executed"),
      left: Object.fromEntries(LEAVING.map((leaving) => [leaving, value(leaving)])) as RegionProfile["left"],
    }
  }
}

function remember(into: Map<string, RegionProfile>, profile: RegionProfile): void {
  const told = into.size < MOST_PAST ? profile : { ...profile, address: undefined }
  const key = `${told.format} ${told.address}`
  const known = into.get(key)
  if (!known) {
    into.set(key, told)
    return
  }
  const left = Object.fromEntries(LEAVING.map((l) => [l, known.left[l] + told.left[l]])) as RegionProfile["left"]
  into.set(key, { ...told, entered: known.entered + told.entered, executed: known.executed + told.executed, left })
}
