// The interpreter engine: the generated function, the cache of predecoded code, and the budget by which it is run.

import { levelsOf } from "../../mmu/tlb.ts"
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
  type Regime,
} from "../isa/index.ts"
import { CodeCache, type CodePort } from "./code-cache.ts"
import { type Generated, generateInterpreter } from "./generate.ts"

/** Is called when an entry has become hot, with the number of its virtual page, and the reason (`HOT`). */
export type HotListener = (entry: number, page: number, why: number) => void

/** Why `run` returned. */
export type ExitReason = (typeof EXIT_REASONS)[number]

const compiled = new WeakMap<Architecture, Compiled>()

type Compiled = { readonly generated: Generated; readonly module: WebAssembly.Module }

/** An interpreter of one CPU. Its registers are in the memory that it is given. */
export class Interpreter implements ExecutionEngine {
  readonly cache: CodeCache
  /** Names of the handlers, by number. */
  readonly names: readonly string[]
  /** How often generated code called TypeScript, by reason. */
  readonly exits = { decode: 0, resolve: 0, scratch: 0, attend: 0, load: 0, store: 0, hot: 0 }
  /** Functions of handlers, and behind them room for those of regions. */
  readonly table: WebAssembly.Table
  /** Index in the table of the first region's function. */
  readonly firstRegion: number
  #onHot: HotListener | undefined
  readonly #mailbox: Int32Array
  readonly #regimes: readonly Regime[]
  readonly #blockBytes: number
  readonly #clock: Float64Array
  readonly #run: () => void
  readonly #counts: BigInt64Array
  readonly #counters: Int32Array
  #granted = 0

