// The engines for vectors: a CPU on flat memory, executed instruction by instruction.

import { RAM, STATE, TLB } from "../../cpu/codegen/layout.ts"
import { Evaluator } from "../../cpu/evaluator/evaluator.ts"
import { Interpreter } from "../../cpu/interpreter/interpreter.ts"
import { type Access, GuestFault, type Helper, StateView, type Value } from "../../cpu/ir/index.ts"
import type { Architecture, ExceptionEntry, ExecutionEngine } from "../../cpu/isa/index.ts"
import { softwareTlb } from "../../mmu/software-tlb.ts"
import { levelsOf } from "../../mmu/tlb.ts"
import { FLAT_BYTES, type FlatMachineOptions, FlatMemory } from "./flat-memory.ts"
import type { VectorEngine, VectorSession } from "./vectors.ts"

const names = ["evaluator", "interpreter"] as const

/** The engines for vectors. Sessions of an engine share its memory, so use only one at a time. */
export function flatEngines(architecture: Architecture, options: FlatMachineOptions = {}): VectorEngine[] {
  const observed = withObservedExceptions(architecture)
  return names.map((name) => {
    let session: FlatSession | undefined
    return {
      name,
      start() {
        session ??= new FlatSession(name, observed, options)
        session.forgetCode()
        return session
      },
    }
  })
}

/** Called at the entry of each exception, with its number. */
const observe: Helper = { name: "observe", params: ["i32"], result: undefined, mayFault: false }

function withObservedExceptions(architecture: Architecture): Architecture {
  const entries = Object.entries(architecture.exceptions).map(([name, entry], n): [string, ExceptionEntry] => [
    name,
    (b, at) => {
      b.perform(observe, b.i32(n))
      entry(b, at)
    },
  ])
  return { ...architecture, exceptions: Object.fromEntries(entries), helpers: [...architecture.helpers, observe] }
}

class FlatSession implements VectorSession {
  readonly state: StateView
  readonly memory: Uint8Array
  /** What engines see of it: for a big-endian architecture, words in the host's order. */
  readonly #linear: Uint8Array
  readonly #architecture: Architecture
  readonly #exceptionNames: readonly string[]
  readonly #engine: ExecutionEngine
  readonly #interpreter: Interpreter | undefined
  #exceptions: string[] = []

  constructor(name: (typeof names)[number], architecture: Architecture, options: FlatMachineOptions) {
    this.#architecture = architecture
    this.#exceptionNames = Object.keys(architecture.exceptions)
    const pages = (RAM + FLAT_BYTES) / 65536
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.state = new StateView(architecture.state, memory.buffer, STATE)
    this.#linear = new Uint8Array(memory.buffer, RAM, FLAT_BYTES)
    this.memory = architecture.byteOrder === "big" ? new Uint8Array(FLAT_BYTES) : this.#linear
    const flat = new FlatMemory(this.memory, { ...options, bigEndian: architecture.byteOrder === "big" })
    const store = (va: number | bigint, value: Value, access: Access) =>
      this.#guarded(() => {
        const at = Number(va) >>> 0
        flat.store(access, va, value)
        this.#copy(at, at + access.bytes)
        this.#interpreter?.cache.written(at, access.bytes)
      }, undefined)
    const call = (helper: Helper) => (args: readonly Value[]) => {
      if (helper === observe) this.#exceptions.push(this.#exceptionNames[Number(args[0])]!)
      else if (!options.call) throw new Error(`no helper ${helper.name}`)
      else return options.call(this.state, helper, args)
      return undefined
    }
    const none = (helper: Helper) => (helper.result === "i64" ? 0n : 0)
    const { ISA } = architecture.engine
    const ports = {
      code: {
        translate: (va: number | bigint) => Number(va),
        hostOf: (pa: number) => (pa >= 0 && pa < FLAT_BYTES ? RAM + pa : -1),
        fillFetch: () => true,
        fetchAbort(va: number | bigint) {
          throw new Error(`fetch from 0x${va.toString(16)}, outside of memory`)
        },
        watch() {},
        dropFetch() {},
        isa: () => this.state.get(ISA),
        fetched: () => 0,
      },
      data: {
        load: (va: number | bigint, access: Access) => this.#guarded(() => Number(flat.load(access, va)), 0),
        loadLong: (va: number | bigint, access: Access) => this.#guarded(() => BigInt(flat.load(access, va)), 0n),
        store,
        storeLong: store,
      },
      helpers: Object.fromEntries(
        architecture.helpers.map((helper) => [
          helper.name,
          (...args: Value[]) => this.#guarded(() => call(helper)(args), none(helper)),
        ]),
      ),
    }
    if (name === "evaluator") this.#engine = new Evaluator(architecture, memory, this.state, ports)
    else {
      // The TLB stays empty: every access takes the slow path, to the flat memory.
      softwareTlb(architecture.addressType, memory.buffer, TLB, { levels: levelsOf(architecture.regimes) })
      this.#engine = this.#interpreter = new Interpreter(architecture, memory, ports)
    }
  }

  forgetCode(): void {
    this.#interpreter?.cache.flush()
  }

  run(start: number, end: number, limit: number) {
    const { PC } = this.#architecture.engine
    this.#copy(0, FLAT_BYTES)
    this.#exceptions = []
    let reason = "budget"
    for (let n = 0; n < limit && reason === "budget"; n++) {
      const pc = Number(this.state.read(PC)) >>> 0
      if (pc < start || pc >= end) break
      ;({ reason } = this.#engine.run(1))
    }
    return { exceptions: this.#exceptions }
  }

  #copy(from: number, to: number): void {
    if (this.memory === this.#linear) return
    for (let at = from; at < to; at++) this.#linear[at ^ 3] = this.memory[at]!
  }

  #guarded<T>(action: () => T, otherwise: T): T {
    try {
      return action()
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault
      const { EXCEPTION, EXCEPTION_ARG } = this.#architecture.engine
      const number = this.#exceptionNames.indexOf(fault.exception)
      if (number < 0) throw new Error(`no exception ${fault.exception}`)
      this.state.write(EXCEPTION, 0, number + 1)
      for (const [n, arg] of fault.args.entries()) this.state.write(EXCEPTION_ARG, n, arg)
      return otherwise
    }
  }
}
