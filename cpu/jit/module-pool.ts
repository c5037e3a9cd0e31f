// The code cache of the JIT: compiles regions in batches, installs them in the interpreter's table, merges sparse modules.

import { REGION_ENTRIES, REGION_ENTRY, REGIONS } from "../codegen/layout.ts"
import { type InstalledRegion, moduleOf } from "./installed-region.ts"
import { PAGE } from "./instruction-ir.ts"
import type { JitContext } from "./options.ts"

/** Owns regions from their translation until they are invalidated. */
export class ModulePool {
  readonly #context: JitContext
  readonly #regionEntries: Int32Array
  /** The live modules: a module dies with its last region. */
  readonly #modules = new Set<Set<InstalledRegion>>()
  readonly #byTableSlot: (InstalledRegion | undefined)[] = []
  readonly #freeSlots: number[] = []
  #usedSlots = 0
  #pending: InstalledRegion[] = []
  #slices = 0

  constructor(context: JitContext) {
    this.#context = context
    this.#regionEntries = new Int32Array(context.memory.buffer, REGION_ENTRIES, (REGION_ENTRY.size / 4) << 16)
  }

  /** Slices executed so far: the JIT's measure of time. */
  get slices(): number {
    return this.#slices
  }

  /** Counts a slice that has ended. */
  countSlice(): void {
    this.#slices++
  }

  /** Whether regions wait to be installed. */
  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  /** The region that the interpreter called last; undefined if it has been invalidated. */
  get lastCalled(): InstalledRegion | undefined {
    const { interpreter } = this.#context
    return this.#byTableSlot[interpreter.lastRegion - interpreter.firstRegion]
  }

  /** Adds a translated region, which is installed once its batch is full, or by `installPending`. */
  add(region: InstalledRegion): void {
    this.#context.regions.add(region)
    if (this.#pending.push(region) >= this.#context.tuning.regionsPerModule) this.installPending()
  }

  /** Compiles the pending regions as one module, and installs them. */
  installPending(): void {
    const batch = this.#pending.filter((region) => !region.isInvalidated)
    this.#pending = []
    if (batch.length === 0) return
    for (const [region, compiled] of this.#compile(batch)) if (!this.#install(region, compiled)) break
    if (this.#modules.size > this.#context.tuning.maxModules) this.#merge()
  }

  /** Invalidates a region, installed or pending. */
  invalidate(region: InstalledRegion): void {
    const { interpreter, profiler, regions, stats } = this.#context
    if (region.isInvalidated) return
    region.isInvalidated = true
    stats.invalidated++
    if (region.replaces) region.replaces.replacement = undefined
    if (region.counted) profiler?.release(region.counted)
    regions.remove(region)
    for (const entry of region.entries.keys()) interpreter.cool(entry)
    for (const [entry, slot] of region.tableSlots) {
      const index = interpreter.firstRegion + slot
      interpreter.cache.regions.remove(entry, index)
      interpreter.table.set(index, null)
      this.#freeSlots.push(slot)
      this.#byTableSlot[slot] = undefined
    }
    region.tableSlots.clear()
    const { module } = region
    if (module?.delete(region) && module.size === 0) this.#modules.delete(module)
  }

  /** Invalidates every region. */
  invalidateAll(): void {
    // The entries of a pending replacement still belong to the region that it replaces, so the index does not list it.
    for (const region of [...this.#context.regions.all(), ...this.#pending]) this.invalidate(region)
  }

  // Compiles regions as one module. Returns the exported function of each.
  #compile(regions: readonly InstalledRegion[]): Map<InstalledRegion, unknown> {
    const { arch, memory, stats } = this.#context
    const bytes = moduleOf(
      arch,
      regions.map(({ compiled }) => compiled),
    )
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { emu: { memory } })
    stats.modules++
    stats.wasmBytes += bytes.length
    const module = new Set(regions)
    this.#modules.add(module)
    for (const region of regions) region.module = module
    return new Map(regions.map((region, i) => [region, instance.exports[`r${i}`]]))
  }

  // Returns false after invalidating every region because the table is full.
  #install(region: InstalledRegion, compiled: unknown): boolean {
    const { interpreter, regions, stats } = this.#context
    const { cache } = interpreter
    if (region.replaces) {
      this.invalidate(region.replaces)
      region.replaces = undefined
      regions.claimEntries(region)
    }
    for (const [entry, offset] of region.entries) {
      if (regions.at(entry, region.variant) !== region) continue
      cache.prepare(entry)
      if (!cache.mayBegin(entry)) {
        regions.clearEntry(entry, region.variant)
        continue
      }
      const slot = this.#freeSlots.pop() ?? this.#usedSlots++
      if (slot >= REGIONS) {
        this.#usedSlots = REGIONS
        this.invalidateAll()
        return false
      }
      region.tableSlots.set(entry, slot)
      this.#byTableSlot[slot] = region
      const index = interpreter.firstRegion + slot
      this.#regionEntries[(index * REGION_ENTRY.size + REGION_ENTRY.page) >> 2] = Math.floor(offset / PAGE) * PAGE
      interpreter.table.set(index, compiled)
      cache.regions.add(entry, index)
    }
    if (region.tableSlots.size === 0) this.invalidate(region)
    else stats.regions++
    region.installedAt = this.#slices
    for (const entry of region.leaders) interpreter.cool(entry)
    return true
  }

  // Recompiles the regions of the sparser half of the modules into fewer ones. A module costs V8 much, however few are left.
  #merge(): void {
    const { interpreter, stats, tuning } = this.#context
    const sparse = [...this.#modules].sort((a, b) => a.size - b.size).slice(0, this.#modules.size >> 1)
    const regions = sparse.flatMap((module) => [...module])
    for (const module of sparse) this.#modules.delete(module)
    for (let first = 0; first < regions.length; first += tuning.regionsPerMergedModule) {
      const batch = regions.slice(first, first + tuning.regionsPerMergedModule)
      for (const [region, compiled] of this.#compile(batch)) {
        for (const slot of region.tableSlots.values()) interpreter.table.set(interpreter.firstRegion + slot, compiled)
      }
    }
    stats.merges++
  }
}
