// User-level programs on the engines under test: on flat memory one instruction at a time, and on a CPU with real memory.

import { COUNTERS, COUNTERS_BYTES, RAM } from "../../../cpu/codegen/layout.ts"
import type { JitOptions } from "../../../cpu/jit/options.ts"
import { VECTORS } from "../../../cpu/powerpc/exceptions.ts"
import { MSR } from "../../../cpu/powerpc/state.ts"
import { MSR_BITS } from "../../../cpu/powerpc/system/msr-bits.ts"
import { PowerPcCpu } from "../../../src/architectures/powerpc/index.ts"
import type { Engine } from "../../../src/engine.ts"
import { Machine } from "../../../src/machine.ts"
import { powerPcTarget } from "../../support/powerpc-target.ts"
import { CODE, CODE_BYTES, MEMORY, type Outcome, type Program } from "./program.ts"
import { codeOf, initialMemory, loadRegisters, outcomeOf } from "./registers.ts"

/** Instructions that a program may execute. */
const LIMIT = 3000

/** An engine that programs run on. */
export type Subject = { readonly name: string; run(program: Program): Outcome }

/** The evaluator and the interpreter on flat memory. */
export function flatSubjects(): Subject[] {
  const target = powerPcTarget("7400")
  const { PC } = target.architecture.engine
  return target.engines.map((engine) => ({
    name: engine.name,
    run(program) {
      const session = engine.start()
      const { state, memory } = session
      state.reset()
      target.prepare?.(state)
      memory.set(initialMemory)
      const code = codeOf(program)
      memory.set(code, CODE)
      loadRegisters(state, program.before)
      state.write(PC, 0, CODE)
      const { exceptions } = session.run(CODE, CODE + code.length, LIMIT)
      return outcomeOf(program, state, memory, exceptions[0])
    },
  }))
}

/** Where exceptions go to with MSR[IP] set: to branches to themselves. */
const HIGH_VECTORS = 0xfff0_0000
const VECTOR_BYTES = 0x3000
/** `b .` */
const STAY = 0x4800_0000
/** At the end of the page of code, a branch to its beginning: a JIT translates what branches of the page reach. */
const START = CODE + CODE_BYTES - 4
/** `ba CODE` */
const ENTER = Uint8Array.of(0x48, 0x00, CODE >> 8, 0x02)

/** A CPU on a machine with memory at 0, whose programs run at full speed. */
class BoardSubject implements Subject {
  readonly name: string
  readonly #machine: Machine
  readonly #cpu: PowerPcCpu
  readonly #ram: Uint8Array
  readonly #times: number

  /** `times` is how often it runs each program: a JIT translates what it has seen. */
  constructor(engine: Engine, times: number, jit?: JitOptions) {
    this.name = `${engine} on a board`
    this.#times = times
    this.#machine = new Machine({ name: this.name, clockRate: 1e9, log: () => {} })
    const memory = [
      { name: "ram", base: 0, size: MEMORY, writable: true },
      { name: "vectors", base: HIGH_VECTORS, size: VECTOR_BYTES, writable: true },
    ]
    this.#cpu = new PowerPcCpu(this.#machine, { model: "7400", memory, engine, jit })
    this.#ram = new Uint8Array(this.#cpu.memory.buffer, RAM, MEMORY)
    const stay = new DataView(new ArrayBuffer(VECTOR_BYTES))
    for (let at = 0; at < VECTOR_BYTES; at += 4) stay.setUint32(at, STAY)
    this.#cpu.write(HIGH_VECTORS, new Uint8Array(stay.buffer))
  }

  run(program: Program): Outcome {
    // Nothing has arrived at new code yet.
    new Int32Array(this.#cpu.memory.buffer, COUNTERS, COUNTERS_BYTES / 4).fill(0)
    this.#cpu.write(0, initialMemory)
    this.#cpu.write(CODE, codeOf(program))
    this.#cpu.write(START, ENTER)
    let outcome = this.#runOnce(program)
    for (let n = 1; n < this.#times && outcome.end !== "changedCode"; n++) {
      // Code stays as it is, with what has been translated of it.
      this.#cpu.write(0, initialMemory.subarray(0, CODE))
      this.#cpu.write(CODE + CODE_BYTES, initialMemory.subarray(CODE + CODE_BYTES))
      outcome = this.#runOnce(program)
    }
    return outcome
  }

  #runOnce(program: Program): Outcome {
    const { state, arch } = this.#cpu
    loadRegisters(state, program.before)
    state.set(MSR, 0, MSR_BITS.IP | MSR_BITS.ME | MSR_BITS.FP)
    state.set(arch.engine.PC, 0, START)
    for (let left = LIMIT; left > 0; left -= 100) {
      this.#machine.slice(100)
      if (state.get(arch.engine.PC) >>> 0 >= HIGH_VECTORS) break
    }
    const vector = (state.get(arch.engine.PC) >>> 0) - HIGH_VECTORS
    const exception = Object.entries(VECTORS).find(([, at]) => at === vector)?.[0]
    return outcomeOf(program, state, this.#guestMemory(), exception)
  }

  /** RAM as the guest sees it: the host keeps words in its own order. */
  #guestMemory(): Uint8Array {
    const bytes = Uint8Array.from(this.#ram)
    new Uint32Array(bytes.buffer).forEach((word, n) => {
      new DataView(bytes.buffer).setUint32(4 * n, word)
    })
    return bytes
  }
}

/** The interpreter and a JIT with real memory. */
export const boardSubjects = (): Subject[] => [
  new BoardSubject("interpreter", 1),
  new BoardSubject("jit", 3, { tuning: { hotAfter: 2, regionsPerModule: 1 }, thorough: true }),
]
