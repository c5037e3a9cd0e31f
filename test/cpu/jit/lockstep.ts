// One machine on every engine, side by side: an ARM CPU with RAM at 0, its timer, and a part that writes memory by itself.
// All registers, the count of instructions and virtual time are compared whenever all have come equally far; memory
// from time to time.

import { expect } from "vitest"
import type { ArmModelName } from "../../../cpu/arm/index.ts"
import { armDialect } from "../../../cpu/arm/text/dialect.ts"
import { COUNTERS, COUNTERS_BYTES, RAM, STATE } from "../../../cpu/codegen/layout.ts"
import { type AssembledSource, assembleSource } from "../../../cpu/isa/index.ts"
import type { JitOptions, JitStats } from "../../../cpu/jit/options.ts"
import { unconnected } from "../../../devices/kit/index.ts"
import { ArmCpu } from "../../../src/arm-cpu.ts"
import type { Engine } from "../../../src/engine.ts"
import { Machine } from "../../../src/machine.ts"
import type { Random } from "../../support/random.ts"

const RAM_BYTES = 0x40_0000

/**
 * Registers of the part that copies memory: where from, where to, after how many nanoseconds (0 for at once), and how
 * many bytes, which starts it.
 */
export const COPIER = 0x1000_0000

/** An engine that takes part. */
export type Contender = { readonly name: string; readonly engine: Engine; readonly jit?: JitOptions }

/** The evaluator comes first: it is right if they differ. */
const contenders: readonly Contender[] = [
  { name: "evaluator", engine: "evaluator" },
  { name: "interpreter", engine: "interpreter" },
  { name: "JIT at once", engine: "jit", jit: { hotAfter: 1, batch: 1, thorough: true } },
  { name: "JIT", engine: "jit", jit: { hotAfter: 24, batch: 3, sampled: 5 } },
]

/** Symbols of a program with their addresses. */
export type Symbols = ReadonlyMap<string, number>

/** Slices between two comparisons of memory. */
const MEMORY_EVERY = 64

class Twin {
  readonly name: string
  readonly machine: Machine
  readonly cpu: ArmCpu
  readonly ram: Buffer
  readonly state: Buffer
  /** Instructions before the last reset. */
  #before = 0

  constructor({ name, engine, jit }: Contender, model: ArmModelName, ramBytes: number) {
    this.name = name
    this.machine = new Machine({ name, clockRate: 1e9, log: () => {} })
    const memory = [{ name: "ram", base: 0, size: ramBytes, writable: true }]
    this.cpu = new ArmCpu(this.machine, { model, memory, semihosting: false, engine, jit })
    this.ram = Buffer.from(this.cpu.memory.buffer, RAM, ramBytes)
    this.state = Buffer.from(this.cpu.memory.buffer, STATE, this.cpu.arch.state.size)
    this.cpu.connectTimer({ physical: unconnected, virtual: this.cpu.pin("irq") })
    this.#addCopier()
  }

  #addCopier(): void {
    const { cpu, machine } = this
    const registers = new Uint32Array(4)
    const copy = () => {
      const [from, to, , bytes] = registers as unknown as [number, number, number, number]
      cpu.write(to, this.ram.subarray(from, from + bytes))
    }
    const alarm = machine.clock.alarm(copy)
    machine.map("copier", COPIER, {
      size: 16,
      read: () => 0,
      write(offset, _, value) {
        registers[offset >> 2] = value
        if (offset !== 12) return
        if (registers[2] === 0) copy()
        else alarm.set(machine.clock.nowNs() + registers[2]!)
      },
    })
  }

  /** Power-on at a time, with memory cleared. */
  reset(nowNs: number): void {
    this.ram.fill(0)
    this.machine.reset()
    this.machine.skipTo(nowNs)
    this.#before = this.machine.instructions
    new Int32Array(this.cpu.memory.buffer, COUNTERS, COUNTERS_BYTES / 4).fill(0)
  }

  /** Executes up to so many instructions, and sleeps through what follows if nothing else is to be done. */
  slice(instructions: number): string {
    const slice = this.machine.slice(instructions)
    if (slice.kind === "idle" && slice.untilNs !== undefined) this.machine.skipTo(slice.untilNs)
    return slice.kind
  }

  /** Instructions since the last reset. */
  get instructions(): number {
    return this.machine.instructions - this.#before
  }

  registers(): Record<string, string> {
    const { layout } = this.cpu.state
    const own = layout.list.filter((file) => file.storage === file.name)
    return Object.fromEntries(
      own.flatMap((file) =>
        Array.from({ length: file.count }, (_, n) => [
          `${file.name}[${n}]`,
          BigInt.asUintN(64, BigInt(this.cpu.state.read(file, n))).toString(16),
        ]),
      ),
    )
  }
}

