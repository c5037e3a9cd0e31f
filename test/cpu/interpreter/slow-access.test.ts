// Misaligned data: what is loaded and stored, by the manual (ARM DDI 0406C, A3.2.1, and DDI 0100I, A2.8 for ARMv5),
// and where it is done: within a page that the TLB holds, without TypeScript.

import { beforeEach, describe, expect, it } from "vitest"
import { BareArm } from "./bare-arm.ts"

const CODE = 0x1_0000
const PAGE = 0x2_0000
const NEXT_PAGE = PAGE + 0x1000
const ABORT = 0x17
const SET_SCTLR = "mcr p15, 0, r9, c1, c0, 0"

const arm = { "cortex-a15": new BareArm("cortex-a15"), arm926: new BareArm("arm926") }

/** The byte at an address, before anything is stored. */
const byteAt = (address: number) => (address * 31 + (address >>> 8) + 5) & 0xff

/** What the bytes from an address on mean as a little-endian number. */
const valueAt = (address: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => BigInt(byteAt(address + i)) << BigInt(8 * i)).reduce((a, b) => a | b)

const signed32 = (value: bigint, bits: number) => Number(BigInt.asUintN(32, BigInt.asIntN(bits, value)))

function prepare(model: keyof typeof arm): BareArm {
  const bare = arm[model]
  bare.reset()
  for (let at = PAGE - 16; at < NEXT_PAGE + 0x1000; at++) bare.memory.setUint8(at, byteAt(at))
  if (model === "cortex-a15") {
    // VFP on: CPACR, then FPEXC.
    bare.place(CODE, `mcr p15, 0, r0, c1, c0, 2\nvmsr fpexc, r1`)
    bare.run(CODE, 2, { 0: 0xf0_0000, 1: 0x4000_0000 })
  }
  // Once each, so that the TLB holds both pages.
  bare.place(CODE, "ldr r0, [r1]\nstr r0, [r1]\nldr r0, [r2]\nstr r0, [r2]")
  bare.run(CODE, 4, { 1: PAGE, 2: NEXT_PAGE })
  return bare
}

/** Calls of TypeScript for data while one instruction was executed. */
function callsFor(bare: BareArm, source: string, registers: Readonly<Record<number, number>>): number {
  const { exits } = bare.cpu.interpreter!
  bare.place(CODE + 0x100, source)
  const before = exits.load + exits.store
  bare.run(CODE + 0x100, 1, registers)
  return exits.load + exits.store - before
}

