// The ports of a CPU that its engine uses: code, and memory as the guest's accesses see it.

import type { CodePort } from "../cpu/interpreter/code-cache.ts"
import type { StateView } from "../cpu/ir/index.ts"
import type { Architecture, DataPort } from "../cpu/isa/index.ts"
import { FETCH } from "../mmu/access.ts"
import { type VirtualAddress, virtualAddress, virtualAddress64 } from "../mmu/address.ts"
import type { GuestMemory } from "../mmu/guest-memory.ts"
import { blockOf, type SoftwareTlb } from "../mmu/tlb.ts"
import type { Bus } from "./bus.ts"

/** The parts of a CPU behind the ports. */
export type PortParts = {
  readonly arch: Architecture
  readonly state: StateView
  readonly guest: GuestMemory
  readonly tlb: SoftwareTlb
  readonly bus: Bus
  /** The REGIME register: one word of the state. */
  readonly regimeWord: Int32Array
}

/** An address as generated code passes it: a bigint if it has 64 bits. */
const virtual = (va: number | bigint): VirtualAddress =>
  typeof va === "bigint" ? virtualAddress64(va) : virtualAddress(va)

/** Where the engine finds code. */
export function codePort({ arch, state, guest, tlb, bus, regimeWord }: PortParts): CodePort {
  const { ISA } = arch.engine
  return {
    translate: (va) => guest.translate(virtual(va), FETCH, regimeWord[0]!),
    hostOf: (pa) => bus.hostOf(pa),
    fillFetch: (va, pointer) => guest.fillFetch(virtual(va), regimeWord[0]!, state.get(ISA), pointer),
    fetchAbort: (va) => guest.fetchAbort(virtual(va), regimeWord[0]!),
    watch: (host) => tlb.makeWriteSlow(host),
    dropFetch: (pointer) => tlb.dropFetchOf(pointer),
    isa: () => state.get(ISA),
    fetched: (page) => tlb.fetchEntry(blockOf(arch.regimes[regimeWord[0]!]!, tlb.levels), state.get(ISA), page),
  }
}

/** The accesses for which generated code calls TypeScript. */
export function dataPort({ guest, regimeWord }: PortParts): DataPort {
  return {
    load: (va, access) => guest.load(va as VirtualAddress, access, regimeWord[0]!),
    loadLong: (va, access) => guest.loadLong(va as VirtualAddress, access, regimeWord[0]!),
    store: (va, value, access) => guest.store(va as VirtualAddress, access, regimeWord[0]!, value),
    storeLong: (va, value, access) => guest.storeLong(va as VirtualAddress, access, regimeWord[0]!, value),
  }
}
