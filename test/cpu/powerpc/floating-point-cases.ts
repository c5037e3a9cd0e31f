// The cases on which PowerPC floating point is compared with QEMU and with a model of exact arithmetic: instructions,
// operands, and settings of FPSCR; and how one case is run on the slow evaluator.

import { type Builder, evaluate, GuestFault, StateView } from "../../../cpu/ir/index.ts"
import { Assembler, type Random, translate } from "../../../cpu/isa/index.ts"
import {
  helperTable,
  type PowerPcModelName,
  powerPc,
  powerPcModel,
  readFpscr,
  resetRegisters,
} from "../../../cpu/powerpc/index.ts"
import { CR, FPR, FPSCR, MSR } from "../../../cpu/powerpc/state.ts"

/** One run of an instruction: its target f1, frA in f2, frB in f3, frC in f4, and FPSCR before it. */
export type Case = {
  readonly instruction: string
  readonly fpscr: number
  readonly f: readonly [bigint, bigint, bigint, bigint]
}

/** What an instruction leaves in f1, FPSCR and CR, and whether it takes a program exception. */
export type Result = {
  readonly f1: bigint
  readonly fpscr: number
  readonly cr: number
  readonly isException: boolean
}

const both = (name: string): string[] => [name, `${name}s`]

/** Instructions of arithmetic, by the registers that they read. */
export const arithmetic: readonly string[] = [
  ...["fadd", "fsub", "fdiv"].flatMap(both).map((name) => `${name} f1, f2, f3`),
  ...both("fmul").map((name) => `${name} f1, f2, f4`),
  ...["fmadd", "fmsub", "fnmadd", "fnmsub"].flatMap(both).map((name) => `${name} f1, f2, f4, f3`),
  "frsp f1, f3",
  "fadd. f1, f2, f3",
  "fmuls. f1, f2, f4",
  "fnmsub. f1, f2, f4, f3",
]

/** The others, but for the estimates. */
export const others: readonly string[] = [
  "fctiw f1, f3",
  "fctiwz f1, f3",
  "fctiw. f1, f3",
  "fcmpu cr1, f2, f3",
  "fcmpo cr6, f2, f3",
  "fsel f1, f2, f4, f3",
  "fmr f1, f3",
  "fneg. f1, f3",
  "fabs f1, f3",
  "fnabs f1, f3",
  "mffs f1",
  "mcrfs cr5, cr1",
  "mcrfs cr5, cr2",
  "mcrfs cr5, cr3",
  "mcrfs cr5, cr5",
  "mtfsf 255, f3",
  "mtfsf. 90, f3",
  "mtfsfi 7, 2",
  "mtfsfi 0, 9",
  "mtfsb0 6",
  "mtfsb1 6",
  "mtfsb1 10",
  "mtfsb0 7",
]

/** Interesting numbers. */
const numbers: readonly bigint[] = [
  0x0000_0000_0000_0000n,
  0x8000_0000_0000_0000n,
  0x0000_0000_0000_0001n,
  0x800f_ffff_ffff_ffffn,
  0x0008_0000_0000_0000n,
  0x0010_0000_0000_0000n,
  0x8010_0000_0000_0001n,
  0x001f_ffff_ffff_ffffn,
  0x0020_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0xffef_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
  0x7ff8_0000_0000_1234n,
  0xfff8_0000_0000_0000n,
  0x7ff0_0000_4000_0001n,
  0xfff4_0000_0000_0000n,
  0x3ff0_0000_0000_0000n,
  0x3ff0_0000_0000_0001n,
  0xbfef_ffff_ffff_ffffn,
  0x3fe0_0000_0000_0000n,
  0x3ff8_0000_0000_0000n,
  0xc004_0000_0000_0000n,
  0x4008_0000_0000_0000n,
  0x41df_ffff_ffc0_0000n,
  0x41df_ffff_ffe0_0000n,
  0x41e0_0000_0000_0000n,
  0xc1e0_0000_0000_0000n,
  0xc1e0_0000_0010_0000n,
  0x47ef_ffff_efff_ffffn,
  0x47ef_ffff_f000_0000n,
  0x47ef_ffff_e000_0000n,
  0x3810_0000_0000_0000n,
  0x380f_ffff_f000_0000n,
  0x36a0_0000_0000_0000n,
  0x369f_ffff_ffff_ffffn,
  0x3ff0_0000_1000_0000n,
  0x3ff0_0000_3000_0000n,
  0x3ff0_0000_0800_0000n,
  0x1ff0_0000_0000_0001n,
  0xdff8_0000_0000_0003n,
]