  /**
   * The memory must not grow. `generated` is an interpreter of the architecture made before (prebuilt.ts). `helpers` has a
   * function for each helper that the architecture declares.
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
    this.#regimes = arch.regimes
    this.#blockBytes = probeOf(arch.addressType).blockBytes
    this.hideUnprivilegedEntries(false)
    this.requireAlignment(ALIGNMENTS)
    this.cache = new CodeCache(arch, generated.index, memory.buffer, ports.code)
    const { cache } = this
    const { data } = ports
    const { exits } = this
    const emu = {
      memory,
      decode: (entry: number, inContext: number) => {
        exits.decode++
        cache.decode(entry, inContext !== 0)
      },
      resolve: (va: number | bigint) => {
        exits.resolve++
        return cache.resolve(va)
      },
      scratch: (va: number | bigint, context: number) => {
        exits.scratch++
        return cache.scratch(va, context)
      },
      attend: () => {
        exits.attend++
        this.stop()
      },
      hot: (entry: number, pageAddress: number | bigint, why: number) => {
        exits.hot++
        this.#onHot?.(entry, pageNumber(pageAddress), why)
      },
      load: (va: number | bigint, code: number) => {
        exits.load++
        return data.load(va, ACCESSES[code]!)
      },
      load64: (va: number | bigint, code: number) => {
        exits.load++
        return data.loadLong(va, ACCESSES[code]!)
      },
      store: (va: number | bigint, value: number, code: number) => {
        exits.store++
        data.store(va, value, ACCESSES[code]!)
      },
      store64: (va: number | bigint, value: bigint, code: number) => {
        exits.store++
        data.storeLong(va, value, ACCESSES[code]!)
      },
    }
    const instance = new WebAssembly.Instance(module, { emu, helper: ports.helpers as WebAssembly.ModuleImports })
    this.table = instance.exports["table"] as WebAssembly.Table
    this.firstRegion = this.table.length - REGIONS
    this.#run = instance.exports["run"] as () => void
  }

  /** Executes up to that many instructions, at least one; tells how many were executed and why it stopped. */
  run(instructions: number, clock = CLOCK_AT_POWER_ON): { executed: number; reason: ExitReason } {
    this.#granted = instructions
    this.#mailbox[MAILBOX.budget >> 2] = instructions
    this.#clock[MAILBOX.clock >> 3] = clock.instructions + instructions
    this.#clock[MAILBOX.clockRate >> 3] = clock.rate
    this.#clock[MAILBOX.skipped >> 3] = clock.skippedNs
    this.#mailbox[MAILBOX.exit >> 2] = 0
    this.#run()
    return { executed: this.executed, reason: EXIT_REASONS[this.#mailbox[MAILBOX.exit >> 2]!]! }
  }

  /** Instructions executed since `run` was called; while TypeScript runs inside, the current one included. */
  get executed(): number {
    return this.#granted - this.#mailbox[MAILBOX.budget >> 2]!
  }

  /** From inside a slow access or helper: return before the next instruction. */
  stop(): void {
    this.limit(0)
  }

  /** From inside a slow access or helper: execute at most so many instructions more. */
  limit(instructions: number): void {
    const left = this.#mailbox[MAILBOX.budget >> 2]!
    if (left <= instructions) return
    this.#granted -= left - instructions
    this.#clock[MAILBOX.clock >> 3]! -= left - instructions
    this.#mailbox[MAILBOX.budget >> 2] = instructions
  }

  /** From inside a helper: the translation of code may have changed. */
  refetch(): void {
    this.#mailbox[MAILBOX.refetch >> 2] = 1
  }

  /** Hides the TLB's entries of the least privileged level from generated code, or shows them again. */
  hideUnprivilegedEntries(hidden: boolean): void {
    const levels = levelsOf(this.#regimes)
    const blockOf = ({ level, isSwapped }: Regime) => (isSwapped || (hidden && level === 0) ? levels : level)
    for (const [number, regime] of this.#regimes.entries()) {
      const address = (of: Regime) => TLB + blockOf(of) * this.#blockBytes
      this.#mailbox[(MAILBOX.blocks >> 2) + number] = address(regime)
      this.#mailbox[(MAILBOX.unprivilegedBlocks >> 2) + number] = address(this.#regimes[regime.unprivileged]!)
    }
  }

  /**
   * Sends accesses of those kinds of alignment to the slow path where they are misaligned; others are made as they are.
   * It begins with all kinds. True if that is a change.
   */
  requireAlignment(kinds: readonly Alignment[]): boolean {
    const before = this.aligned
    this.#mailbox[MAILBOX.aligned >> 2] = kinds.reduce((bits, kind) => bits | (1 << ALIGNMENTS.indexOf(kind)), 0)
    return this.aligned !== before
  }

  /** Those kinds, a bit for each as numbered in `ALIGNMENTS`. */
  get aligned(): number {
    return this.#mailbox[MAILBOX.aligned >> 2]!
  }

  /** Sets how many times regions leave to others until it is reported once. */
  sampleExits(times: number): void {
    this.#mailbox[MAILBOX.exitSample >> 2] = times
  }

  /** Place in the table of the entry at which a region was called last. */
  get lastRegion(): number {
    return this.#mailbox[MAILBOX.region >> 2]!
  }

  /** How often branches have arrived at an entry; entries far from each other may share a counter. */
  arrivals(entry: number): number {
    return this.#counters[counterOf(entry) >> 2]!
  }

  /** Tells the listener each time that branches have arrived at an entry so often. */
  watchHot(arrivals: number, listener: HotListener): void {
    this.#mailbox[MAILBOX.hot >> 2] = arrivals
    this.#onHot = listener
  }

  /** Lets the arrivals at an entry be counted from 0 again. */
  cool(entry: number): void {
    this.#counters[counterOf(entry) >> 2] = 0
  }

  /** How often each handler was executed, the most frequent first; all 0 unless made with `profile`. */
  profile(): { readonly name: string; readonly count: number }[] {
    const counted = this.names.map((name, i) => ({ name, count: Number(this.#counts[i]!) }))
    return counted.sort((a, b) => b.count - a.count)
  }

  /** Tells generated code whether an interrupt line of the CPU is asserted. */
  setInterrupt(asserted: boolean): void {
    this.#mailbox[MAILBOX.interrupt >> 2] = asserted ? 1 : 0
  }
}

// A profiling interpreter is made for the occasion; others are shared by all CPUs of the architecture.
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
