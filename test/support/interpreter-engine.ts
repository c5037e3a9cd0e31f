// The generated interpreter as an engine for vectors: on the same flat memory as the evaluator, one instruction a run.

import { type ExitReason, Interpreter } from "../../cpu/interpreter/interpreter.ts"
import { RAM, STATE, TLB } from "../../cpu/interpreter/layout.ts"
import { type Access, GuestFault, type Helper, StateView, type Value } from "../../cpu/ir/index.ts"
import type { Architecture } from "../../cpu/isa/index.ts"
import { SoftwareTlb } from "../../mmu/tlb.ts"
import { FLAT_BYTES, type FlatMachineOptions, FlatMemory } from "./flat-memory.ts"
import type { VectorEngine, VectorSession } from "./vectors.ts"

/** The interpreter as an engine for vectors. Its sessions share one memory: only one is in use at a time. */
export function interpreterEngine(architecture: Architecture, options: FlatMachineOptions = {}): VectorEngine {
  let session: InterpreterSession | undefined
  return {
    name: "interpreter",
    start() {
      session ??= new InterpreterSession(architecture, options)
      session.interpreter.cache.flush()
      return session
    },
  }
}

class InterpreterSession implements VectorSession {
  readonly state: StateView
  readonly memory: Uint8Array
  readonly interpreter: Interpreter
  readonly #architecture: Architecture
  #exceptions: string[] = []

  constructor(architecture: Architecture, options: FlatMachineOptions) {
    this.#architecture = architecture
    const pages = (RAM + FLAT_BYTES) / 65536
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.state = new StateView(architecture.state, memory.buffer, STATE)
    this.memory = new Uint8Array(memory.buffer, RAM, FLAT_BYTES)
    const flat = new FlatMemory(this.memory, options)
    // The TLB stays empty: every access takes the slow path, to the flat memory.
    new SoftwareTlb(memory.buffer, TLB)
    const call = (helper: Helper) => (args: readonly Value[]) => {
      if (!options.call) throw new Error(`no helper ${helper.name}`)
      return options.call(this.state, helper, args)
    }
    const none = (helper: Helper) => (helper.result === "i64" ? 0n : 0)
    const { ISA } = architecture.engine
    this.interpreter = new Interpreter(architecture, memory, {
      code: {
        translate: (va) => Number(va),
        hostOf: (pa) => (pa >= 0 && pa < FLAT_BYTES ? RAM + pa : -1),
        fillFetch() {},
        fetchAbort(va) {
          throw new Error(`fetch from 0x${va.toString(16)}, outside of memory`)
        },
        watch() {},
        dropFetches() {},
        dropFetch() {},
        isa: () => this.state.get(ISA),
        fetched: () => 0,
      },
      data: {
        load: (va, access) => this.#guarded(() => Number(flat.load(access, va)), 0),
        loadLong: (va, access) => this.#guarded(() => BigInt(flat.load(access, va)), 0n),
        store: (va, value, access) => this.#guarded(() => this.#store(flat, va, value, access), undefined),
        storeLong: (va, value, access) => this.#guarded(() => this.#store(flat, va, value, access), undefined),
      },
      helpers: Object.fromEntries(
        architecture.helpers.map((helper) => [
          helper.name,
          (...args: Value[]) => this.#guarded(() => call(helper)(args), none(helper)),
        ]),
      ),
    })
  }

  run(start: number, end: number, limit: number) {
    const { PC } = this.#architecture.engine
    this.#exceptions = []
    let reason: ExitReason = "budget"
    for (let n = 0; n < limit && reason === "budget"; n++) {
      const pc = Number(this.state.read(PC)) >>> 0
      if (pc < start || pc >= end) break
      ;({ reason } = this.interpreter.run(1))
    }
    // Exceptions that instructions raise by themselves leave no trace here.
    return { exceptions: this.#exceptions.length > 0 ? this.#exceptions : undefined }
  }

  #store(flat: FlatMemory, va: number, value: Value, access: Access): void {
    flat.store(access, va, value)
    this.interpreter.cache.written(va >>> 0, access.bytes)
  }

  #guarded<T>(action: () => T, otherwise: T): T {
    try {
      return action()
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault
      const { EXCEPTION, EXCEPTION_ARG } = this.#architecture.engine
      const number = Object.keys(this.#architecture.exceptions).indexOf(fault.exception)
      if (number < 0) throw new Error(`no exception ${fault.exception}`)
      this.state.write(EXCEPTION, 0, number + 1)
      for (const [n, arg] of fault.args.entries()) this.state.write(EXCEPTION_ARG, n, arg)
      this.#exceptions.push(fault.exception)
      return otherwise
    }
  }
}
