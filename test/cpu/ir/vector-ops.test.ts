// The operations on vectors, held against the engine's own WebAssembly on random operands.

import { describe, expect, it } from "vitest"
import { byteWidth, type PureOp, type Type, type Value } from "../../../cpu/ir/index.ts"
import { op } from "../../../cpu/ir/ops.ts"
import { shuffle, vectorOps } from "../../../cpu/ir/vector-ops.ts"
import { Code, MEMORY, Module } from "../../../cpu/wasm/index.ts"
import { Random } from "../../support/random.ts"

const RESULT = 64

/** One module with a function for each operation, which takes its operands from memory and leaves its result there. */
function compile(ops: readonly PureOp[]) {
  const module = new Module()
  module.importMemory("emu", "memory", 1, 1)
  for (const { name, code: bytes, params, result } of ops) {
    const code = new Code().i32(0)
    for (const [n, type] of params.entries()) code.i32(0).memory(MEMORY[type].load, 16 * n)
    code.raw(bytes).memory(MEMORY[result].store, RESULT)
    module.addFunction({ params: [] }, [], code, name)
  }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode() as BufferSource), {
    emu: { memory },
  })
  const view = new DataView(memory.buffer)
  return (pure: PureOp, operands: readonly bigint[]): bigint => {
    for (const [n, operand] of operands.entries()) write(view, 16 * n, operand)
    ;(instance.exports[pure.name] as () => void)()
    return read(view, RESULT, byteWidth(pure.result))
  }
}

function write(view: DataView, at: number, bits: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, bits), true)
  view.setBigUint64(at + 8, BigInt.asUintN(64, bits >> 64n), true)
}

function read(view: DataView, at: number, bytes: number): bigint {
  let bits = 0n
  for (let n = bytes - 1; n >= 0; n--) bits = (bits << 8n) | BigInt(view.getUint8(at + n))
  return bits
}

const toValue = (type: Type, bits: bigint): Value =>
  type === "i32" ? Number(BigInt.asIntN(32, bits)) : type === "i64" ? BigInt.asIntN(64, bits) : bits

/** Lanes near the ends of their ranges, and floating-point numbers of every kind. */
const words = [0, 1, 0xff, 0x7f80, 0x8000_0000, 0x7fff_ffff, 0xffff_ffff, 0x80_0001, 0x8080_7f7f, 0x3f80_0000]
const floats = [0xbf80_0000, 0x4f00_0000, 0xcf00_0001, 0x4f80_0000, 0x7f80_0000, 0x7fc0_0000, 0x40a0_0000, 0x4effffff]

function randomVector(random: Random): bigint {
  let bits = 0n
  for (let n = 0; n < 4; n++) {
    const kind = random.below(3)
    const word = kind === 0 ? random.pick(words) : kind === 1 ? random.pick(floats) : random.u32()
    bits = (bits << 32n) | BigInt(word >>> 0)
  }
  return bits
}

const NANS = { f32x4: 32, f64x2: 64 } as const

/** The bits with each lane that is a NaN made the same: which NaN it is, WebAssembly leaves open. */
function settled(name: string, bits: bigint): bigint {
  const width = NANS[name.slice(0, 5) as keyof typeof NANS]
  if (width === undefined || /abs|neg/.test(name)) return bits
  const exponent = width === 32 ? 0x7f80_0000n : 0x7ff0_0000_0000_0000n
  let result = 0n
  for (let at = 0n; at < 128n; at += BigInt(width)) {
    const lane = BigInt.asUintN(width, bits >> at)
    const magnitude = BigInt.asUintN(width - 1, lane)
    result |= (magnitude > exponent ? exponent + 1n : lane) << at
  }
  return result
}

const picks = [
  Array.from({ length: 16 }, (_, n) => n),
  Array.from({ length: 16 }, (_, n) => 31 - n),
  [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23],
]
const ops = [...vectorOps().values(), ...picks.map(shuffle)]

describe("an operation on vectors", () => {
  const run = compile(ops)
  it.each(ops.map((pure) => [pure.name, pure] as const))("computes what WebAssembly does: %s", (name, pure) => {
    const random = new Random(name.length)
    for (let n = 0; n < 60; n++) {
      const operands = pure.params.map(() => randomVector(random))
      if (n % 3 === 0 && operands.length === 2 && pure.params[1] === "v128") operands[1] = operands[0]!
      const bits = operands.map((x, k) => BigInt.asUintN(byteWidth(pure.params[k]!) * 8, x))
      const value = pure.evaluate(...(bits.map((x, k) => toValue(pure.params[k]!, x)) as never[]))
      const expected = run(pure, bits)
      const actual = BigInt.asUintN(byteWidth(pure.result) * 8, BigInt(value))
      expect(settled(name, actual).toString(16), operands.map(String).join(" ")).toBe(
        settled(name, expected).toString(16),
      )
    }
  })

  it("is found by its name", () => {
    expect(op("i8x16.addSatS").code).toEqual([0xfd, 111])
    expect(op("i16x8.add").code).toEqual([0xfd, 0x8e, 0x01])
  })
})
