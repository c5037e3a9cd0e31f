// The evaluator: it fetches, decodes, translates to IR and evaluates one instruction after the other. It caches only the IR
// of words. So it is an independent reference for the engines that cache code, translations and addresses.

import { PAGE_BYTES } from "../../mmu/address.ts"
import {
  type Access,
  type Block,
  Builder,
  type EvaluatorPort,
  evaluate,
  type Outcome,
  type StateView,
  type Value,
} from "../ir/index.ts"
import {
  type Architecture,
  CLOCK_AT_POWER_ON,
  type CodeFormat,
  contextGuard,
  type DataPort,
  type Decoded,
  type ExecutionEngine,
  type Fetched,
  type FetchPort,
  type HelperFunction,
  NEVER_OVERDUE,
  type RunResult,
  timeNs,
  translate,
} from "../isa/index.ts"

// Cached IR blocks. A full cache is cleared as a whole.
const MAX_CACHED_BLOCKS = 1 << 15

/** Instructions between two looks at the host's clock. */
const STEPS = 64

// Thrown inside an instruction to abandon it once it has made an exception pending.
const RAISED = new Error("an exception is pending")

/** The reference engine of one CPU: it executes on the registers that `state` views, through the same ports as the others. */
export class Evaluator implements ExecutionEngine {
  readonly #arch: Architecture
  readonly #state: StateView
  readonly #bytes: DataView
  readonly #code: FetchPort
  readonly #port: EvaluatorPort
  /** The IR of each exception's entry sequence, by the exception's number. */
  readonly #entries: readonly Block[]
  readonly #exceptions: readonly string[]
  readonly #blocks = new Map<Decoded["instruction"], Map<number, Block>>()
  #blockCount = 0
  #granted = 0
  #remaining = 0
  #left = 0
  #reason = "budget"
  #clock = CLOCK_AT_POWER_ON
  #interrupt = false