/** The machines. */
export class Lockstep {
  readonly #make: () => readonly Twin[]
  #twins: readonly Twin[]
  #running: readonly Twin[]
  #agree = true

  constructor(model: ArmModelName = "cortex-a15", engines: readonly Contender[] = contenders, ramBytes = RAM_BYTES) {
    this.#make = () => engines.map((contender) => new Twin(contender, model, ramBytes))
    this.#running = this.#twins = this.#make()
  }

  /** Power-on, with memory cleared. */
  reset(): void {
    // What has differed once may differ for ever.
    if (!this.#agree) this.#twins = this.#make()
    this.#running = this.#twins
    this.#agree = true
    const nowNs = Math.max(...this.#twins.map(({ machine }) => machine.nowNs))
    for (const twin of this.#twins) twin.reset(nowNs)
  }

  /** Goes on without the evaluator, which is slow. */
  leaveEvaluator(): void {
    this.#running = this.#twins.filter(({ name }) => name !== "evaluator")
  }

  /** Writes memory from outside, as loaders and parts do. */
  write(address: number, bytes: Uint8Array): void {
    for (const { cpu } of this.#running) cpu.write(address, bytes)
  }

  writeWord(address: number, value: number): void {
    this.write(address, new Uint8Array(Uint32Array.of(value).buffer))
  }

  /** Machine code, in ARM state unless a directive says otherwise. */
  assemble(source: string, symbols: Readonly<Record<string, number>> = {}, origin = 0): AssembledSource {
    const [a32, thumb] = this.#twins[0]!.cpu.arch.formats
    return assembleSource(source, armDialect(a32!, thumb!), { origin, symbols })
  }

  /** Puts code at an address, where it is executed unless at `origin`; gives its symbols. */
  place(address: number, source: string, symbols: Readonly<Record<string, number>> = {}, origin = address): Symbols {
    const assembled = this.assemble(source, symbols, origin)
    this.write(address, assembled.bytes)
    return assembled.symbols
  }

  /** Starts at an address; with bit 0 of it, in Thumb state. */
  start(entry: number, registers: Readonly<Record<number, number>> = {}): void {
    for (const { cpu } of this.#running) cpu.start(entry & ~1, (entry & 1) !== 0, registers)
  }

  /** Executes so many instructions, in slices of random length; `between` is called after each of them. */
  run(instructions: number, random: Random, between: () => void = () => {}): void {
    const [first, ...others] = this.#running as [Twin, ...Twin[]]
    const end = first.instructions + instructions
    this.#agree = false
    for (let n = 1; first.instructions < end; n++) {
      const slice = 1 + random.below(random.chance(50) ? 6 : 600)
      const kind = first.slice(slice)
      for (const twin of others) {
        const what = `${twin.name}, after ${first.instructions} instructions`
        expect(twin.slice(slice), what).toBe(kind)
        expect(twin.instructions, what).toBe(first.instructions)
        expect(twin.machine.nowNs, what).toBe(first.machine.nowNs)
        if (!twin.state.equals(first.state)) expect(twin.registers(), what).toEqual(first.registers())
      }
      if (n % MEMORY_EVERY === 0) this.#compareMemory()
      between()
    }
    this.#compareMemory()
    this.#agree = true
  }

  #compareMemory(): void {
    const [first, ...others] = this.#running as [Twin, ...Twin[]]
    for (const { name, ram } of others) expect(ram.equals(first.ram), `memory of the ${name}`).toBe(true)
  }

  /** Goes on elsewhere in the same state, so that no program is stuck for ever. */
  goOn(address: number): void {
    for (const { cpu } of this.#running) {
      const { PC, ISA, CONTEXT } = cpu.arch.engine
      cpu.state.set(PC, 0, address & ~1)
      cpu.state.set(ISA, 0, address & 1)
      cpu.state.set(CONTEXT, 0, 0)
    }
  }

  register(n: number): number {
    return this.#running[0]!.cpu.registers().core[n]!
  }

  bytes(address: number, length: number): Uint8Array {
    return Uint8Array.from(this.#running[0]!.ram.subarray(address, address + length))
  }

  word(address: number): number {
    return this.#running[0]!.ram.readUInt32LE(address)
  }

  /** Counters of the first JIT. */
  get jit(): JitStats {
    return this.#twins.find(({ cpu }) => cpu.jit)!.cpu.jit!.stats
  }
}
