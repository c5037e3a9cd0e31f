// A machine of RAM and one device around a plain walker, for guests of either width and byte order.

import type { ByteOrder, Regime } from "../../cpu/isa/index.ts"
import type { GuestFault } from "../../mmu/access.ts"
import { mmuCounters } from "../../mmu/counters.ts"
import { GuestMemory } from "../../mmu/guest-memory.ts"
import type { PermissionGroups } from "../../mmu/permission-groups.ts"
import { PhysicalMemory } from "../../mmu/physical-memory.ts"
import { ShadowTables } from "../../mmu/shadow.ts"
import { softwareTlb } from "../../mmu/software-tlb.ts"
import { levelsOf, type SoftwareTlb } from "../../mmu/tlb.ts"
import { probeOf } from "../../mmu/tlb-probe.ts"
import { PlainWalker } from "./plain-walker.ts"

/** Where RAM begins: beyond 32 bits for guests that have more. */
export const RAM = { i32: 0x4000_0000, i64: 0x2_0000_4000_0000 } as const
export const RAM_BYTES = 0x1_0000
/** Where the device is, which answers a read with its address, and keeps what is written. */
export const DEVICE = 0x1000

/** Least privileged, most privileged, and both with swapped data. */
export const FOUR_REGIMES: readonly Regime[] = [
  { name: "user", level: 0, isSwapped: false, unprivileged: 0 },
  { name: "system", level: 1, isSwapped: false, unprivileged: 0 },
  { name: "user, swapped", level: 0, isSwapped: true, unprivileged: 2 },
  { name: "system, swapped", level: 1, isSwapped: true, unprivileged: 2 },
]

export type PlainOptions = {
  readonly addressType: "i32" | "i64"
  readonly byteOrder?: ByteOrder
  readonly regimes?: readonly Regime[]
  readonly rangesLog2?: number
  readonly groups?: (tlb: SoftwareTlb, counters: ReturnType<typeof mmuCounters>) => PermissionGroups
}

/** Flat tables take tens of MiB: machines of one kind share them. */
const buffers = new Map<number, ArrayBuffer>()

/** Memory of one CPU, and all that it is made of. */
export class PlainMachine {
  readonly walker = new PlainWalker()
  readonly faults: GuestFault[] = []
  readonly deviceWrites: (readonly [pa: number, bytes: number, value: number])[] = []
  readonly counters = mmuCounters()
  readonly tlb: SoftwareTlb
  readonly shadow: ShadowTables
  readonly memory: GuestMemory
  readonly groups: PermissionGroups | undefined
  /** RAM as the buffer holds it. */
  readonly ram: Uint8Array
  /** First address of RAM. */
  readonly base: number
  /** Its place in the buffer. */
  readonly host: number

  constructor(options: PlainOptions) {
    const { addressType, byteOrder = "little", regimes = FOUR_REGIMES, rangesLog2 = 0 } = options
    const levels = levelsOf(regimes)
    const base = RAM[addressType]
    const host = probeOf(addressType).bytes(levels)
    const buffer = buffers.get(host) ?? new ArrayBuffer(host + RAM_BYTES)
    buffers.set(host, buffer)
    // Tables that another machine filled are emptied, as fresh memory is.
    new Uint8Array(buffer).fill(0)
    this.base = base
    this.host = host
    this.ram = new Uint8Array(buffer, host)
    const tlb = softwareTlb(addressType, buffer, 0, { levels, ranges: 2 ** rangesLog2, groups: 16, capacity: 4096 })
    this.tlb = tlb
    this.groups = options.groups?.(tlb, this.counters)
    const hasGroups = this.groups !== undefined
    this.shadow = new ShadowTables(tlb, this.counters, { addressType, rangesLog2, hasGroups })
    const physical = new PhysicalMemory({
      buffer,
      byteOrder,
      bus: {
        read: (pa, bytes) => (pa >= DEVICE && pa < DEVICE + 4096 ? pa % 2 ** (8 * bytes) : undefined),
        write: (pa, bytes, value) => this.deviceWrites.push([pa, bytes, value]) > 0,
      },
      ramHost: (pa) => (pa >= base && pa < base + RAM_BYTES ? host + (pa - base) - ((pa - base) % 4096) : -1),
      isWritableRam: () => true,
      codePages: { holdsCode: () => false, written: () => {} },
    })
    this.memory = new GuestMemory({
      physical,
      regimes,
      walker: this.walker,
      tlb,
      shadow: this.shadow,
      groups: this.groups,
      counters: this.counters,
      faults: (fault) => this.faults.push(fault),
      alignmentChecked: () => false,
      rotates: false,
    })
  }
}
