// The MMU of a PowerPC CPU: registers control translation, and failed accesses become interrupts (Programming
// Environments Manual, 6.4.2 to 6.4.4, 6.4.6 and chapter 7).

import { STATE } from "../../../cpu/codegen/layout.ts"
import type { RegisterFile } from "../../../cpu/ir/index.ts"
import { DSISR, type PowerPcMmu, SPRN, SRR1, state } from "../../../cpu/powerpc/index.ts"
import { FETCH, type GuestFault } from "../../../mmu/access.ts"
import { virtualAddress, virtualLow } from "../../../mmu/address.ts"
import { LEVEL, type PowerPcTranslationRegisters, REFUSED } from "../../../mmu/powerpc/registers.ts"
import { powerPcWalker } from "../../../mmu/powerpc/walker.ts"
import { Walk } from "../../../mmu/walk.ts"
import type { Cpu } from "../../cpu.ts"
import type { CpuMmu } from "../../cpu-system.ts"

/** Segment registers, each with a key of its own. */
const SEGMENTS = 16
/** SRR1 of a machine check: the bus signalled an error (MPC750UM, table 4-8: TEA). */
const TRANSFER_ERROR = 0x0004_0000

/** Controls the MMU of a CPU by its registers. */
export class PowerPcTranslation implements PowerPcMmu {
  readonly #cpu: Cpu
  readonly #registers: PowerPcTranslationRegisters

  constructor(cpu: Cpu) {
    this.#cpu = cpu
    const words = ({ offset }: RegisterFile, first: number, count: number) =>
      new Int32Array(cpu.memory.buffer, STATE + offset + 4 * first, count)
    const { SPR, SR, MIXED } = state.files
    this.#registers = {
      segments: words(SR, 0, SEGMENTS),
      bats: words(SPR, SPRN.IBAT0U, 16),
      sdr1: words(SPR, SPRN.SDR1, 1),
      mixed: words(MIXED, 0, 1),
    }
  }

  /** The MMU as the generic CPU uses it. */
  get ports(): CpuMmu {
    return {
      walker: (physical) => powerPcWalker(this.#registers, physical),
      rotates: false,
      alignmentChecked: () => false,
      rangesLog2: Math.log2(SEGMENTS),
    }
  }

  segmentChanged(n: number): void {
    // Everything in the register decides what its segment translates to: T, the keys, N and the VSID.
    this.#cpu.guest.switchSpace(n, this.#registers.segments[n]! >>> 0, 0)
    this.#cpu.refetch()
  }

  mappingChanged(): void {
    this.invalidateAll()
  }

  mixedChanged(): void {
    this.invalidateAll()
  }

  invalidatePage(ea: number): void {
    this.#cpu.guest.invalidateVaAllAsid(virtualAddress(ea))
    this.#cpu.refetch()
  }

  invalidateAll(): void {
    this.#cpu.guest.invalidateAll()
    this.#cpu.refetch()
  }

  /** Gives every segment its key and forgets all translations, as after a reset. */
  reset(): void {
    for (let n = 0; n < SEGMENTS; n++) this.segmentChanged(n)
    this.invalidateAll()
  }

  instructionAt(ea: number): number | undefined {
    const { guest, arch, state: registers } = this.#cpu
    const { level } = arch.regimes[registers.get(arch.engine.REGIME)]!
    const walk = new Walk()
    return guest.probe(virtualAddress(ea), FETCH, level, walk) ? guest.physical.read(walk.pa, 4) : undefined
  }

  /** Makes a failed access a pending interrupt. */
  fault(fault: GuestFault): void {
    const { kind, fetch, write } = fault
    const ea = virtualLow(fault.va)
    if (kind === "alignment") this.#cpu.raise("alignment", ea)
    else if (kind === "external" || kind === "externalOnWalk") this.#cpu.raise("machineCheck", TRANSFER_ERROR)
    else if (fetch) this.#cpu.raise("isi", srr1Of(fault))
    else this.#cpu.raise("dsi", ea, dsisrOf(fault) | (write ? DSISR.store : 0))
  }
}

function srr1Of({ kind, level }: GuestFault): number {
  if (kind === "translation") return SRR1.notFound
  return level === REFUSED.noExecute ? SRR1.noExecute : SRR1.protection
}

function dsisrOf({ kind, level }: GuestFault): number {
  if (kind === "translation") return DSISR.notFound
  return level === REFUSED.directStore ? DSISR.reserving : DSISR.protection
}

/** The number of the regime without translation. */
export const REAL_REGIME = LEVEL.real
