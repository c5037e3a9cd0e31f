// The code that looks a TLB up, run as WebAssembly beside the host's view of the tables: both shapes, every extent.

import { beforeEach, describe, expect, it } from "vitest"
import { Code, Module } from "../../cpu/wasm/index.ts"
import { NO_GROUP } from "../../mmu/access.ts"
import { softwareTlb } from "../../mmu/software-tlb.ts"
import { GLOBAL, MISS, type SoftwareTlb } from "../../mmu/tlb.ts"
import { probeOf } from "../../mmu/tlb-probe.ts"

const LEVELS = 2
const ORIGIN = 0x10_0000
const BYTES = 4096
type Address = number | bigint
type Probe = (address: Address, block: number) => number
type FetchProbe = (address: Address, block: number, isa: number) => number

/** Bytes and alignment of an extent: accesses of one size, and accesses that share a check. */
const EXTENTS = [
  [1, 1],
  [2, 1],
  [2, 2],
  [4, 1],
  [4, 2],
  [4, 4],
  [8, 1],
  [8, 4],
  [8, 8],
  [12, 4],
  [20, 4],
  [48, 8],
  [40, 1],
] as const

describe.each(["i32", "i64"] as const)("the probe of %s addresses", (addressType) => {
  const probe = probeOf(addressType)
  const pages = Math.ceil((ORIGIN + probe.bytes(LEVELS)) / 65536) + 1
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const HOST = pages * 65536 - 65536
  const wide = addressType === "i64"
  const address = (value: bigint): Address => (wide ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value)))
  const page = (value: bigint) => Number(BigInt.asUintN(wide ? 64 : 32, value) >> 12n)
  const blockAt = (block: number) => ORIGIN + block * probe.blockBytes
  let tlb: SoftwareTlb

  /** A function of address and block: the host address that the probe finds, or MISS. */
  function data(kind: "read" | "write", bytes: number, alignment: number): Probe {
    const code = new Code()
    const lookup = { address: 0, entry: 2, pushBlock: () => code.get(1) }
    probe.emitMissTest(code, lookup, { bytes, alignment }, kind)
    code.if("i32").i32(MISS).else()
    probe.pushHostAddress(code, 2, 0)
    code.end()
    return run<Probe>(code, 1)
  }

  /** A function of address, block and instruction set: what the probe finds for a fetch. */
  function fetch(isa?: number): FetchProbe {
    const code = new Code()
    const lookup = { pushAddress: () => code.get(0), pushBlock: () => code.get(1) }
    probe.pushFetchEntry(code, { ...lookup, isa: isa ?? (() => code.get(2)) })
    return run<FetchProbe>(code, 2)
  }

  function run<F>(code: Code, parameters: 1 | 2): F {
    const module = new Module()
    module.importMemory("emu", "memory", pages, pages)
    const params = parameters === 1 ? ([addressType, "i32"] as const) : ([addressType, "i32", "i32"] as const)
    module.addFunction({ params, result: "i32" }, ["i32"], code, "probe")
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode() as BufferSource), {
      emu: { memory },
    })
    return instance.exports["probe"] as F
  }

  const ADDRESSES = wide
    ? [0n, 0x7000n, 0x1_0000_0000n, 0x1234_5678_9abc_d000n, 0xe000_0001_0000_3000n, 0xffff_ffff_ffff_f000n]
    : [0n, 0x7000n, 0x7fff_f000n, 0x8000_0000n, 0xffff_f000n]

  beforeEach(() => {
    tlb?.dropAll()
    tlb = softwareTlb(addressType, memory.buffer, ORIGIN, { levels: LEVELS })
  })

  it.each(EXTENTS)(
    "answers for %i bytes at multiples of %i that lie in one page, and for nothing else",
    (...extent) => {
      const [bytes, alignment] = extent
      for (const kind of ["read", "write"] as const) {
        const emitted = data(kind, bytes, alignment)
        for (const [n, start] of ADDRESSES.entries()) {
          const host = HOST + (n % 8) * 4096
          if (kind === "read") tlb.fillRead(1, page(start), host, GLOBAL, NO_GROUP)
          else tlb.fillWrite(1, page(start), host, GLOBAL, NO_GROUP)
          for (const offset of [
            0,
            1,
            2,
            3,
            4,
            6,
            8,
            12,
            100,
            4040,
            ...Array.from({ length: 52 }, (_, i) => 4044 + i),
          ]) {
            const fits = offset + bytes <= BYTES && offset % alignment === 0
            const what = `${kind} at ${(start + BigInt(offset)).toString(16)}`
            const found = emitted(address(start + BigInt(offset)), blockAt(1))
            expect(`${what}: ${found}`).toBe(`${what}: ${fits ? host + offset : MISS}`)
          }
          expect(emitted(address(start), blockAt(0))).toBe(MISS)
          expect(emitted(address(start), blockAt(LEVELS))).toBe(MISS)
          expect(data(kind === "read" ? "write" : "read", bytes, alignment)(address(start), blockAt(1))).toBe(MISS)
          tlb.dropPage(page(start))
          expect(emitted(address(start), blockAt(1))).toBe(MISS)
        }
      }
    },
  )

  it("misses the neighbours of a page, those that share its place, and every page of an empty TLB", () => {
    const emitted = data("read", 4, 4)
    const start = ADDRESSES[3]!
    tlb.fillRead(0, page(start), HOST, GLOBAL, NO_GROUP)
    const strides = wide ? [12n, 13n, 24n, 31n, 32n, 47n, 61n, 63n] : [12n, 13n, 24n, 31n]
    for (const bit of strides) expect(emitted(address(start ^ (1n << bit)), blockAt(0))).toBe(MISS)
    expect(emitted(address(start), blockAt(0))).toBe(HOST)
    tlb.dropAll()
    for (const each of ADDRESSES) expect(emitted(address(each), blockAt(0))).toBe(MISS)
  })

  it("finds what is fetched, by instruction set", () => {
    const [first, second, either] = [fetch(0), fetch(1), fetch()]
    for (const start of ADDRESSES) {
      const at = address(start + 0x123n)
      tlb.fillFetch(0, 0, page(start), 0x1230, GLOBAL, NO_GROUP)
      tlb.fillFetch(1, 1, page(start), 0x4560, GLOBAL, NO_GROUP)
      expect([first(at, blockAt(0), 9), either(at, blockAt(0), 0)]).toEqual([0x1230, 0x1230])
      expect([second(at, blockAt(1), 9), either(at, blockAt(1), 1)]).toEqual([0x4560, 0x4560])
      expect([second(at, blockAt(0), 9), either(at, blockAt(1), 0), first(at, blockAt(LEVELS), 9)]).toEqual([0, 0, 0])
      expect(first(address(start ^ (1n << 31n)), blockAt(0), 9)).toBe(0)
      tlb.dropAll()
      expect([first(at, blockAt(0), 9), either(at, blockAt(1), 1)]).toEqual([0, 0])
    }
  })

  it("agrees with the host about random fills and drops", () => {
    let seed = 12345
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const emitted = { read: data("read", 4, 4), write: data("write", 8, 4) }
    const pool = Array.from({ length: 24 }, (_, i) => ADDRESSES[i % ADDRESSES.length]! ^ BigInt(random(4) << 12))
    for (let step = 0; step < 4000; step++) {
      const start = pool[random(pool.length)]!
      const level = random(LEVELS)
      const host = HOST + random(8) * 4096
      const range = random(2) - 1
      const what = random(20)
      if (what < 8) tlb.fillRead(level, page(start), host, range, NO_GROUP)
      else if (what < 16) tlb.fillWrite(level, page(start), host, range, NO_GROUP)
      else if (what === 16) tlb.dropPage(page(start))
      else if (what === 17) tlb.makeWriteSlow(host)
      else if (what === 18) tlb.dropNonGlobal()
      const asked = pool[random(pool.length)]!
      expect(emitted.read(address(asked), blockAt(level))).toBe(tlb.readEntry(level, page(asked)))
      expect(emitted.write(address(asked), blockAt(level))).toBe(tlb.writeEntry(level, page(asked)))
    }
  })
})
