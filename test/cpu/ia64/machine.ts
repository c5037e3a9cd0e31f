// An IA-64 CPU for tests: the evaluator on sparse memory, one instruction at a time.

import { bundleFormat, stackHelpers, state } from "../../../cpu/ia64/index.ts"
import {
  type Access,
  type EvaluatorPort,
  evaluate,
  type Outcome,
  StateView,
  type Value,
} from "../../../cpu/ir/index.ts"
import { type Decoded, translate } from "../../../cpu/isa/index.ts"

const { PC } = state.files
const PAGE = 4096n

/** What an instruction led to. */
export type Step =
  | { readonly kind: "next" | "branch" | "exit" }
  | { readonly kind: "raise"; readonly exception: string; readonly args: readonly Value[] }

/** A CPU with its memory, under some engine. Addresses and values are unsigned where they are bigints. */
export type Machine = {
  readonly state: StateView
  pc: bigint
  setByte(address: bigint, value: number): void
  read(address: bigint, bytes: number): bigint
  write(address: bigint, bytes: number, value: bigint): void
  /** Executes the instruction at PC. An exception leaves PC where it is. */
  step(): Step
}

/** The evaluator's. */
export class TestMachine implements Machine {
  readonly state = new StateView(state, new ArrayBuffer(state.size))
  /** Ticks that ar.itc shows. */
  time = 0n
  readonly #pages = new Map<bigint, DataView>()

  constructor() {
    this.state.reset()
  }

  get pc(): bigint {
    return BigInt.asUintN(64, this.state.getLong(PC))
  }

  set pc(address: bigint) {
    this.state.setLong(PC, 0, BigInt.asIntN(64, address))
  }

  byte(address: bigint): number {
    return this.#page(address).getUint8(Number(address % PAGE))
  }

  setByte(address: bigint, value: number): void {
    this.#page(address).setUint8(Number(address % PAGE), value)
  }

  read(address: bigint, bytes: number): bigint {
    let value = 0n
    for (let n = bytes - 1; n >= 0; n--) value = (value << 8n) | BigInt(this.byte(address + BigInt(n)))
    return value
  }

  write(address: bigint, bytes: number, value: bigint): void {
    for (let n = 0; n < bytes; n++) this.setByte(address + BigInt(n), Number((value >> BigInt(8 * n)) & 0xffn))
  }

  #page(address: bigint): DataView {
    const number = address / PAGE
    let page = this.#pages.get(number)
    if (!page) this.#pages.set(number, (page = new DataView(new ArrayBuffer(Number(PAGE)))))
    return page
  }

  readonly #port: EvaluatorPort = {
    get: (file, index) => this.state.read(file, index),
    set: (file, index, value) => this.state.write(file, index, value),
    time: () => 0,
    load: ({ bytes }: Access, address: Value) => {
      const value = this.read(BigInt.asUintN(64, BigInt(address)), bytes)
      return bytes === 8 ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value))
    },
    store: ({ bytes }: Access, address: Value, value: Value) => {
      this.write(BigInt.asUintN(64, BigInt(address)), bytes, BigInt.asUintN(64, BigInt(value)))
    },
    call: (helper, args) => {
      switch (helper.name) {
        case "readIntervalTime":
          return this.time
        case "writeIntervalTime":
          this.time = BigInt(args[0]!)
          return undefined
        case "spillStack":
          return stackHelpers.spillStack(this.#stack, Number(args[0]))
        case "fillStack":
          return stackHelpers.fillStack(this.#stack, Number(args[0]))
        default:
          throw new Error(`no helper ${helper.name}`)
      }
    },
  }

  readonly #stack = {
    get: this.#port.get,
    set: this.#port.set,
    loadLong: (address: bigint) => BigInt.asIntN(64, this.read(address, 8)),
    storeLong: (address: bigint, value: bigint) => {
      this.write(address, 8, BigInt.asUintN(64, value))
      return true
    },
  }

  /** The instruction at PC. */
  fetch() {
    const { pc } = this
    const slot = Number(pc & 15n)
    const fetched = bundleFormat.decode((offset) => Number(this.read((pc & ~15n) + BigInt(offset), 4)), 0, slot)
    return { ...fetched, pc }
  }

  /** Executes the instruction at PC. An exception leaves PC where it is. */
  step(): Outcome {
    const { decoded, length, pc } = this.fetch()
    if (!decoded) return { kind: "raise", exception: "illegalOperation", args: [] }
    return this.execute(decoded, pc, length)
  }

  /** Executes a decoded instruction as if it stood at that address. */
  execute(decoded: Decoded, pc: bigint, length: number): Outcome {
    const outcome = evaluate(
      translate(decoded, { addressType: "i64", length, pc: BigInt.asIntN(64, pc) }).block,
      this.#port,
    )
    if (outcome.kind === "branch") this.pc = BigInt(outcome.target)
    else if (outcome.kind === "next") this.pc = pc + BigInt(length)
    return outcome
  }
}