const random64 = (random: Random): bigint => (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))

/** A number of few or many bits near one, so that sums cancel and products stay in range. */
function moderate(random: Random): bigint {
  const bits = random64(random)
  const kept = random(3) === 0 ? bits & ~((1n << BigInt(random(52))) - 1n) : bits
  return (kept & 0x800f_ffff_ffff_ffffn) | (BigInt(1008 + random(30)) << 52n)
}

const scratch = new DataView(new ArrayBuffer(8))

/** The bits of a number. */
export function bitsOf(x: number): bigint {
  scratch.setFloat64(0, x)
  return scratch.getBigUint64(0)
}

/** A number of single precision: any, or near one. */
function single(random: Random): bigint {
  const bits = random(2 ** 32)
  scratch.setUint32(0, random(3) > 0 ? (bits & 0x807f_ffff) | ((117 + random(20)) << 23) : bits)
  const x = scratch.getFloat32(0)
  return Number.isNaN(x) ? 0x7ff8_0000_2000_0000n : bitsOf(x)
}

/** An integer of up to 54 bits. */
function integer(random: Random): bigint {
  const magnitude = Number(BigInt.asUintN(random(55), random64(random)))
  return bitsOf(random(2) === 0 ? magnitude : -magnitude)
}

function draw(random: Random): bigint {
  const kind = random(12)
  if (kind < 4) return numbers[random(numbers.length)]!
  if (kind < 6) return moderate(random)
  if (kind < 9) return single(random)
  return kind < 11 ? integer(random) : random64(random)
}

/** A number near another one: the last places of results, cancellation. */
const near = (random: Random, x: bigint): bigint => {
  return (
    BigInt.asUintN(64, x + BigInt(random(9) - 4) * (random(2) === 0 ? 1n : 0x1000_0000n)) ^ (BigInt(random(2)) << 63n)
  )
}

/** The enable bits VE, OE, UE, ZE and XE. */
export const ENABLES = 0xf8

/** The causes of invalid operations, which VX summarises. */
const INVALID = 0x01f8_0700
/** The exception bits of FPSCR. */
export const EXCEPTIONS = INVALID | 0x1e00_0000

/** Bits of FPSCR that an instruction may find set. */
function drawFpscr(random: Random, enabled: boolean): number {
  const status = random(3) === 0 ? random(2 ** 32) & 0x9fff_f700 : random(2) === 0 ? 0x8200_0000 : 0
  const enables = enabled ? random(32) << 3 : 0
  const fpscr = status | enables | (random(2) === 0 ? 0 : random(4)) | (enabled && random(8) === 0 ? 4 : 0)
  const withVx = fpscr | (fpscr & INVALID ? 0x2000_0000 : 0)
  const isEnabled = [0, 1, 2, 3, 4].some((n) => (withVx >>> (29 - n)) & (withVx >>> (7 - n)) & 1)
  return (withVx | (isEnabled ? 0x4000_0000 : 0)) >>> 0
}

/** Operands whose results lie just beside a rounding boundary. */
const directed: readonly (readonly [bigint, bigint, bigint])[] = [
  // 50 * -0.0166… + 1.29e-22: a double between singles whose rest decides.
  [0x4049_0000_0000_0000n, 0x3b63_8e54_0000_0000n, 0xbf91_1987_0000_0000n],
  [0x001f_ffff_ffff_ffffn, 0n, 0x3fe0_0000_0000_0000n],
  [bitsOf(94_906_267), 0xc340_0000_07c8_4becn, bitsOf(94_906_267)],
  [bitsOf(2 ** 53 - 1), bitsOf(1), bitsOf(3)],
  [0x3ff0_0000_0000_0001n, 0xbff0_0000_0000_0002n, 0x3ff0_0000_0000_0001n],
  [0x3ff0_0000_0800_0000n, bitsOf(2 ** -53), 0x3ff0_0000_0800_0000n],
  [0x3ff0_0000_0000_0001n, bitsOf(2 ** 53), 0x3ff0_0000_0000_0001n],
  [0x3ff0_0000_0000_0001n, bitsOf(2 ** 54 - 2), 0xbff0_0000_0000_0001n],
]

