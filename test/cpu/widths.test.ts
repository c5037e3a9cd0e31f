// Both widths of addresses and both orders of bytes, on every engine: programs of the toy and of its twins. Expected values are
// computed natively.

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../cpu/isa/index.ts"
import { ENGINES, type Engine } from "../../src/engine.ts"
import { HIGH, type ToyFacts, toyMachine } from "../support/toy-cpu.ts"
import { dialect, R, toy, toyBigEndian } from "./isa/toy.ts"
import { assemble64, MASK, toy64 } from "./isa/toy64.ts"

const CODE = 0x1000
const DATA = 0x8000
const LIMIT = 400_000

const narrow = (arch: typeof toy): ToyFacts => ({
  arch,
  core: "R",
  interrupt: "trap",
  isEnabled: (cpu) => cpu.state.get(R, 5) === 0,
})
const wide: ToyFacts = {
  arch: toy64,
  core: "R",
  interrupt: "interrupt",
  isEnabled: (cpu) => cpu.state.get(MASK) === 0,
}

/** Times that generated code has called TypeScript to look up code or make an access. */
const exitsOf = ({ cpu }: ReturnType<typeof toyMachine>) => {
  const { load = 0, store = 0, resolve = 0, scratch = 0 } = cpu.interpreter?.exits ?? {}
  return load + store + resolve + scratch
}

function run(machine: ReturnType<typeof toyMachine>, until: () => boolean): void {
  for (let left = LIMIT; left > 0; left -= 2000) {
    machine.cpu.run(2000)
    if (until()) break
  }
  expect(until()).toBe(true)
}

describe.each([toy, toyBigEndian])("$name", (arch) => {
  // r1 counts down, r2 is the address, r3 the sum.
  const program = `
    set r0, #0
    set r3, #0
    set r1, #1000
    loop: st r1, [r2, #0]
    ldh r4, [r2, r0]
    add r3, r3, r4
    ldb r4, [r2, r6]
    add r3, r3, r4
    stb r3, [r2, r7]
    sth r3, [r2, r8]
    ld r4, [r2, r0]
    add r3, r3, r4
    adds r1, r1, #-1
    jumpne loop
    end: jump end`

  function expected(): { sum: number; bytes: Uint8Array } {
    const little = arch.byteOrder === "little"
    const view = new DataView(new ArrayBuffer(16))
    let sum = 0
    for (let n = 1000; n > 0; n--) {
      view.setUint32(0, n, little)
      sum = (sum + view.getUint16(0, little)) | 0
      sum = (sum + view.getUint8(3)) | 0
      view.setUint8(1, sum & 0xff)
      view.setUint16(6, sum & 0xffff, little)
      sum = (sum + view.getInt32(0, little)) | 0
    }
    return { sum: sum >>> 0, bytes: new Uint8Array(view.buffer) }
  }

  it.each(ENGINES)("loads and stores parts of words in its own order, on the %s", (engine: Engine) => {
    const machine = toyMachine(narrow(arch), engine)
    const { cpu } = machine
    const { bytes } = assembleSource(program, { ...dialect, bigEndian: arch.byteOrder === "big" }, { origin: CODE })
    cpu.write(CODE, bytes)
    cpu.start(CODE, { r2: DATA, r6: 3, r7: 1, r8: 6 })
    run(machine, () => cpu.register("r1") === 0)
    const { sum, bytes: memory } = expected()
    expect(cpu.register("r3")).toBe(sum)
    const read = new Uint8Array(16)
    cpu.guest.physicalRead(DATA as never, read)
    expect(read).toEqual(memory)
  })

  it.each(ENGINES)("loads and stores vectors in its own order, aligned or not, on the %s", (engine: Engine) => {
    const machine = toyMachine(narrow(arch), engine)
    const { cpu } = machine
    const source = `
      set r3, #0
      set r1, #300
      loop: ldv r4, [r2, r6]
      add r3, r3, r4
      stv [r2, r7]
      adds r1, r1, #-1
      jumpne loop
      end: jump end`
    const isLittle = arch.byteOrder === "little"
    const { bytes } = assembleSource(source, { ...dialect, bigEndian: !isLittle }, { origin: CODE })
    const data = Uint8Array.from({ length: 0x2000 }, (_, n) => (n * 7 + (n >>> 8)) & 0xff)
    // Within a page, and across the border of two.
    for (const [from, to] of [
      [0x10, 0x40],
      [0x14, 0x4c],
      [0xff8, 0x40],
      [0x10, 0xff4],
    ] as const) {
      cpu.write(CODE, bytes)
      cpu.write(DATA, data)
      cpu.start(CODE, { r2: DATA, r6: from, r7: to })
      run(machine, () => cpu.register("r1") === 0)
      // The lowest word of the number is the first or the last one in memory.
      const word = new DataView(data.buffer).getUint32(from + (isLittle ? 0 : 12), isLittle)
      expect(cpu.register("r3"), `from ${from}`).toBe((300 * word) % 2 ** 32)
      const read = new Uint8Array(data.length)
      cpu.guest.physicalRead(DATA as never, read)
      const expected = data.slice()
      expected.copyWithin(to, from, from + 16)
      expect(Buffer.compare(read, expected), `from ${from} to ${to}`).toBe(0)
    }
  })

  it("runs its loop without TypeScript, translated", () => {
    const machine = toyMachine(narrow(arch), "jit")
    const { cpu } = machine
    const { bytes } = assembleSource(program, { ...dialect, bigEndian: arch.byteOrder === "big" }, { origin: CODE })
    cpu.write(CODE, bytes)
    cpu.start(CODE, { r2: DATA, r6: 3, r7: 1, r8: 6 })
    cpu.run(2000)
    const before = exitsOf(machine)
    run(machine, () => cpu.register("r1") === 0)
    expect(cpu.jit!.stats.regions).toBeGreaterThan(0)
    expect(exitsOf(machine) - before).toBeLessThan(8)
  })
})

