// Lazy flags of any kind: what branches on them become, and random programs in regions beside the evaluator of the IR.

import { describe, expect, it } from "vitest"
import { MAILBOX, regionType, STATE } from "../../../cpu/codegen/layout.ts"
import { addMaterialiseAll, addMaterialisers } from "../../../cpu/codegen/lazy-flags.ts"
import { evaluate, StateView, verify } from "../../../cpu/ir/index.ts"
import { discover } from "../../../cpu/jit/discover.ts"
import { IrCache } from "../../../cpu/jit/ir-cache.ts"
import { PASSES, printStep } from "../../../cpu/jit/passes/index.ts"
import { type Translated, translateRegion } from "../../../cpu/jit/translate.ts"
import { Code, Module } from "../../../cpu/wasm/index.ts"
import { fromStart } from "../../support/planned.ts"
import { Random } from "../../support/random.ts"
import { flagArchitecture as arch, encode, state } from "./flag-architecture.ts"

const format = arch.formats[0]!
const { R, L, CR, CA, OV, CA64, OV64, P } = state.files

/** The region of a program from an offset on, of so many instructions at most. */
function regionOf(words: readonly number[], offset: number, most: number, without: readonly string[] = []): Translated {
  const view = { read: (at: number) => words[at / 4] }
  const region = discover(arch, new IrCache(arch, format), view, {
    ...fromStart(most),
    seeds: [offset],
    required: [offset],
  })!
  const passes = PASSES.filter(({ name }) => !without.includes(name))
  return translateRegion(arch, region, { pageNumber: () => 0, aligned: 0, passes })
}

/** The instructions of a program as passes leave them, all in one region. */
function planned(...words: readonly number[]): string[][] {
  const { plan } = regionOf([...words, encode.stop()], 0, 64, ["dead-store-elimination"])
  const steps = plan.blocks.flatMap((block) => block.steps).sort((a, b) => a.offset - b.offset)
  for (const { ir } of steps) verify(ir, { addressType: "i32", restartable: true })
  return steps.map((step) => printStep(plan, step))
}

const bit = (field: number, n: number) => field * 4 + n
const [LESS, GREATER, EQUAL] = [0, 1, 2]

describe("a branch on a condition field", () => {
  it.each([
    ["less", true, LESS, "ltS"],
    ["not less", false, LESS, "geS"],
    ["greater", true, GREATER, "gtS"],
    ["not greater", false, GREATER, "leS"],
    ["equal", true, EQUAL, "eq"],
    ["not equal", false, EQUAL, "ne"],
  ] as const)("after a comparison is that comparison: %s", (_, sense, n, relation) => {
    const doubleword = planned(encode.compare(5, 1, 2, true, false), encode.branchOnBit(sense, bit(5, n), 1))
    expect(doubleword[1]!.slice(0, 3)).toEqual([
      "%0 = cr5.source[0]",
      "%1 = cr5.source[1]",
      `if i64.${relation}(%0, %1)`,
    ])
    const word = planned(encode.compare(5, 1, 2, false, false), encode.branchOnBit(sense, bit(5, n), 1))
    expect(word[1]![2]).toBe(`if i32.${relation}(i32.wrap(%0), i32.wrap(%1))`)
  })

  it("notes recipes in the word of the field alone", () => {
    const [first] = planned(encode.compare(6, 1, 2, true, true), encode.stop())
    expect(first).toEqual([
      "%0 = L[1]",
      "%1 = L[2]",
      "cr6.source[0] = %0",
      "cr6.source[1] = %1",
      "lazy: CR24 ltU, CR25 gtU, CR26 eq",
    ])
  })

  it("after arithmetic compares the result with 0", () => {
    const [, branch] = planned(encode.arithmetic(0, 1, 2, 3), encode.branchOnBit(true, bit(0, GREATER), 1))
    expect(branch!.slice(0, 2)).toEqual(["%0 = cr0.source[0]", "if i32.gtS(i32.wrap(%0), 0)"])
  })

  it("leaves other fields lazy", () => {
    const program = [
      encode.compare(1, 1, 2, true, false),
      encode.compare(2, 3, 4, true, true),
      encode.branchOnBit(true, bit(1, LESS), 1),
    ]
    expect(planned(...program)[2]!.slice(0, 3)).toEqual([
      "%0 = cr1.source[0]",
      "%1 = cr1.source[1]",
      "if i64.ltS(%0, %1)",
    ])
  })
})

describe("a branch on a predicate", () => {
  it.each([
    [0, 6, "ltS"],
    [0, 7, "geS"],
    [1, 6, "ltU"],
    [1, 7, "geU"],
    [2, 6, "eq"],
    [2, 7, "ne"],
  ])("after a comparison is that comparison (compare %i, p%i)", (op, p, relation) => {
    const [, branch] = planned(encode.pair(op, 6, 7, 1, 2), encode.branchOnPredicate(p, 1))
    expect(branch!.slice(0, 3)).toEqual([
      "%0 = compare.source[0]",
      "%1 = compare.source[1]",
      `if i64.${relation}(%0, %1)`,
    ])
  })

  it("materialises the former pair where another is compared, and no predicate besides", () => {
    const [first, second] = planned(encode.pair(0, 6, 7, 1, 2), encode.pair(1, 8, 9, 1, 2))
    expect(first!.filter((line) => line.startsWith("materialise"))).toEqual([])
    expect(second!.slice(0, 2)).toEqual(["materialise P6: ltS", "materialise P7: geS"])
  })
})

const memoryPages = 16
const START = 0x4000
const WORDS = [0, 1, -1, 2, 0x7fff_ffff, -0x8000_0000, -2, 0x1234]
const LONGS = [0n, 1n, -1n, (1n << 63n) - 1n, -(1n << 63n), 1n << 32n, -(1n << 32n), 0x8000_0000n]

