// An IA-64 CPU for tests: the generated interpreter on pages of flat memory.

import { RAM, STATE } from "../../../cpu/codegen/layout.ts"
import {
  bundleFormat,
  fillStack,
  readIntervalTime,
  spillStack,
  stackHelpers,
  state,
  writeIntervalTime,
} from "../../../cpu/ia64/index.ts"
import { Interpreter } from "../../../cpu/interpreter/interpreter.ts"
import { type Access, StateView } from "../../../cpu/ir/index.ts"
import type { Architecture, ExceptionEntry } from "../../../cpu/isa/index.ts"
import type { Machine, Step } from "./machine.ts"

const { PC, EXCEPTION_PC, EXCEPTION_ARG } = state.files
const PAGE = 4096n
const PAGES = 64
/** Where the entry of exception n goes: 256 n beyond. No guest code is there. */
const VECTORS = 0x7fff_0000n

const EXCEPTIONS = [
  "illegalOperation",
  "breakInstruction",
  "registerNatConsumption",
  "privilegedRegister",
  "reservedRegisterField",
  "floatingPointFault",
] as const

const entry =
  (n: number): ExceptionEntry =>
  (b) =>
    b.branch(b.i64(VECTORS + BigInt(256 * n)))

/** The CPU with exceptions that only say which they are. */
export const testArchitecture: Architecture = {
  name: "ia64-test",
  addressType: "i64",
  state,
  engine: state.files,
  formats: [bundleFormat],
  byteOrder: "little",
  regimes: [{ name: "all", level: 0, isSwapped: false, unprivileged: 0 }],
  exceptions: Object.fromEntries(EXCEPTIONS.map((name, n) => [name, entry(n)])),
  undefinedInstruction: "illegalOperation",
  hotHandlers: [],
  helpers: [spillStack, fillStack, readIntervalTime, writeIntervalTime],
}

let shared: InterpreterMachine | undefined

/** A CPU whose memory is given out page by page as it is touched. */
export class InterpreterMachine implements Machine {
  readonly state: StateView
  readonly #memory: WebAssembly.Memory
  readonly #bytes: Uint8Array
  readonly #interpreter: Interpreter
  readonly #pages = new Map<bigint, number>()

  private constructor() {
    this.#memory = new WebAssembly.Memory({ initial: RAM / 65536 + 4, maximum: RAM / 65536 + 4 })
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.state = new StateView(state, this.#memory, STATE)
    const helper = (work: (cpu: typeof this.stack, count: number) => undefined) => (count: number) =>
      work(this.stack, count)
    this.#interpreter = new Interpreter(testArchitecture, this.#memory, {
      code: {
        translate: (va) => this.#host(BigInt.asUintN(64, BigInt(va))) - RAM,
        hostOf: (pa) => RAM + pa,
        isa: () => 0,
        fetched: () => 0,
        fetchAbort() {},
        fillFetch: () => true,
        watch() {},
        dropFetch() {},
      },
      data: {
        load: (va, access) => Number(BigInt.asIntN(32, this.read(BigInt.asUintN(64, BigInt(va)), access.bytes))),
        loadLong: (va, access) => BigInt.asIntN(64, this.read(BigInt.asUintN(64, BigInt(va)), access.bytes)),
        store: (va, value, access) => this.#store(va, BigInt.asUintN(32, BigInt(value)), access),
        storeLong: (va, value, access) => this.#store(va, BigInt.asUintN(64, value), access),
      },
      helpers: {
        spillStack: helper(stackHelpers.spillStack),
        fillStack: helper(stackHelpers.fillStack),
        readIntervalTime: () => 0n,
        writeIntervalTime: () => undefined,
      },
    })
  }

  /** The machine, as after reset. There is one, for it takes its time to make. */
  static create(): InterpreterMachine {
    shared ??= new InterpreterMachine()
    shared.#reset()
    return shared
  }

  #reset(): void {
    this.#interpreter.cache.flush()
    this.#bytes.fill(0, RAM, RAM + PAGES * Number(PAGE))
    this.#pages.clear()
    this.state.reset()
  }

  readonly stack = {
    get: (...at: Parameters<StateView["read"]>) => this.state.read(...at),
    set: (...at: Parameters<StateView["write"]>) => this.state.write(...at),
    loadLong: (address: bigint) => BigInt.asIntN(64, this.read(address, 8)),
    storeLong: (address: bigint, value: bigint) => {
      this.write(address, 8, BigInt.asUintN(64, value))
      return true
    },
  }

  #store(va: number | bigint, value: bigint, { bytes }: Access): void {
    const address = BigInt.asUintN(64, BigInt(va))
    this.write(address, bytes, value)
    this.#interpreter.cache.written(this.#host(address) - RAM, bytes)
  }

  #host(address: bigint): number {
    const number = address / PAGE
    let page = this.#pages.get(number)
    if (page === undefined) {
      if (this.#pages.size === PAGES) throw new Error("the program touches too many pages")
      this.#pages.set(number, (page = RAM + this.#pages.size * Number(PAGE)))
    }
    return page + Number(address % PAGE)
  }

  // A stop may fall on a slot without an instruction of its own: the third of an MLX bundle, the fourth of any.
  get pc(): bigint {
    const pc = BigInt.asUintN(64, this.state.getLong(PC))
    const slot = pc & 15n
    const template = this.read(pc & ~15n, 1) & 31n
    return slot === 3n || (slot === 2n && (template & ~1n) === 4n) ? (pc & ~15n) + 16n : pc
  }

  set pc(address: bigint) {
    this.state.setLong(PC, 0, BigInt.asIntN(64, address))
  }

  setByte(address: bigint, value: number): void {
    this.#bytes[this.#host(address)] = value
  }

  read(address: bigint, bytes: number): bigint {
    let value = 0n
    for (let n = bytes - 1; n >= 0; n--) value = (value << 8n) | BigInt(this.#bytes[this.#host(address + BigInt(n))]!)
    return value
  }

  write(address: bigint, bytes: number, value: bigint): void {
    for (let n = 0; n < bytes; n++) this.setByte(address + BigInt(n), Number((value >> BigInt(8 * n)) & 0xffn))
  }

  step(): Step {
    this.#interpreter.run(1)
    const vector = this.pc - VECTORS
    if (vector < 0n || vector >= BigInt(256 * EXCEPTIONS.length)) return { kind: "next" }
    this.pc = BigInt.asUintN(64, this.state.getLong(EXCEPTION_PC))
    return {
      kind: "raise",
      exception: EXCEPTIONS[Number(vector / 256n)]!,
      args: [this.state.getLong(EXCEPTION_ARG, 0)],
    }
  }
}
