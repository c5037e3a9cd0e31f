// The emulator as the subject of the fuzzer: an ARM CPU on a machine with RAM at 0 and nothing else.

import { arm, type Cp15Slot, cp15Slot, readCpsrValue } from "../../cpu/arm/index.ts"
import { V5_PSR_BITS, V7_PSR_BITS } from "../../cpu/arm/system/psr-bits.ts"
import { writeFpscrValue } from "../../cpu/arm/vfp/access.ts"
import { RAM, STATE } from "../../cpu/codegen/layout.ts"
import type { RegisterFile } from "../../cpu/ir/index.ts"
import type { JitOptions } from "../../cpu/jit/options.ts"
import { ArmCpu } from "../../src/architectures/arm/index.ts"
import type { Engine } from "../../src/engine.ts"
import { Machine } from "../../src/machine.ts"
import { copyRecord, emptyRecord, type StateRecord } from "../oracle/state-record.ts"
import type { FuzzModel, Image } from "./image.ts"
import type { ImageStepper } from "./lockstep.ts"

/** Flags of a status register: file and bit. */
type Flag = readonly [file: RegisterFile, shift: number]

/**
 * Bits that the status registers of QEMU's CPUs keep, so that a program's value of SPSR stays comparable wherever it turns up. The
 * manual has fewer (`psr-bits.ts`): bit 20 is IL in ARMv8 and reserved before, bit 8 is A in ARMv6 and reserved before.
 */
const REFERENCE_PSR_BITS: Readonly<Record<FuzzModel, number>> = {
  "cortex-a15": V7_PSR_BITS | 0x0010_0000,
  arm926: V5_PSR_BITS | 0x0010_0100,
}

/** A change of a subject's state from outside. */
export type Change = (subject: Subject) => void

/** A CPU with RAM at 0, into which images are loaded one after the other. */
export class Subject implements ImageStepper {
  readonly cpu: ArmCpu
  readonly machine: Machine
  readonly ramBytes: number
  readonly #words: Int32Array
  readonly #core: Uint32Array
  readonly #doubles: Uint32Array
  readonly #pc: number
  readonly #it: number
  readonly #fpscr: number
  readonly #cpsrFlags: Int32Array
  readonly #fpscrFlags: Int32Array
  readonly #psrBits: RegisterFile
  readonly #setFlag: (file: RegisterFile, value: number) => void

  constructor(model: FuzzModel, ramBytes: number, engine: Engine = "interpreter", jit?: JitOptions) {
    this.ramBytes = ramBytes
    // Accesses to nothing give external aborts, which need no log.
    this.machine = new Machine({ name: "bare", clockRate: 1e9, log: () => {} })
    this.cpu = new ArmCpu(this.machine, {
      model,
      memory: [{ name: "ram", base: 0, size: ramBytes, writable: true }],
      semihosting: false,
      psci: false,
      engine,
      jit,
    })
    const { buffer } = this.cpu.memory
    const { files } = arm(model).state
    const file = (name: string): RegisterFile => files[name]!
    const at = (name: string): number => (STATE + file(name).offset) / 4
    this.#words = new Int32Array(buffer, 0, (STATE + arm(model).state.size) / 4)
    this.#core = new Uint32Array(buffer, STATE + file("GPR").offset, 15)
    this.#doubles = new Uint32Array(buffer, STATE + file("D").offset, 64)
    this.#pc = at("PC")
    this.#it = at("CONTEXT")
    this.#fpscr = at("FPSCR")
    this.#psrBits = file("PSR_BITS")
    const flags = (list: readonly Flag[]): Int32Array =>
      Int32Array.from(list.flatMap(([{ offset }, shift]) => [(STATE + offset) / 4, shift]))
    const cpsr = { N: 31, Z: 30, C: 29, V: 28, Q: 27, GE: 16, E: 9, A: 8, I: 7, F: 6, ISA: 5, MODE: 0 }
    this.#cpsrFlags = flags(Object.entries(cpsr).map(([name, shift]) => [file(name), shift]))
    const fpscr = { FPN: 31, FPZ: 30, FPC: 29, FPV: 28 }
    this.#fpscrFlags = flags(Object.entries(fpscr).map(([name, shift]) => [file(name), shift]))
    this.#setFlag = (target, value) => this.cpu.state.set(target, 0, value)
  }

