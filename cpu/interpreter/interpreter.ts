// The interpreter engine: runs the generated function for a budget of instructions, with a cache of predecoded code.

import { blockOf, levelsOf } from "../../mmu/tlb.ts"
import { probeOf } from "../../mmu/tlb-probe.ts"
import { ACCESSES } from "../codegen/accesses.ts"
import {
  ALIGNMENTS,
  COUNTERS,
  COUNTERS_BYTES,
  counterOf,
  EXIT_REASONS,
  MAILBOX,
  PROFILE,
  REGIONS,
  TLB,
} from "../codegen/layout.ts"
import type { Alignment } from "../ir/index.ts"
import {
  type Architecture,
  CLOCK_AT_POWER_ON,
  type DataPort,
  type ExecutionEngine,
  type HelperFunction,
  NEVER_OVERDUE,
  type Regime,
  type RunResult,
} from "../isa/index.ts"
import { CodeCache, type CodePort } from "./code-cache.ts"
import { type Generated, generateInterpreter } from "./generate.ts"

/** Receives an entry that is hot, the number of its virtual page, and the reason (`HOT`). */
export type HotListener = (entry: number, page: number, why: number) => void

/** Calls of TypeScript between two looks at the host's clock, each of which may take some 50 µs. */
const SLOW_CALLS = 16

const compiled = new WeakMap<Architecture, Compiled>()

type Compiled = { readonly generated: Generated; readonly module: WebAssembly.Module }

/** The interpreter of one CPU, whose registers are in the given memory. */
export class Interpreter implements ExecutionEngine {
  /** Its predecoded code. */
  readonly cache: CodeCache
  /** Names of the handlers, by number. */
  readonly names: readonly string[]
  /** Number of calls from generated code to TypeScript, by reason. */
  readonly exits = { decode: 0, resolve: 0, scratch: 0, attend: 0, load: 0, store: 0, hot: 0 }
  /** The function table: cold handlers, then slots for regions. */
  readonly table: WebAssembly.Table
  /** Table index of the first slot for regions. */
  readonly firstRegion: number
  #onHot: HotListener | undefined
  readonly #mailbox: Int32Array
  /** MAILBOX.blocks and MAILBOX.unprivilegedBlocks, with unprivileged entries shown and hidden. */
  readonly #blocks: { readonly shown: Int32Array; readonly hidden: Int32Array }
  readonly #clock: Float64Array
  readonly #run: () => void
  readonly #counts: BigInt64Array
  readonly #counters: Int32Array
  #granted = 0
  #isOverdue = NEVER_OVERDUE
  #slowCalls = 0
  #left = 0

