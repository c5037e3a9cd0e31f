// The text of the trace, by records written for the purpose.
import { expect, it } from "vitest"
import { emptyRecord } from "./state-record.ts"
import { layoutOf, parseRecord, TraceFormatError } from "./trace-format.ts"

const core = `R00=00000001 R01=89abcdef R02=00000000 R03=00000000
R04=00000000 R05=00000000 R06=00000000 R07=00000000
R08=00000000 R09=00000000 R10=00000000 R11=00000000
R12=deadbeef R13=00000000 R14=ffffffff R15=00001004
PSR=800001d3 N--- A svc32
`
const doubles = (count: number): string => {
  const two = (n: number): string => String(n).padStart(2, "0")
  const line = (i: number): string =>
    `s${two(2 * i)}=0000000${i % 10} s${two(2 * i + 1)}=fedcba98 d${two(i)}=fedcba980000000${i % 10}\n`
  return Array.from({ length: count }, (_, i) => line(i)).join("")
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

it("reads the core registers and the CPSR", () => {
  const text = bytes(core + core)
  const layout = layoutOf(text, text.length, false)!
  expect(layout.bytes).toBe(core.length)
  const record = emptyRecord()
  parseRecord(text, core.length, layout, record)
  expect([...record.r.subarray(0, 2), ...record.r.subarray(12)]).toEqual([
    1, 0x89ab_cdef, 0xdead_beef, 0, 0xffff_ffff, 0x1004,
  ])
  expect(record.cpsr).toBe(0x8000_01d3)
})

it.each([0, 16, 32])("reads %i D registers and FPSCR", (count) => {
  const one = `${core}${doubles(count)}FPSCR: f0c0001f\n`
  const text = bytes(one + core)
  const layout = layoutOf(text, text.length, true)!
  expect(layout).toMatchObject({ bytes: one.length, doubles: count })
  const record = emptyRecord()
  parseRecord(text, 0, layout, record)
  expect(record.fpscr).toBe(0xf0c0_001f)
  for (let i = 0; i < 32; i++) {
    expect([record.d[2 * i], record.d[2 * i + 1]]).toEqual(i < count ? [i % 10, 0xfedc_ba98] : [0, 0])
  }
})

it("waits for enough text to tell the layout", () => {
  const text = bytes(`${core}${doubles(32)}FPSCR: 00000000\n`)
  for (const length of [0, 100, core.length - 1]) expect(layoutOf(text, length, false)).toBeUndefined()
  for (const length of [core.length, core.length + 47 * 32]) expect(layoutOf(text, length, true)).toBeUndefined()
})

it("refuses text of another kind with one line", () => {
  const text = bytes(core)
  const layout = layoutOf(text, text.length, false)!
  text[0] = 0x58
  expect(() => parseRecord(text, 0, layout, emptyRecord())).toThrow(TraceFormatError)
  expect(() => parseRecord(text, 0, layout, emptyRecord())).toThrow(/^the trace has an unknown line: "X00=/)
})