describe("on ARMv7", () => {
  let bare: BareArm
  beforeEach(() => {
    bare = prepare("cortex-a15")
  })

  const loads = [
    { source: "ldr r0, [r1]", bytes: 4, value: (at: number) => Number(valueAt(at, 4)) },
    { source: "ldrh r0, [r1]", bytes: 2, value: (at: number) => Number(valueAt(at, 2)) },
    { source: "ldrsh r0, [r1]", bytes: 2, value: (at: number) => signed32(valueAt(at, 2), 16) },
  ]
  it.each(loads)("$source loads from any address", ({ source, bytes, value }) => {
    for (const offset of [1, 2, 3, 5, 0xffb, 0xffd, 0xffe, 0xfff]) {
      const at = PAGE + offset
      const calls = callsFor(bare, source, { 0: 0, 1: at })
      expect([at, bare.register(0)]).toEqual([at, value(at)])
      expect([at, calls]).toEqual([at, offset + bytes > 0x1000 ? 1 : 0])
    }
  })

  const stores = [
    { source: "str r0, [r1]", bytes: 4 },
    { source: "strh r0, [r1]", bytes: 2 },
  ]
  it.each(stores)("$source stores to any address", ({ source, bytes }) => {
    for (const offset of [1, 2, 3, 5, 0xffb, 0xffd, 0xffe, 0xfff]) {
      bare = prepare("cortex-a15")
      const at = PAGE + offset
      const calls = callsFor(bare, source, { 0: 0x8182_8384, 1: at })
      for (let i = -4; i < 8; i++) {
        const expected = i >= 0 && i < bytes ? 0x84 - i : byteAt(at + i)
        expect([at, i, bare.memory.getUint8(at + i)]).toEqual([at, i, expected])
      }
      expect([at, calls]).toEqual([at, offset + bytes > 0x1000 ? 1 : 0])
    }
  })

  it("vldr and vstr take eight bytes at a multiple of four, whatever SCTLR.A says", () => {
    const word = (n: number) => bare.memory.getUint32(PAGE + n * 4, true)
    for (const sctlr of [0x00c5_0078, 0x00c5_007a]) {
      bare.place(CODE, SET_SCTLR)
      bare.run(CODE, 1, { 9: sctlr })
      callsFor(bare, "ldr r0, [r1]", { 1: PAGE })
      callsFor(bare, "str r0, [r1]", { 1: PAGE + 0x800 })
      expect(callsFor(bare, "vldr d0, [r1]", { 1: PAGE + 4 })).toBe(0)
      expect(callsFor(bare, "vstr d0, [r1]", { 1: PAGE + 0x80c })).toBe(0)
      expect([word(0x203), word(0x204)]).toEqual([Number(valueAt(PAGE + 4, 4)), Number(valueAt(PAGE + 8, 4))])
    }
    expect(callsFor(bare, "vldr d0, [r1]", { 1: PAGE + 0xffc })).toBeGreaterThan(0)
    expect(bare.mode).toBe(0x13)
    callsFor(bare, "vldr d0, [r1]", { 1: PAGE + 2 })
    expect([bare.mode, bare.system("DFAR"), bare.system("DFSR")]).toEqual([ABORT, PAGE + 2, 1])
  })

  it.each(["ldm r1, {r2}", "ldrex r0, [r1]", "ldrd r2, r3, [r1]"])("%s faults where it is misaligned", (source) => {
    callsFor(bare, source, { 1: PAGE + 2 })
    expect([bare.mode, bare.system("DFAR"), bare.system("DFSR")]).toEqual([ABORT, PAGE + 2, 1])
  })

  it("SCTLR.A lets every misaligned access fault, until it is cleared", () => {
    bare.place(CODE, SET_SCTLR)
    bare.run(CODE, 1, { 9: 0x00c5_007a })
    callsFor(bare, "ldr r0, [r1]", { 1: PAGE })
    callsFor(bare, "str r0, [r1]", { 1: PAGE })
    callsFor(bare, "strh r0, [r1]", { 0: 0, 1: PAGE + 1 })
    expect([bare.mode, bare.system("DFAR"), bare.system("DFSR")]).toEqual([ABORT, PAGE + 1, 0x801])
    bare.place(CODE, SET_SCTLR)
    bare.run(CODE, 1, { 9: 0x00c5_0078 })
    callsFor(bare, "ldr r0, [r1]", { 1: PAGE })
    expect(callsFor(bare, "ldr r0, [r1]", { 0: 0, 1: PAGE + 5 })).toBe(0)
    expect(bare.register(0)).toBe(Number(valueAt(PAGE + 5, 4)))
  })

  it("big-endian data is swapped at any address", () => {
    bare.place(CODE, "setend be")
    bare.run(CODE, 1)
    callsFor(bare, "ldr r0, [r1]", { 1: PAGE + 3 })
    const [a, b, c, d] = [3, 4, 5, 6].map((i) => byteAt(PAGE + i))
    expect(bare.register(0)).toBe(((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0)
  })
})

describe("on ARMv5", () => {
  it("ldr rotates the aligned word, and str ignores the low bits of its address", () => {
    for (const offset of [0, 1, 2, 3]) {
      const bare = prepare("arm926")
      callsFor(bare, "ldr r0, [r1]", { 1: PAGE + 8 + offset })
      const word = valueAt(PAGE + 8, 4)
      const back = BigInt(8 * offset)
      expect(bare.register(0)).toBe(Number(BigInt.asUintN(32, (word >> back) | (word << (32n - back)))))
      callsFor(bare, "str r0, [r1]", { 0: 0x1234_5678, 1: PAGE + 0x10 + offset })
      expect(bare.memory.getUint32(PAGE + 0x10, true)).toBe(0x1234_5678)
      expect(bare.memory.getUint32(PAGE + 0x14, true)).toBe(Number(valueAt(PAGE + 0x14, 4)))
    }
  })
})