  /** Resets the CPU, loads an image and sets PC to its entry. */
  load(image: Image): this {
    if (image.ramBytes !== this.ramBytes) throw new RangeError(`the image is made for ${image.ramBytes} bytes of RAM`)
    const ram = new Uint8Array(this.cpu.memory.buffer, RAM, this.ramBytes)
    ram.fill(0)
    for (const { address, bytes } of image.segments) ram.set(bytes, address)
    this.machine.reset()
    this.cpu.state.set(this.#psrBits, 0, REFERENCE_PSR_BITS[this.cpu.model])
    this.changes = []
    this.cpu.start(image.entry)
    return this
  }

  /** Changes from outside since the last step: what a repetition of the run must do as well. */
  changes: Change[] = []

  /** Changes the state from outside. */
  change(change: Change): void {
    this.changes.push(change)
    change(this)
  }

  step(): void {
    this.cpu.run(1)
  }

  /** Executes so many instructions in one run, or fewer if the engine stops early. */
  run(instructions: number): number {
    return this.cpu.run(instructions).executed
  }

  state(into: StateRecord): void {
    const words = this.#words
    into.r.set(this.#core)
    into.r[15] = words[this.#pc]!
    const it = words[this.#it]!
    into.cpsr = (gather(words, this.#cpsrFlags) | ((it & 3) << 25) | ((it & 0xfc) << 8)) >>> 0
    into.fpscr = (words[this.#fpscr]! | gather(words, this.#fpscrFlags)) >>> 0
    into.d.set(this.#doubles)
  }

  /** Adopts everything but the mode, the instruction set and the endianness, which must agree already. */
  adopt(state: StateRecord): void {
    const copy = emptyRecord()
    copyRecord(state, copy)
    this.change((subject) => subject.#adopt(copy))
  }

  #adopt({ r, cpsr, fpscr, d }: StateRecord): void {
    if ((readCpsrValue(this.cpu.state) ^ cpsr) & 0x023f) throw new Error("a state of another mode cannot be adopted")
    const { files } = this.cpu.arch.state
    this.#core.set(r.subarray(0, 15))
    this.#words[this.#pc] = r[15]!
    this.#words[this.#it] = ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc)
    for (const [name, shift, mask] of [
      ["N", 31, 1],
      ["Z", 30, 1],
      ["C", 29, 1],
      ["V", 28, 1],
      ["Q", 27, 1],
      ["GE", 16, 15],
    ] as const) {
      this.#setFlag(files[name]!, (cpsr >>> shift) & mask)
    }
    this.#doubles.set(d)
    writeFpscrValue(this.cpu.state, fpscr)
  }

  /** Contents of a system register by its name. */
  system(name: Cp15Slot): number {
    return this.cpu.state.get(this.#cp15, cp15Slot(name)) >>> 0
  }

  setSystem(name: Cp15Slot, value: number): void {
    this.change((subject) => subject.cpu.state.set(subject.#cp15, cp15Slot(name), value))
  }

  get #cp15(): RegisterFile {
    return this.cpu.arch.state.files["CP15"]!
  }

  /** All registers, hidden ones included. */
  whole(): Uint8Array {
    return new Uint8Array(this.cpu.memory.buffer, STATE, this.cpu.arch.state.size)
  }

  memory(address: number, length: number): Uint8Array {
    return new Uint8Array(this.cpu.memory.buffer, RAM + address, length)
  }
}

/** The bits of a status register, from pairs of a word's index and a bit. */
function gather(words: Int32Array, flags: Int32Array): number {
  let value = 0
  for (let i = 0; i < flags.length; i += 2) value |= words[flags[i]!]! << flags[i + 1]!
  return value
}
