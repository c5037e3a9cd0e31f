// Misaligned integers on every engine: translated code and the interpreter put them together in WebAssembly, except
// where they reach into another page. Expected memory comes from a DataView, whose values are big-endian.

import { describe, expect, it } from "vitest"
import { assembleSource } from "../../../cpu/isa/index.ts"
import { powerPc } from "../../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../../cpu/powerpc/text/dialect.ts"
import { BareMachine, contenders } from "./bare-machine.ts"

const CODE = 0x1_0000
/** The accesses pass the border of a page in the middle of the data. */
const FROM = 0x2_0f80
const TO = 0x3_0f80
const ROUNDS = 250
const dialect = powerPcDialect(powerPc("7400").formats[0]!)

/** A loop that loads and stores at addresses that are one byte further each time. */
const program = (load: string, store: string) => `
    lis   r3, ${FROM >>> 16}
    ori   r3, r3, ${FROM & 0xffff}
    lis   r4, ${TO >>> 16}
    ori   r4, r4, ${TO & 0xffff}
    li    r5, ${ROUNDS}
    mtctr r5
again:
    ${load}  r6, 0(r3)
    addi  r6, r6, 0x123
    ${store} r6, 0(r4)
    add   r7, r7, r6
    addi  r3, r3, 1
    addi  r4, r4, 1
    bdnz  again
end:
    b     end
`

const source = Uint8Array.from({ length: ROUNDS + 8 }, (_, n) => (n * 151 + 37) & 0xff)

const read = {
  lwz: (view: DataView, n: number) => view.getUint32(n),
  lhz: (view: DataView, n: number) => view.getUint16(n),
  lha: (view: DataView, n: number) => view.getInt16(n),
} as const
const write = {
  stw: (view: DataView, n: number, value: number) => view.setUint32(n, value),
  sth: (view: DataView, n: number, value: number) => view.setUint16(n, value),
} as const

describe.each(contenders)("on the $name", (contender) => {
  it.each([
    ["lwz", "stw"],
    ["lhz", "sth"],
    ["lha", "stw"],
    ["lwz", "sth"],
  ] as const)("%s and %s at every address", (load, store) => {
    const bare = new BareMachine(contender)
    const { machine, cpu } = bare
    cpu.write(CODE, assembleSource(program(load, store), dialect, { origin: CODE }).bytes)
    cpu.write(FROM, source)
    bare.start(CODE)
    // Slices install what was translated.
    for (let n = 0; n < 40; n++) machine.slice(50)

    const data = new DataView(source.buffer)
    const expected = new DataView(new ArrayBuffer(ROUNDS + 8))
    let sum = 0
    for (let n = 0; n < ROUNDS; n++) {
      const value = (read[load](data, n) + 0x123) | 0
      write[store](expected, n, value)
      sum = (sum + value) | 0
    }
    const found = new Uint8Array(ROUNDS + 8)
    cpu.memoryPort.read(TO, found)
    expect([...found]).toEqual([...new Uint8Array(expected.buffer)])
    expect(cpu.register("r7")).toBe(sum >>> 0)
    if (contender.engine !== "evaluator") expect(cpu.stats()["slow paths"]!["load"]).toBeLessThan(ROUNDS / 4)
  })
})
