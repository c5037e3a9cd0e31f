// The generic CPU completed for the toy architectures: memory as it is, or shifted to high addresses for 64 bits.

import type { Architecture } from "../../cpu/isa/index.ts"
import type { JitOptions } from "../../cpu/jit/options.ts"
import { type PhysicalAddress, pageNumber, pageOffset, virtualLow } from "../../mmu/address.ts"
import { Cpu } from "../../src/cpu.ts"
import type { CpuSystem } from "../../src/cpu-system.ts"
import type { Engine } from "../../src/engine.ts"
import { Machine } from "../../src/machine.ts"

/** Bytes of RAM, from physical address 0. */
export const TOY_RAM = 0x10_0000

/** Where RAM stands for 64-bit guests: bits at both ends of the address are set. */
export const HIGH = 0x8000_0001_0000_0000n

/** What a toy's CPU system does not know: how interrupts are masked, and the names of its registers. */
export type ToyFacts = {
  readonly arch: Architecture
  /** The file of its core registers. */
  readonly core: string
  isEnabled(cpu: Cpu): boolean
  readonly interrupt: string
}

function toySystem(cpu: Cpu, { arch, core, isEnabled, interrupt }: ToyFacts): CpuSystem<"irq"> {
  const { state } = cpu
  const file = arch.state.files[core]!
  const isWide = arch.addressType === "i64"
  return {
    mmu: {
      walker: () => ({
        granule: 4096,
        physicalBits: 32,
        walk(va, _kind, _level, into) {
          const page = pageNumber(va) - (isWide ? Number(HIGH >> 12n) : 0)
          const pa = page * 4096 + pageOffset(va)
          return page >= 0 && page < 2 ** 20
            ? into.untranslated(pa as PhysicalAddress, "normal")
            : into.fail("translation", 1)
        },
      }),
      rotates: false,
      alignmentChecked: () => false,
    },
    pins: [{ name: "irq", exception: interrupt, isEnabled: () => isEnabled(cpu) }],
    helpers: {},
    registers: {
      core: file.names.map((name, n) => ({ name, bits: file.bits, read: () => unsigned(state.read(file, n)) })),
    },
    fault: ({ va }) => cpu.raise("fault", isWide ? BigInt(va) : virtualLow(va)),
    reset() {},
    enter: (entry) => state.write(arch.engine.PC, 0, entry),
  }
}

const unsigned = (value: number | bigint) => (typeof value === "bigint" ? BigInt.asUintN(64, value) : value >>> 0)

/** A machine with a toy's CPU, which translates as soon as it can. */
export function toyMachine(
  facts: ToyFacts,
  engine: Engine,
  onRegion?: JitOptions["onRegion"],
): { machine: Machine; cpu: Cpu } {
  const machine = new Machine({ name: facts.arch.name, clockRate: 1e9, log: () => {} })
  const memory = [{ name: "ram", base: 0, size: TOY_RAM, writable: true }]
  const jit = { tuning: { hotAfter: 2, regionsPerModule: 1 }, ...(onRegion ? { onRegion } : {}) }
  const model = { name: facts.arch.name, arch: facts.arch }
  const cpu = new Cpu(machine, model, { memory, engine, jit }, (made) => toySystem(made, facts))
  return { machine, cpu }
}
