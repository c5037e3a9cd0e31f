// The evaluator of the IR as an engine: one instruction at a time, on flat memory. The slow twin of the others.

import {
  type Block,
  Builder,
  type EvaluatorPort,
  evaluate,
  GuestFault,
  type Outcome,
  StateView,
  type Value,
} from "../../cpu/ir/index.ts"
import { type Architecture, translate } from "../../cpu/isa/index.ts"
import { FLAT_BYTES, type FlatMachineOptions, FlatMemory } from "./flat-memory.ts"
import type { VectorEngine, VectorSession } from "./vectors.ts"

/** The evaluator as an engine for vectors. */
export function evaluatorEngine(architecture: Architecture, options: FlatMachineOptions = {}): VectorEngine {
  return { name: "evaluator", start: () => new EvaluatorSession(architecture, options) }
}

class EvaluatorSession implements VectorSession {
  readonly state: StateView
  readonly memory: Uint8Array
  readonly #architecture: Architecture
  readonly #options: FlatMachineOptions
  readonly #flat: FlatMemory
  #exceptions: string[] = []

  constructor(architecture: Architecture, options: FlatMachineOptions) {
    this.#architecture = architecture
    this.#options = options
    this.state = new StateView(architecture.state, new ArrayBuffer(architecture.state.size))
    this.memory = new Uint8Array(FLAT_BYTES)
    this.#flat = new FlatMemory(this.memory, options)
  }

  run(start: number, end: number, limit: number) {
    this.#exceptions = []
    const { PC } = this.#architecture.engine
    for (let n = 0; n < limit; n++) {
      const pc = Number(this.state.read(PC)) >>> 0
      if (pc < start || pc >= end) break
      if (!this.step()) break
    }
    return { exceptions: this.#exceptions }
  }

  /** Executes the instruction at PC; false if it left the engine. */
  step(): boolean {
    const { addressType, engine, formats, undefinedInstruction } = this.#architecture
    const { state } = this
    const pc = Number(state.read(engine.PC)) >>> 0
    const context = state.get(engine.CONTEXT)
    const format = formats[state.get(engine.ISA)]!
    const { unit } = format
    const slot = format.slots ? pc % unit : 0
    const word = unit === 16 ? 4 : unit
    const fetched = format.decode((offset) => this.#flat.unit(pc - slot + offset, word), context, slot)
    const at = { addressType, length: fetched.length, pc: this.#address(pc) } as const
    const block: Block = fetched.decoded
      ? translate(fetched.decoded, at).block
      : [{ kind: "raise", exception: undefinedInstruction, args: [] }]
    // While an instruction executes, the register says what context a branch leads into: none, unless it is set.
    state.write(engine.CONTEXT, 0, 0)
    const outcome = this.#evaluate(block)
    if (outcome.kind === "raise") {
      this.#raise(outcome.exception, outcome.args, pc, context)
      return true
    }
    if (outcome.kind === "branch") {
      this.#branch(outcome)
      return true
    }
    state.write(engine.PC, 0, this.#address(pc + fetched.length))
    state.write(engine.CONTEXT, 0, fetched.context)
    return outcome.kind === "next"
  }

  #branch({ target, context }: Extract<Outcome, { kind: "branch" }>): void {
    this.state.write(this.#architecture.engine.PC, 0, target)
    if (context !== undefined) this.state.write(this.#architecture.engine.ISA, 0, context)
  }

  #raise(exception: string, args: readonly Value[], pc: number, context: number): void {
    const entry = this.#architecture.exceptions[exception]
    if (!entry) throw new Error(`no exception ${exception}`)
    this.#exceptions.push(exception)
    const { addressType } = this.#architecture
    const b = new Builder({ addressType, length: 0, pc: this.#address(pc) })
    const address = (value: Value) => (addressType === "i64" ? b.i64(BigInt(value)) : b.i32(Number(value)))
    const filled = Array.from({ length: 4 }, (_, n) => address(args[n] ?? 0))
    entry(b, { pc: address(pc), context: b.i32(context), args: filled })
    const outcome = this.#evaluate(b.block)
    if (outcome.kind !== "branch") throw new Error(`exception ${exception} ends with ${outcome.kind}`)
    this.#branch(outcome)
  }

  #evaluate(block: Block): Outcome {
    try {
      return evaluate(block, this.#port)
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault
      return { kind: "raise", exception: fault.exception, args: fault.args }
    }
  }

  readonly #port: EvaluatorPort = {
    get: (file, index) => this.state.read(file, index),
    set: (file, index, value) => this.state.write(file, index, value),
    call: (helper, args) => {
      if (!this.#options.call) throw new Error(`no helper ${helper.name}`)
      return this.#options.call(this.state, helper, args)
    },
    load: (access, address) => this.#flat.load(access, address),
    store: (access, address, value) => this.#flat.store(access, address, value),
  }

  #address(value: number): Value {
    return this.#architecture.addressType === "i64" ? BigInt(value) : value | 0
  }
}
