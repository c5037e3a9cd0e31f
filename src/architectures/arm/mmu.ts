// The MMU of an ARM CPU: system registers control translation, and failed accesses become aborts
// (ARM DDI 0406C, B3 and B4.2).

import { type ArmMmu, type ArmModel, type Cp15Slot, cp15Slot } from "../../../cpu/arm/index.ts"
import { ALIGNMENTS } from "../../../cpu/codegen/layout.ts"
import type { Alignment } from "../../../cpu/ir/index.ts"
import { type GuestFault, READ, WRITE } from "../../../mmu/access.ts"
import {
  PAGE_SHIFT,
  pageNumber,
  pageOffset,
  physicalAddress,
  physicalPage,
  physicalPageAddress,
  physicalPlus,
  virtualAddress,
  virtualLow,
} from "../../../mmu/address.ts"
import { DOMAINS, Domains, INITIAL_DOMAIN_ACCESS } from "../../../mmu/arm/domains.ts"
import { faultStatus } from "../../../mmu/arm/fault-status.ts"
import { SCTLR_A } from "../../../mmu/arm/sctlr.ts"
import {
  armTranslationRegisters,
  asidOf,
  PRIVILEGED,
  spaceKeyOf,
  TTBCR_EAE,
  USER,
} from "../../../mmu/arm/translation.ts"
import { armWalker } from "../../../mmu/arm/walker.ts"
import { Walk } from "../../../mmu/walk.ts"
import type { Cpu } from "../../cpu.ts"
import type { CpuMmu } from "../../cpu-system.ts"
import { attributesForPar } from "./par.ts"

/** Controls the MMU of a CPU by its system registers. */
export class ArmTranslation implements ArmMmu {
  readonly #cpu: Cpu
  readonly #model: ArmModel
  readonly #registers = armTranslationRegisters()
  #domains: Domains | undefined

  constructor(cpu: Cpu, model: ArmModel) {
    this.#cpu = cpu
    this.#model = model
  }

  /** The MMU as the generic CPU uses it. */
  get ports(): CpuMmu {
    return {
      walker: (physical) => armWalker(this.#model.mmu, this.#registers, physical.read32),
      rotates: this.#model.rotatesMisalignedWords,
      alignmentChecked: () => this.#alignmentChecked,
      groups: {
        count: DOMAINS,
        initial: INITIAL_DOMAIN_ACCESS,
        connect: (groups) => {
          this.#domains = new Domains(groups)
        },
      },
    }
  }

  get #alignmentChecked(): boolean {
    return (this.#registers.sctlr & SCTLR_A) !== 0
  }

  get #hasLongDescriptors(): boolean {
    return (this.#registers.ttbcr & TTBCR_EAE) !== 0
  }

  #system(name: Cp15Slot): number {
    return this.#cpu.state.get(this.#cpu.arch.state.files["CP15"]!, cp15Slot(name))
  }

  #load(): void {
    const get = (name: Cp15Slot) => this.#system(name)
    const registers = this.#registers
    registers.sctlr = get("SCTLR")
    registers.ttbcr = get("TTBCR")
    registers.ttbr0 = get("TTBR0")
    registers.ttbr0High = get("TTBR0_HI")
    registers.ttbr1 = get("TTBR1")
    registers.ttbr1High = get("TTBR1_HI")
    registers.dacr = get("DACR")
    registers.prrr = registers.mair0 = get("MAIR0")
    registers.nmrr = registers.mair1 = get("MAIR1")
    registers.contextidr = get("CONTEXTIDR")
    registers.fcseidr = get("FCSEIDR")
  }

  #enterSpace(): void {
    this.#cpu.guest.switchSpace(0, spaceKeyOf(this.#registers), asidOf(this.#registers))
    this.#cpu.refetch()
  }

  switchSpace(): void {
    this.#load()
    this.#enterSpace()
  }

  domainsChanged(): void {
    this.#registers.dacr = this.#system("DACR")
    this.#domains?.setDacr(this.#registers.dacr)
    this.#cpu.refetch()
  }

  regimeChanged(): void {
    const { guest } = this.#cpu
    this.#load()
    this.#domains?.setDacr(this.#registers.dacr)
    guest.invalidateAll()
    const always: readonly Alignment[] = this.#model.rotatesMisalignedWords ? ["required", "rotate"] : ["required"]
    this.#cpu.requireAlignment(this.#alignmentChecked ? ALIGNMENTS : always)
    this.#enterSpace()
  }

  invalidateAll(): void {
    this.#cpu.guest.invalidateAll()
    this.#cpu.refetch()
  }

  invalidateAsid(asid: number): void {
    this.#cpu.guest.invalidateAsid(asid)
    this.#cpu.refetch()
  }

  invalidateVa(va: number, asid: number): void {
    this.#cpu.guest.invalidateVa(virtualAddress(va), asid)
    this.#cpu.refetch()
  }

  invalidateVaAllAsid(va: number): void {
    this.#cpu.guest.invalidateVaAllAsid(virtualAddress(va))
    this.#cpu.refetch()
  }

  translateForAts(
    va: number,
    { write, privileged }: { readonly write: boolean; readonly privileged: boolean },
  ): bigint | undefined {
    const walk = new Walk()
    const privilege = privileged ? PRIVILEGED : USER
    const isMapped = this.#cpu.guest.probe(virtualAddress(va), write ? WRITE : READ, privilege, walk)
    if (!isMapped && walk.fault === "externalOnWalk") {
      // DFSR.WnR is 1, whatever the translation is for (B4.1.52).
      const { level, group } = walk
      this.fault({ va: virtualAddress(va), kind: walk.fault, level, group, privilege, write: true, fetch: false })
      return undefined
    }
    return attributesForPar(walk, isMapped, this.#hasLongDescriptors, write)
  }

  /**
   * Makes a function that reads a byte as privileged code would, or gives undefined if it cannot be read. It serves while no
   * mapping changes, since it keeps the translation of the page that it read last.
   */
  byteReader(): (va: number) => number | undefined {
    const { guest } = this.#cpu
    const walk = new Walk()
    let lastPage = -1
    let start = physicalAddress(0)
    return (va) => {
      const address = virtualAddress(va)
      if (pageNumber(address) !== lastPage) {
        lastPage = -1
        if (!guest.probe(address, READ, PRIVILEGED, walk)) return undefined
        if (walk.sizeLog2 < PAGE_SHIFT) return guest.physical.read(walk.pa, 1)
        lastPage = pageNumber(address)
        start = physicalPageAddress(physicalPage(walk.pa))
      }
      return guest.physical.read(physicalPlus(start, pageOffset(address)), 1)
    }
  }

  /** Makes a failed access a pending abort, with its address and its fault status. */
  fault(fault: GuestFault): void {
    const { write, fetch } = fault
    const format = { long: this.#hasLongDescriptors, v5: this.#model.mmu.format === "v5", write, fetch }
    this.#cpu.raise(fetch ? "prefetchAbort" : "dataAbort", virtualLow(fault.va), faultStatus(fault, format))
  }
}