  constructor(
    arch: Architecture,
    memory: WebAssembly.Memory,
    state: StateView,
    ports: { code: FetchPort; data: DataPort; helpers: Readonly<Record<string, HelperFunction>> },
  ) {
    this.#arch = arch
    this.#state = state
    this.#bytes = new DataView(memory.buffer)
    this.#code = ports.code
    this.#port = this.#makePort(ports.data, ports.helpers)
    this.#exceptions = Object.keys(arch.exceptions)
    this.#entries = Object.values(arch.exceptions).map((entry) => {
      const { EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = arch.engine
      const b = new Builder({ addressType: arch.addressType, length: 0 })
      const args = Array.from({ length: EXCEPTION_ARG.count }, (_, n) => b.reg(EXCEPTION_ARG, n))
      entry(b, { pc: b.reg(EXCEPTION_PC), context: b.reg(EXCEPTION_CONTEXT), args })
      return b.block
    })
  }

  run(instructions: number, clock = CLOCK_AT_POWER_ON, isOverdue = NEVER_OVERDUE): RunResult {
    this.#granted = this.#remaining = instructions
    this.#reason = "budget"
    this.#clock = clock
    this.#left = 0
    for (let n = 1; this.#remaining > 0; n++) {
      this.#step()
      if (n % STEPS === 0 && isOverdue()) this.#pause()
    }
    return { executed: this.executed, reason: this.#reason, left: this.#reason === "budget" ? this.#left : 0 }
  }

  #pause(): void {
    const left = this.#remaining
    this.limit(0)
    if (left > 0) this.#left = left
  }

  /** Instructions that the present run has executed, with the one under way. */
  get executed(): number {
    return this.#granted - this.#remaining
  }

  /** Ends the run after the instruction under way. */
  stop(): void {
    this.limit(0)
  }

  /** Lowers the rest of the budget to a number of instructions; a smaller rest stays. */
  delay(ns: number): void {
    this.#clock = { ...this.#clock, skippedNs: this.#clock.skippedNs + ns }
  }

  limit(instructions: number): void {
    this.#left = Math.min(this.#left, instructions)
    if (this.#remaining <= instructions) return
    this.#granted -= this.#remaining - instructions
    this.#remaining = instructions
  }

  /** Sets whether an interrupt is pending, which ends the run behind an instruction that may unmask it. */
  setInterrupt(asserted: boolean): void {
    this.#interrupt = asserted
  }

  // Executes one instruction, or takes the exception that is pending before it. This defines the order of events that every
  // engine must reproduce at the end of a slice:
  // - An instruction is fetched when it is executed, never before. So a pending interrupt precedes a fetch that would abort.
  // - An exception before an instruction (an interrupt, an aborted fetch) counts as one instruction. An exception inside an
  //   instruction, with the exception's entry, is part of that instruction.
  // - An instruction is counted before it is executed, so that devices and counters see the time at its end.
  #step(): void {
    const state = this.#state
    const { PC, CONTEXT, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT } = this.#arch.engine
    if (state.get(EXCEPTION) !== 0) {
      this.#remaining--
      this.#enterException()
      return
    }
    const pc = state.read(PC)
    const context = state.get(CONTEXT)
    const fetched = this.#fetch(pc, context)
    this.#remaining--
    // During an instruction, CONTEXT holds the decode context at a branch target: none, unless the instruction sets one.
    state.set(CONTEXT, 0, 0)
    const outcome = fetched && this.#evaluate(this.#blockOf(fetched, context), pc)
    if (state.get(EXCEPTION) !== 0) {
      state.write(EXCEPTION_PC, 0, pc)
      state.set(EXCEPTION_CONTEXT, 0, context)
      this.#enterException()
      return
    }
    if (outcome!.kind === "branch") this.#branch(outcome!)
    else {
      state.write(PC, 0, plus(pc, fetched!.length))
      state.set(CONTEXT, 0, fetched!.context)
    }
  }

  #enterException(): void {
    const state = this.#state
    const { EXCEPTION, EXCEPTION_PC } = this.#arch.engine
    const number = state.get(EXCEPTION) - 1
    state.set(EXCEPTION, 0, 0)
    const outcome = this.#evaluate(this.#entries[number]!, state.read(EXCEPTION_PC))
    if (outcome?.kind !== "branch")
      throw new Error(`The entry sequence of the exception ${this.#exceptions[number]} has no branch.`)
    this.#branch(outcome)
  }

  #branch({ target, context }: Extract<Outcome, { kind: "branch" }>): void {
    const { PC, ISA } = this.#arch.engine
    if (context !== undefined) this.#state.set(ISA, 0, context)
    this.#state.write(PC, 0, target)
  }

  // Evaluates a block. Returns no outcome if an exception became pending in it.
  #evaluate(block: Block, pc: Value): Outcome | undefined {
    let outcome: Outcome
    try {
      outcome = evaluate(block, this.#port, { pc })
    } catch (thrown) {
      if (thrown !== RAISED) throw thrown
      return undefined
    }
    if (outcome.kind === "raise") {
      const { EXCEPTION, EXCEPTION_ARG } = this.#arch.engine
      const number = this.#exceptions.indexOf(outcome.exception)
      if (number < 0) throw new Error(`The architecture declares no exception ${outcome.exception}.`)
      for (const [n, arg] of outcome.args.entries()) this.#state.write(EXCEPTION_ARG, n, arg)
      this.#state.set(EXCEPTION, 0, 1 + number)
      return outcome
    }
    if (outcome.kind === "exit") {
      this.#reason = outcome.reason
      this.stop()
    }
    if (outcome.attend && this.#interrupt) this.stop()
    return outcome
  }

  // Fetches and decodes the instruction at an address. Returns undefined if the fetch aborts.
  #fetch(pc: Value, context: number): Fetched | undefined {
    const format = this.#format
    const { unit, slots } = format
    const slot = slots ? Number(BigInt(pc) & BigInt(unit - 1)) : 0
    let missing = false
    const read = (offset: number) => {
      const host = missing ? -1 : this.#codeAt(plus(pc, offset - slot))
      if (host < 0) missing = true
      if (missing) return 0
      if (unit !== 2) return this.#bytes.getUint32(host, true)
      // RAM of a big-endian guest has host-order words, which swaps the halfwords of each.
      return this.#bytes.getUint16(this.#arch.byteOrder === "big" ? host ^ 2 : host, true)
    }
    const fetched = format.decode(read, context, slot)
    return missing ? undefined : fetched
  }

  get #format(): CodeFormat {
    return this.#arch.formats[this.#state.get(this.#arch.engine.ISA)]!
  }

  #codeAt(va: Value): number {
    const pa = this.#code.translate(va)
    if (pa < 0) return -1
    const offset = pa % PAGE_BYTES
    const page = this.#code.hostOf(pa - offset)
    if (page < 0) this.#code.fetchAbort(va)
    return page < 0 ? -1 : page + offset
  }

  #blockOf({ decoded, length, guard }: Fetched, context: number): Block {
    const place = { addressType: this.#arch.addressType, length }
    if (!decoded) return this.#undefined(length, context, guard)
    // The IR of a slot depends on more than its word, so it is not cached.
    if (this.#format.slots) return translate(decoded, place).block
    const key = decoded.word * 256 + context
    const known = this.#blocks.get(decoded.instruction)?.get(key)
    if (known) return known
    if (this.#blockCount++ === MAX_CACHED_BLOCKS) {
      this.#blocks.clear()
      this.#blockCount = 1
    }
    const { block } = translate(decoded, place)
    const words = this.#blocks.get(decoded.instruction) ?? new Map<number, Block>()
    this.#blocks.set(decoded.instruction, words.set(key, block))
    return block
  }

  // The IR of a word that encodes no instruction: it raises an exception, if its guard or that of its decode context holds.
  #undefined(length: number, context: number, guard: number | undefined): Block {
    const b = new Builder({ addressType: this.#arch.addressType, length })
    const raise = () => b.raise(this.#arch.undefinedInstruction)
    const { vocabulary } = this.#format.sets[0]!
    const condition = contextGuard(vocabulary, context) ?? guard
    if (condition === undefined) raise()
    else b.if(vocabulary.guard!.test(b, condition as never), raise)
    return b.block
  }

  #makePort(data: DataPort, helpers: Readonly<Record<string, HelperFunction>>): EvaluatorPort {
    const state = this.#state
    const { EXCEPTION } = this.#arch.engine
    const unlessRaised = <T>(result: T): T => {
      if (state.get(EXCEPTION) !== 0) throw RAISED
      return result
    }
    // Bits of the halves of a vector, in the order of their addresses.
    const [first, second] = this.#arch.byteOrder === "big" ? [64n, 0n] : [0n, 64n]
    const load = (access: Access, address: Value): Value => {
      if (access.bytes === 16) {
        const half = (offset: number) =>
          BigInt.asUintN(64, load({ ...access, bytes: 8 }, plus(address, offset)) as bigint)
        return (half(0) << first) | (half(8) << second)
      }
      return unlessRaised(
        access.bytes === 8 ? BigInt.asIntN(64, data.loadLong(address, access)) : data.load(address, access) | 0,
      )
    }
    const store = (access: Access, address: Value, value: Value): void => {
      if (access.bytes === 16) {
        store({ ...access, bytes: 8 }, address, BigInt.asIntN(64, (value as bigint) >> first))
        store({ ...access, bytes: 8 }, plus(address, 8), BigInt.asIntN(64, (value as bigint) >> second))
      } else if (access.bytes === 8) data.storeLong(address, value as bigint, access)
      else data.store(address, value as number, access)
      unlessRaised(undefined)
    }
    return {
      get: (file, index) => state.read(file, index),
      set: (file, index, value) => state.write(file, index, value),
      load,
      store,
      time: () => timeNs(this.#clock, this.executed),
      call: ({ name, result }, args) => {
        const value = unlessRaised(helpers[name]!(...(args as never[])))
        if (result === undefined) return undefined
        return result === "i64" ? BigInt.asIntN(64, BigInt(value!)) : Number(value) | 0
      },
    }
  }
}

const plus = (address: Value, bytes: number): Value =>
  typeof address === "bigint" ? BigInt.asIntN(64, address + BigInt(bytes)) : (address + bytes) | 0
