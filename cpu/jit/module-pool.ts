// The code cache of the JIT: compiles regions in batches, installs them in the interpreter's table, merges sparse modules.

import { REGION_ENTRIES, REGION_ENTRY, REGIONS } from "../codegen/layout.ts"
import type { CodePage, Location } from "../interpreter/code-cache.ts"
import { type InstalledRegion, isPending, moduleOf } from "./installed-region.ts"
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
  /** Instructions of all live regions. */
  #translated = 0
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
    this.#translated += region.instructions
    if (this.#pending.push(region) >= this.#context.tuning.regionsPerModule) this.installPending()
  }

  /** Compiles the pending regions as one module, and installs them. */
  installPending(): void {
    const batch = this.#pending.filter((region) => !region.isInvalidated)
    this.#pending = []
    if (batch.length === 0) return
    for (const [region, compiled] of this.#compile(batch)) if (!region.isInvalidated) this.#install(region, compiled)
    if (this.#modules.size > this.#context.tuning.maxModules) this.#merge()
  }

  /** Invalidates a region, installed or pending. */
  invalidate(region: InstalledRegion): void {
    const { interpreter, profiler, regions, stats } = this.#context
    if (region.isInvalidated) return
    region.isInvalidated = true
    this.#translated -= region.instructions
    stats.invalidated++
    if (region.replaces) region.replaces.replacement = undefined
    if (region.counted) profiler?.release(region.counted)
    const { cache } = interpreter
    this.#cool(region.entries.keys())
    for (const [location, slot] of region.tableSlots) {
      const index = interpreter.firstRegion + slot
      const entry = cache.entryAt(location)
      if (entry !== undefined) cache.regions.remove(entry, index)
      interpreter.table.set(index, null)
      this.#freeSlots.push(slot)
      this.#byTableSlot[slot] = undefined
    }
    region.tableSlots.clear()
    for (const page of regions.remove(region)) cache.release(page)
    const { module } = region
    if (module?.delete(region) && module.size === 0) this.#modules.delete(module)
  }

  /** Invalidates every region. */
  invalidateAll(): void {
    for (const region of this.#context.regions.all()) this.invalidate(region)
  }

  /** Lets the interpreter call a region again where it begins in a page, whose entries are new. */
  restore(region: InstalledRegion, page: CodePage): void {
    for (const [location, slot] of region.tableSlots)
      if (Math.floor(location / PAGE) === page.number) this.#enter(location, slot)
  }

  // Makes the interpreter call the function in a slot at a location. False if no region can begin there.
  #enter(location: Location, slot: number): boolean {
    const { cache, firstRegion } = this.#context.interpreter
    const entry = cache.entryAt(location)
    if (entry === undefined) return true
    cache.prepare(entry)
    if (!cache.mayBegin(entry)) return false
    cache.regions.add(entry, firstRegion + slot)
    return true
  }

  #cool(locations: Iterable<Location>): void {
    const { interpreter } = this.#context
    for (const location of locations) {
      const entry = interpreter.cache.entryAt(location)
      if (entry !== undefined) interpreter.cool(entry)
    }
  }

  // Whether there is room for a share of the most entries and instructions.
  #hasRoom(share: number): boolean {
    const { maxTranslated } = this.#context.tuning
    const free = this.#freeSlots.length + REGIONS - this.#usedSlots
    return free >= share * REGIONS && this.#translated <= (1 - share) * maxTranslated
  }

  // Invalidates the regions of the pages that were least recently used, some more than must be.
  #makeRoom(): void {
    const { interpreter, regions } = this.#context
    for (const page of interpreter.cache.pagesByAge()) {
      for (const region of regions.inPage(page)) if (!isPending(region)) this.invalidate(region)
      if (this.#hasRoom(1 / 16)) return
    }
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

  #install(region: InstalledRegion, compiled: unknown): void {
    const { interpreter, regions, stats } = this.#context
    if (region.replaces) {
      this.invalidate(region.replaces)
      region.replaces = undefined
      regions.claimEntries(region)
    }
    if (!this.#hasRoom(region.entries.size / REGIONS)) this.#makeRoom()
    for (const [location, offset] of region.entries) {
      if (regions.at(location, region.variant) !== region) continue
      const slot = this.#freeSlots.pop() ?? this.#usedSlots++
      if (!this.#enter(location, slot)) {
        this.#freeSlots.push(slot)
        regions.clearEntry(location, region.variant)
        continue
      }
      region.tableSlots.set(location, slot)
      this.#byTableSlot[slot] = region
      const index = interpreter.firstRegion + slot
      this.#regionEntries[(index * REGION_ENTRY.size + REGION_ENTRY.page) >> 2] = Math.floor(offset / PAGE) * PAGE
      interpreter.table.set(index, compiled)
    }
    if (region.tableSlots.size === 0) this.invalidate(region)
    else stats.regions++
    region.installedAt = this.#slices
    this.#cool(region.leaders)
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
