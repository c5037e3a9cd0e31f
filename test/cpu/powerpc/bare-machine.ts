// An MPC7400 with RAM at 0 and nothing else, on any engine: programs run without translation, as a supervisor.

import { RAM, STATE } from "../../../cpu/codegen/layout.ts"
import type { JitOptions } from "../../../cpu/jit/options.ts"
import { PowerPcCpu } from "../../../src/architectures/powerpc/index.ts"
import type { Engine } from "../../../src/engine.ts"
import { Machine } from "../../../src/machine.ts"

/** An engine with its options. */
export type Contender = { readonly name: string; readonly engine: Engine; readonly jit?: JitOptions }

/** All engines; the evaluator comes first. */
export const contenders: readonly Contender[] = [
  { name: "evaluator", engine: "evaluator" },
  { name: "interpreter", engine: "interpreter" },
  { name: "JIT at once", engine: "jit", jit: { tuning: { hotAfter: 1, regionsPerModule: 1 }, thorough: true } },
  { name: "JIT", engine: "jit", jit: { tuning: { hotAfter: 24, regionsPerModule: 3 } } },
]

const RAM_BYTES = 0x40_0000
/** MSR[VEC], MSR[FP] and MSR[RI]. */
const MSR = 0x0200_2002

/** The machine. */
export class BareMachine {
  readonly machine: Machine
  readonly cpu: PowerPcCpu

  constructor({ name, engine, jit }: Contender) {
    this.machine = new Machine({ name, clockRate: 1e9, log: () => {} })
    const memory = [{ name: "ram", base: 0, size: RAM_BYTES, writable: true }]
    this.cpu = new PowerPcCpu(this.machine, { model: "7400", memory, engine, jit })
  }

  /** Writes memory: words in the guest's order. */
  write(address: number, words: readonly number[]): void {
    const view = new DataView(new ArrayBuffer(4 * words.length))
    for (const [n, word] of words.entries()) view.setUint32(4 * n, word)
    this.cpu.write(address, new Uint8Array(view.buffer))
  }

  /** Starts at an address. */
  start(entry: number): void {
    this.machine.reset()
    this.cpu.start(entry)
    this.cpu.state.set(this.cpu.arch.state.files["MSR"]!, 0, MSR)
  }

  /** Executes until a branch to itself at an address, or so many instructions at most. */
  run(end: number, limit: number): void {
    while (Number(this.cpu.pc) !== end && this.machine.instructions < limit) this.machine.slice(100_000)
  }

  /** All registers, and memory, as bytes to compare. */
  get contents(): { readonly state: Buffer; readonly memory: Buffer } {
    const { buffer } = this.cpu.memory
    return {
      state: Buffer.from(buffer, STATE, this.cpu.arch.state.size),
      memory: Buffer.from(buffer, RAM, RAM_BYTES),
    }
  }
}
