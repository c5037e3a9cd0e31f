// A memory map for tests: RAM, ROM, one device, and nothing elsewhere.

import { cortexA15 } from "../../cpu/arm/models/cortex-a15.ts"
import type { Regime } from "../../cpu/isa/index.ts"
import type { GuestFault } from "../../mmu/access.ts"
import type { PhysicalAddress } from "../../mmu/address.ts"
import { physicalAddress } from "../../mmu/address.ts"
import { DOMAINS, Domains, INITIAL_DOMAIN_ACCESS } from "../../mmu/arm/domains.ts"
import { type ArmMmuModel, type ArmTranslationRegisters, armTranslationRegisters } from "../../mmu/arm/translation.ts"
import { armWalker } from "../../mmu/arm/walker.ts"
import { type MmuCounters, mmuCounters } from "../../mmu/counters.ts"
import { GuestMemory } from "../../mmu/guest-memory.ts"
import { PermissionGroups } from "../../mmu/permission-groups.ts"
import { type Bus, type CodePages, PhysicalMemory } from "../../mmu/physical-memory.ts"
import { type ShadowLimits, ShadowTables } from "../../mmu/shadow.ts"
import { FLAT, FlatTlb } from "../../mmu/tlb-flat.ts"

/** ARM's: bit 0 of the number says privileged, bit 1 big-endian data. */
export const REGIMES: readonly Regime[] = [
  { name: "user", level: 0, isSwapped: false, unprivileged: 0 },
  { name: "privileged", level: 1, isSwapped: false, unprivileged: 0 },
  { name: "user, big-endian data", level: 0, isSwapped: true, unprivileged: 2 },
  { name: "privileged, big-endian data", level: 1, isSwapped: true, unprivileged: 2 },
]
const TLB_BYTES = 3 * FLAT.blockBytes

export const RAM = 0x4000_0000
export const RAM_SIZE = 0x20_0000
export const ROM = 0x4020_0000
export const ROM_SIZE = 0x1_0000
export const DEVICE = 0x5000_0000
const HOST_RAM = TLB_BYTES

/** Byte of the device at an address. */
export const deviceByte = (pa: number) => (pa * 7 + 1) & 0xff

/** A TLB takes 64 MiB: the boards of one test file share it. */
let shared: { buffer: ArrayBuffer; tlb: FlatTlb } | undefined

export class Board {
  readonly registers: ArmTranslationRegisters = armTranslationRegisters()
  readonly faults: GuestFault[] = []
  /** Bytes written to the device. */
  readonly deviceWrites: [pa: number, byte: number][] = []
  /** Numbers of physical pages that hold code, and what was written to them. */
  readonly code = new Set<number>()
  readonly codeWrites: [pa: number, bytes: number][] = []
  readonly counters: MmuCounters = mmuCounters()
  readonly buffer: ArrayBuffer
  readonly tlb: FlatTlb
  readonly shadow: ShadowTables
  readonly memory: GuestMemory
  readonly domains: Domains
  readonly view: DataView
  alignmentChecked = false
  /** Whether code must not probe the user's block. */
  userHidden = false

  constructor({ model = cortexA15.mmu, limits, defer = false }: BoardOptions = {}) {
    if (shared === undefined) {
      const buffer = new ArrayBuffer(TLB_BYTES + RAM_SIZE + ROM_SIZE)
      shared = { buffer, tlb: new FlatTlb(buffer, 0, { levels: 2, groups: DOMAINS, capacity: 4096 }) }
    }
    shared.tlb.dropAll()
    this.buffer = shared.buffer
    this.tlb = shared.tlb
    this.view = new DataView(this.buffer, HOST_RAM)
    new Uint8Array(this.buffer, HOST_RAM).fill(0)
    this.shadow = new ShadowTables(this.tlb, this.counters, { addressType: "i32", hasGroups: true, limits })
    const physical = new PhysicalMemory({
      buffer: this.buffer,
      byteOrder: "little",
      bus: this.#bus(),
      ramHost: (pa: PhysicalAddress) =>
        pa >= RAM && pa < ROM + ROM_SIZE ? HOST_RAM + Math.floor((pa - RAM) / 4096) * 4096 : -1,
      isWritableRam: (pa: PhysicalAddress) => pa < ROM,
      codePages: this.#codePages(),
    })
    const hide = (hidden: boolean) => {
      this.userHidden = hidden
    }
    const groups = new PermissionGroups({
      tlb: this.tlb,
      levels: 2,
      counters: this.counters,
      initial: INITIAL_DOMAIN_ACCESS,
      ...(defer ? { hideLeastPrivileged: hide } : {}),
    })
    this.domains = new Domains(groups)
    this.memory = new GuestMemory({
      physical,
      regimes: REGIMES,
      walker: armWalker(model, this.registers, physical.read32),
      tlb: this.tlb,
      shadow: this.shadow,
      groups,
      counters: this.counters,
      faults: (fault: GuestFault) => this.faults.push(fault),
      rotates: true,
      alignmentChecked: () => this.alignmentChecked,
    })
  }

  /** Writes a word of RAM or ROM behind the guest's back. */
  poke(pa: number, value: number): void {
    this.view.setUint32(pa - RAM, value, true)
  }

  peek(pa: number): number {
    return this.view.getUint32(pa - RAM, true)
  }

  /** The fault since the last call; undefined if there was none. */
  takeFault(): GuestFault | undefined {
    const fault = this.faults[0]
    this.faults.length = 0
    return fault
  }

  #bus(): Bus {
    const answers = (pa: number) => pa >= DEVICE && pa < DEVICE + 4096
    return {
      read: (pa, bytes) => {
        if (!answers(pa)) return undefined
        let value = 0
        for (let i = 0; i < bytes; i++) value |= deviceByte(pa + i) << (8 * i)
        return value
      },
      write: (pa, bytes, value) => {
        if (!answers(pa)) return false
        for (let i = 0; i < bytes; i++) this.deviceWrites.push([pa + i, (value >>> (8 * i)) & 0xff])
        return true
      },
    }
  }

  #codePages(): CodePages {
    return {
      holdsCode: (page) => this.code.has(page),
      written: (pa, bytes) => this.codeWrites.push([pa, bytes]),
    }
  }
}

export type BoardOptions = { model?: ArmMmuModel; limits?: ShadowLimits; defer?: boolean }

/** Marks the page of an address as holding decoded code. */
export function decode(board: Board, pa: number): void {
  board.code.add(pa >>> 12)
  board.memory.protectCode(physicalAddress(pa))
}