/** A repeatable row of cases of each instruction; some have exceptions enabled. */
export function* drawCases(
  random: Random,
  instructions: readonly string[],
  count: number,
  options: { readonly enabled: boolean },
): Generator<Case> {
  for (const instruction of instructions) {
    for (const [a, b, c] of instruction.startsWith("mtfsf") ? [] : directed) {
      for (const fpscr of [0, 0x8200_0000]) yield { instruction, fpscr, f: [5n, a, b, c] }
    }
    for (let n = 0; n < count; n++) {
      const [a, c] = [draw(random), draw(random)]
      const b = random(6) === 0 ? near(random, a) : draw(random)
      // The operand of mtfsf may have enable bits.
      const allowed = options.enabled || !instruction.startsWith("mtfsf") ? b : b & ~BigInt(ENABLES)
      yield { instruction, fpscr: drawFpscr(random, options.enabled), f: [5n, a, allowed, c] }
    }
  }
}

const blocks = new Map<string, Builder>()

function translated(model: PowerPcModelName, instruction: string): Builder {
  const key = `${model} ${instruction}`
  let found = blocks.get(key)
  if (!found) {
    const [set] = powerPc(model).formats[0]!.sets
    const { word } = new Assembler([set!]).assemble(instruction)
    found = translate(set!.decode(word)!, { addressType: "i32", length: 4, pc: 0 })
    blocks.set(key, found)
  }
  return found
}

const table = helperTable as unknown as Readonly<Record<string, (...args: unknown[]) => number | bigint | undefined>>

/** A CPU on which instructions run one by one. */
export class Runner {
  readonly #model: PowerPcModelName
  readonly view: StateView
  /** The helpers that the last instruction has called. */
  called: string[] = []

  constructor(model: PowerPcModelName) {
    this.#model = model
    const { state } = powerPc(model)
    this.view = new StateView(state, new ArrayBuffer(state.size))
  }

  /** Runs a case; exceptions are taken if MSR[FE0] says so. */
  run(given: Case, takesExceptions = false): Result {
    this.load(given, takesExceptions)
    const isException = this.execute(given.instruction)
    return { ...this.result(), isException }
  }

  /** Puts a case into the registers. */
  load({ fpscr, f }: Case, takesExceptions = false): void {
    const { view } = this
    view.reset()
    resetRegisters({ model: powerPcModel(this.#model), state: view })
    for (const [n, bits] of f.entries()) view.setLong(FPR, n + 1, bits)
    view.set(FPSCR, 0, fpscr)
    view.set(MSR, 0, takesExceptions ? 0x2800 : 0x2000)
  }

  /** Executes an instruction on the registers as they are; returns whether it takes a program exception. */
  execute(instruction: string): boolean {
    const { view } = this
    this.called = []
    const cpu = {
      model: powerPcModel(this.#model),
      state: view,
      raise(exception: string, ...args: number[]) {
        throw new GuestFault(exception, args)
      },
    }
    try {
      const { kind } = evaluate(translated(this.#model, instruction).block, {
        time: () => 0,
        get: (file, index) => view.read(file, index),
        set: (file, index, value) => view.write(file, index, value),
        load: () => 0,
        store: () => {},
        call: (helper, args) => {
          this.called.push(helper.name)
          return table[helper.name]!(cpu, ...args)
        },
      })
      return kind === "raise"
    } catch (fault) {
      if (!(fault instanceof GuestFault)) throw fault
      return true
    }
  }

  /** What the registers hold. */
  result(): Omit<Result, "isException"> {
    const { view } = this
    let cr = 0
    for (let n = 0; n < 32; n++) cr = (cr << 1) | view.get(CR, n)
    return { f1: BigInt.asUintN(64, view.getLong(FPR, 1)), fpscr: readFpscr(view), cr: cr >>> 0 }
  }
}