describe("the 64-bit toy", () => {
  const at = (offset: number) => BigInt.asIntN(64, HIGH + BigInt(offset))

  /** A loop over every size of access; r1 counts down, r2 is the address, r3 the sum. */
  const memoryLoop = `
    adds r1 = r0, 1000
    again:
    st8 [r2, 0] = r1
    ld4s r4 = [r2, 0]
    add r3 = r3, r4
    ld2 r4 = [r2, 6]
    add r3 = r3, r4
    st1 [r2, 7] = r3
    ld1s r4 = [r2, 7]
    add r3 = r3, r4
    ld8 r4 = [r2, 0]
    add r3 = r3, r4
    adds r1 = r1, -1
    cmp.eq p1, p2 = r1, r0
    (p2) br again
    halt`

  function memorySum(): bigint {
    const view = new DataView(new ArrayBuffer(8))
    let sum = 0n
    for (let n = 1000n; n > 0n; n--) {
      view.setBigUint64(0, n, true)
      sum += BigInt(view.getInt32(0, true)) + BigInt(view.getUint16(6, true))
      view.setUint8(7, Number(BigInt.asUintN(8, sum)))
      sum += BigInt(view.getInt8(7)) + view.getBigInt64(0, true)
      sum = BigInt.asIntN(64, sum)
    }
    return BigInt.asUintN(64, sum)
  }

  /** Registers turn in each round, as in a loop of overlapping rounds: what a round writes to r8, the next one has in r9. */
  const turningLoop = `
    adds r1 = r0, 1001
    adds r2 = r0, 0
    again:
    add r2 = r2, r9
    adds r8 = r1, 5
    adds r1 = r1, -1
    cmp.eq p1, p2 = r1, r0
    (p1) br done
    turn again
    done:
    halt`

  function turningSum(): bigint {
    const turned: bigint[] = new Array(8).fill(0n)
    let [base, sum] = [0, 0n]
    const index = (register: number) => (register + base) & 7
    for (let n = 1001n; n > 0n; n--) {
      sum += turned[index(9)]!
      turned[index(8)] = n + 5n
      base = (base + 7) & 7
    }
    return sum
  }

  function start(engine: Engine, source: string) {
    const machine = toyMachine(wide, engine)
    machine.cpu.write(CODE, assemble64(source, HIGH + BigInt(CODE)))
    machine.cpu.start(at(CODE), { r2: at(DATA) })
    return machine
  }

  it.each(ENGINES)("loads and stores at addresses that take all bits, on the %s", (engine) => {
    const machine = start(engine, memoryLoop)
    run(machine, () => machine.cpu.register("r1") === 0n)
    expect(machine.cpu.register("r3")).toBe(memorySum())
  })

  it.each(ENGINES)("names registers by numbers that turn, on the %s", (engine) => {
    const machine = start(engine, turningLoop)
    run(machine, () => machine.cpu.register("r1") === 0n)
    expect(machine.cpu.register("r2")).toBe(turningSum())
  })

  it.each([
    ["its memory", memoryLoop],
    ["turning registers", turningLoop],
  ])("runs a loop over %s without TypeScript, translated", (_, source) => {
    const machine = start("jit", source)
    const { cpu } = machine
    // In slices, so that what was translated is installed.
    for (let n = 0; n < 12; n++) cpu.run(200)
    const before = exitsOf(machine)
    const { instructions } = cpu.jit!.stats
    expect(instructions).toBeGreaterThan(0)
    run(machine, () => cpu.register("r1") === 0n)
    expect(exitsOf(machine) - before).toBeLessThan(8)
    expect(cpu.interpreter!.exits.hot).toBeLessThan(60)
  })

  it.each(ENGINES)("takes a fault at the whole address, on the %s", (engine) => {
    const machine = start(engine, "ld8 r4 = [r5, 8]\nhalt")
    const nowhere = 0x7fff_ffff_ffff_f001n
    machine.cpu.start(at(CODE), { r5: BigInt.asIntN(64, nowhere) })
    machine.cpu.run(2)
    expect(machine.cpu.register("r7")).toBe(nowhere + 8n)
    expect(machine.cpu.register("r6")).toBe(HIGH + BigInt(CODE))
  })
})
