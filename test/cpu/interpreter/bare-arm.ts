// An ARM CPU on the generated interpreter, with RAM at 0 and nothing else, for tests that step through a few instructions.

import { type ArmModelName, type Cp15Slot, cp15Slot } from "../../../cpu/arm/index.ts"
import { armDialect } from "../../../cpu/arm/text/dialect.ts"
import { RAM } from "../../../cpu/codegen/layout.ts"
import { assembleSource } from "../../../cpu/isa/index.ts"
import { ArmCpu } from "../../../src/arm-cpu.ts"
import { Machine } from "../../../src/machine.ts"

const RAM_BYTES = 0x40_0000

/** The CPU, after reset. */
export class BareArm {
  readonly cpu: ArmCpu
  readonly memory: DataView
  readonly #machine: Machine

  constructor(model: ArmModelName) {
    this.#machine = new Machine({ name: "bare", clockRate: 1e9, log: () => {} })
    const memory = [{ name: "ram", base: 0, size: RAM_BYTES, writable: true }]
    this.cpu = new ArmCpu(this.#machine, { model, memory, semihosting: false })
    this.memory = new DataView(this.cpu.memory.buffer, RAM, RAM_BYTES)
  }

  reset(): void {
    new Uint8Array(this.cpu.memory.buffer, RAM, RAM_BYTES).fill(0)
    this.#machine.reset()
  }

  /** Puts code at an address. */
  place(address: number, source: string): void {
    const [a32, thumb] = this.cpu.arch.formats
    this.cpu.write(address, assembleSource(source, armDialect(a32!, thumb!), { origin: address }).bytes)
  }

  /** Executes so many instructions from an address on, with these registers. */
  run(address: number, instructions: number, registers: Readonly<Record<number, number>> = {}): void {
    this.cpu.start(address, false, registers)
    this.go(instructions)
  }

  /** Executes so many instructions more. */
  go(instructions: number): void {
    for (let left = instructions; left > 0; ) left -= this.cpu.run(left).executed
  }

  register(n: number): number {
    return this.cpu.registers().core[n]!
  }

  get pc(): number {
    return this.cpu.registers().pc
  }

  get mode(): number {
    return this.cpu.registers().cpsr & 0x1f
  }

  system(name: Cp15Slot): number {
    return this.cpu.state.get(this.cpu.arch.state.files["CP15"]!, cp15Slot(name)) >>> 0
  }
}