type Machine = { readonly memory: WebAssembly.Memory; readonly state: StateView; readonly block: Buffer }

function machine(): Machine {
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages })
  const block = Buffer.from(memory.buffer, STATE, state.size)
  return { memory, state: new StateView(state, memory.buffer, STATE), block }
}

function drawProgram(random: Random): number[] {
  const size = 12 + random.below(40)
  const r = () => random.below(8)
  const p = () => 6 + random.below(6)
  const draw = (place: number): number => {
    const away = () => (random.chance(25) ? -random.below(Math.min(place + 1, 6)) : 1 + random.below(6))
    switch (random.below(10)) {
      case 0:
      case 1:
        return encode.compare(random.below(8), r(), r(), random.chance(50), random.chance(50))
      case 2:
        return encode.arithmetic(random.below(2), r(), r(), r())
      case 3:
        return encode.long(random.below(3), r(), r(), r())
      case 4:
      case 5: {
        const first = p()
        return encode.pair(random.below(3), first, random.chance(80) ? first ^ 1 : p(), r(), r())
      }
      case 6:
        return encode.branchOnBit(random.chance(50), random.below(32), away())
      case 7:
        return encode.branchOnPredicate(p(), away())
      case 8:
        return random.chance(70)
          ? encode.copy(random.below(3), r(), random.below(32), p())
          : encode.jump(1 + random.below(3))
      default:
        return encode.setPredicate(p(), random.below(2))
    }
  }
  return [...Array.from({ length: size }, (_, place) => draw(place)), ...new Array<number>(8).fill(encode.stop())]
}

/** Runs a program in regions of so many instructions until it stops or time is up; materialises flags at the end. */
function runInRegions({ memory, block }: Machine, words: readonly number[], most: number, without: readonly string[]) {
  const view = new DataView(memory.buffer)
  const regions = new Map<number, WebAssembly.Exports>()
  let offset = 0
  let budget = 400
  for (;;) {
    let exports = regions.get(offset)
    if (!exports) regions.set(offset, (exports = instantiate(memory, regionOf(words, offset, most, without))))
    view.setInt32(MAILBOX.budget, budget, true)
    ;(exports["run"] as (target: number, tlb: number, place: number) => number)(START + offset, 0, 0)
    const [left, target] = [view.getInt32(MAILBOX.budget, true), view.getUint32(MAILBOX.target, true)]
    offset = target - START
    if (left === budget || words[offset / 4] === encode.stop()) {
      ;(exports["materialise"] as () => void)()
      return { executed: 400 - left, offset, block }
    }
    budget = left
  }
}

function instantiate(memory: WebAssembly.Memory, { locals, body }: Translated): WebAssembly.Exports {
  const module = new Module()
  module.importMemory("emu", "memory", 1, 65_536)
  addMaterialisers(module, arch)
  module.addFunction(regionType("i32"), locals, body, "run")
  const all = addMaterialiseAll(module, arch, 0)
  module.addFunction({ params: [] }, [], new Code().call(all), "materialise")
  return new WebAssembly.Instance(new WebAssembly.Module(module.encode() as BufferSource), { emu: { memory } }).exports
}

/** Evaluates so many instructions of a program; gives the offset of the next one. */
function runSlowly({ state: registers }: Machine, words: readonly number[], instructions: number): number {
  const irs = new IrCache(arch, format)
  const port = {
    get: registers.read.bind(registers),
    set: registers.write.bind(registers),
    load: () => 0,
    store: () => {},
    call: () => 0,
    time: () => 0,
  }
  let offset = 0
  for (let n = 0; n < instructions; n++) {
    const { ir, length } = irs.at({ read: (at: number) => words[at / 4] }, offset, 0)!
    const outcome = evaluate(ir!, port as never, { pc: offset })
    offset = outcome.kind === "branch" ? Number(outcome.target) : offset + length
  }
  return offset
}

describe("a random program", () => {
  const names = PASSES.map(({ name }) => name)
  it.each([
    ["in one region", 64, []],
    ["in small regions", 5, []],
    ["without dead-store elimination", 16, ["dead-store-elimination"]],
    ["with lazy flags alone", 16, names.filter((name) => name !== "lazy-flags")],
    ["without lazy flags", 16, ["lazy-flags"]],
  ] as const)("leaves the same flags as the evaluator: %s", (_, most, without) => {
    let executed = 0
    for (let seed = 0; seed < 60; seed++) {
      const random = new Random(seed)
      const words = drawProgram(random)
      const [fast, slow] = [machine(), machine()]
      for (const { state: registers } of [fast, slow]) {
        const values = new Random(seed)
        for (let n = 0; n < 16; n++) {
          registers.write(R, n, WORDS[values.below(WORDS.length)]!)
          registers.write(L, n, LONGS[values.below(LONGS.length)]!)
        }
        for (const file of [CR, CA, OV, CA64, OV64, P])
          for (let n = 0; n < file.count; n++) registers.write(file, n, values.below(2))
      }
      const ran = runInRegions(fast, words, most, without)
      executed += ran.executed
      expect(runSlowly(slow, words, ran.executed), `seed ${seed}`).toBe(ran.offset)
      if (!fast.block.equals(slow.block)) expect(registersOf(fast), `seed ${seed}`).toEqual(registersOf(slow))
    }
    expect(executed).toBeGreaterThan(1000)
  })
})

const registersOf = ({ state: registers }: Machine) =>
  Object.fromEntries(
    state.list.flatMap((file) =>
      file.names.map((name, n) => [`${file.name} ${name}`, String(registers.read(file, n))]),
    ),
  )