  /**
   * The memory must not grow. `helpers` has a function for each helper that the architecture declares. `generated` is an
   * interpreter of the architecture that a build has generated (prebuilt.ts).
   */
  constructor(
    arch: Architecture,
    memory: WebAssembly.Memory,
    ports: { code: CodePort; data: DataPort; helpers: Readonly<Record<string, HelperFunction>> },
    options: { profile?: boolean; generated?: Generated | undefined } = {},
  ) {
    const { generated, module } = compile(arch, options.profile ?? false, options.generated)
    this.#counters = new Int32Array(memory.buffer, COUNTERS, COUNTERS_BYTES / 4)
    this.#counts = new BigInt64Array(memory.buffer, PROFILE, generated.names.length)
    this.names = generated.names
    this.#mailbox = new Int32Array(memory.buffer, 0, 64)
    this.#clock = new Float64Array(memory.buffer, 0, 32)
    this.#blocks = { shown: blockAddresses(arch, false), hidden: blockAddresses(arch, true) }
    this.hideUnprivilegedEntries(false)
    this.requireAlignment(ALIGNMENTS)
    this.cache = new CodeCache(arch, generated.index, memory.buffer, ports.code)
    const { cache } = this
    const { data } = ports
    const { exits } = this
    const helper = Object.entries(ports.helpers).map(([name, call]) => [
      name,
      (...args: never[]) => {
        this.#countSlow()
        return call(...args)
      },
    ])
    const emu = {
      memory,
      decode: (entry: number, inContext: number) => {
        exits.decode++
        this.#countSlow()
        cache.decode(entry, inContext !== 0)
      },
      resolve: (va: number | bigint) => {
        exits.resolve++
        this.#countSlow()
        return cache.resolve(va)
      },
      scratch: (va: number | bigint, context: number) => {
        exits.scratch++
        this.#countSlow()
        return cache.scratch(va, context)
      },
      attend: () => {
        exits.attend++
        this.stop()
      },
      hot: (entry: number, pageAddress: number | bigint, why: number) => {
        exits.hot++
        this.#onHot?.(entry, pageNumber(pageAddress), why)
        // A translation takes milliseconds.
        if (this.#isOverdue()) this.#pause()
      },
      load: (va: number | bigint, code: number) => {
        exits.load++
        this.#countSlow()
        return data.load(va, ACCESSES[code]!)
      },
      load64: (va: number | bigint, code: number) => {
        exits.load++
        this.#countSlow()
        return data.loadLong(va, ACCESSES[code]!)
      },
      store: (va: number | bigint, value: number, code: number) => {
        exits.store++
        this.#countSlow()
        data.store(va, value, ACCESSES[code]!)
      },
      store64: (va: number | bigint, value: bigint, code: number) => {
        exits.store++
        this.#countSlow()
        data.storeLong(va, value, ACCESSES[code]!)
      },
    }
    const instance = new WebAssembly.Instance(module, { emu, helper: Object.fromEntries(helper) })
    this.table = instance.exports["table"] as WebAssembly.Table
    this.firstRegion = this.table.length - REGIONS
    this.#run = instance.exports["run"] as () => void
  }

  run(instructions: number, clock = CLOCK_AT_POWER_ON, isOverdue = NEVER_OVERDUE): RunResult {
    this.#isOverdue = isOverdue
    this.#left = 0
    this.#granted = instructions
    this.#mailbox[MAILBOX.budget >> 2] = instructions
    this.#clock[MAILBOX.clock >> 3] = clock.instructions + instructions
    this.#clock[MAILBOX.clockRate >> 3] = clock.rate
    this.#clock[MAILBOX.skipped >> 3] = clock.skippedNs
    this.#mailbox[MAILBOX.exit >> 2] = 0
    this.#run()
    const reason = EXIT_REASONS[this.#mailbox[MAILBOX.exit >> 2]!]!
    return { executed: this.executed, reason, left: reason === "budget" ? this.#left : 0 }
  }

  // Every call of TypeScript comes by here, and asks for the time now and then.
  #countSlow(): void {
    this.#slowCalls = (this.#slowCalls + 1) % SLOW_CALLS
    if (this.#slowCalls === 0 && this.#isOverdue()) this.#pause()
  }

  #pause(): void {
    const left = this.#mailbox[MAILBOX.budget >> 2]!
    this.limit(0)
    if (left > 0) this.#left = left
  }

  /** Instructions executed since `run` was called, including the current one while it calls TypeScript. */
  get executed(): number {
    return this.#granted - this.#mailbox[MAILBOX.budget >> 2]!
  }

  /** Makes `run` return before the next instruction; for slow accesses and helpers. */
  stop(): void {
    this.limit(0)
  }

  /** Makes `run` return after at most that many more instructions; for slow accesses and helpers. */
  limit(instructions: number): void {
    this.#left = Math.min(this.#left, instructions)
    const left = this.#mailbox[MAILBOX.budget >> 2]!
    if (left <= instructions) return
    this.#granted -= left - instructions
    this.#clock[MAILBOX.clock >> 3]! -= left - instructions
    this.#mailbox[MAILBOX.budget >> 2] = instructions
  }

  /** Lets so many ns of virtual time pass without instructions; for slow accesses and helpers. */
  delay(ns: number): void {
    this.#clock[MAILBOX.skipped >> 3]! += ns
  }

  /** Makes the next instruction be looked up anew; for helpers that change the translation of code. */
  refetch(): void {
    this.#mailbox[MAILBOX.refetch >> 2] = 1
  }

  /** Hides the TLB entries of the least privileged level from generated code, or shows them again. */
  hideUnprivilegedEntries(hidden: boolean): void {
    this.#mailbox.set(hidden ? this.#blocks.hidden : this.#blocks.shown, MAILBOX.blocks >> 2)
  }

  /**
   * Sends misaligned accesses of these kinds to TypeScript; those of other kinds are made as they are. The engine begins with
   * all kinds. Returns whether the kinds have changed.
   */
  requireAlignment(kinds: readonly Alignment[]): boolean {
    const before = this.aligned
    this.#mailbox[MAILBOX.aligned >> 2] = kinds.reduce((bits, kind) => bits | (1 << ALIGNMENTS.indexOf(kind)), 0)
    return this.aligned !== before
  }

  /** The kinds of `requireAlignment`: a bit for each, as numbered in `ALIGNMENTS`. */
  get aligned(): number {
    return this.#mailbox[MAILBOX.aligned >> 2]!
  }

  /** Reports the exit from one region to another that comes after `interval` of them, once (`HOT.regionExit`). */
  sampleExits(interval: number): void {
    this.#mailbox[MAILBOX.exitSample >> 2] = interval
  }

  /** Table index of the region that was called last. */
  get lastRegion(): number {
    return this.#mailbox[MAILBOX.region >> 2]!
  }

  /** Number of arrivals at an entry; entries far from each other may share a counter. */
  arrivals(entry: number): number {
    return this.#counters[counterOf(entry) >> 2]!
  }

  /** Calls the listener when branches have arrived at an entry that often, and for the other reasons in `HOT`. */
  watchHot(arrivals: number, listener: HotListener): void {
    this.#mailbox[MAILBOX.hot >> 2] = arrivals
    this.#onHot = listener
  }

  /** Resets the count of arrivals at an entry. */
  cool(entry: number): void {
    this.#counters[counterOf(entry) >> 2] = 0
  }

  /** Executions of each handler, the most frequent first; all 0 unless the option `profile` was given. */
  profile(): { readonly name: string; readonly count: number }[] {
    const counted = this.names.map((name, i) => ({ name, count: Number(this.#counts[i]!) }))
    return counted.sort((a, b) => b.count - a.count)
  }

  /** Sets whether an interrupt line of the CPU is asserted. */
  setInterrupt(asserted: boolean): void {
    this.#mailbox[MAILBOX.interrupt >> 2] = asserted ? 1 : 0
  }
}

// The words of MAILBOX.blocks, then those of MAILBOX.unprivilegedBlocks. Hidden entries are replaced by the block that is
// always empty, behind those of the levels.
function blockAddresses({ regimes, addressType }: Architecture, hidden: boolean): Int32Array {
  const { blockBytes } = probeOf(addressType)
  const levels = levelsOf(regimes)
  const address = (regime: Regime) =>
    TLB + blockBytes * (hidden && regime.level === 0 ? levels : blockOf(regime, levels))
  const words = new Int32Array((MAILBOX.target - MAILBOX.blocks) >> 2)
  const unprivileged = (MAILBOX.unprivilegedBlocks - MAILBOX.blocks) >> 2
  for (const [number, regime] of regimes.entries()) {
    words[number] = address(regime)
    words[unprivileged + number] = address(regimes[regime.unprivileged]!)
  }
  return words
}

// All CPUs of an architecture share an interpreter; only a profiling one is generated for each.
function compile(arch: Architecture, profile: boolean, prebuilt: Generated | undefined): Compiled {
  const known = profile ? undefined : compiled.get(arch)
  if (known) return known
  const generated = (profile ? undefined : prebuilt) ?? generateInterpreter(arch, profile)
  const made = { generated, module: new WebAssembly.Module(generated.bytes as BufferSource) }
  if (!profile) compiled.set(arch, made)
  return made
}

const pageNumber = (address: number | bigint): number =>
  typeof address === "bigint" ? Number(BigInt.asUintN(64, address) >> 12n) : address >>> 12
