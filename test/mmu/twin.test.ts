// GuestMemory with its TLB and shadow tables against a twin that walks the tables for every byte, through random accesses,
// changes of tables followed by the invalidation the architecture asks for, and changes of space, domains and code pages.

import { describe, expect, it } from "vitest"
import { arm926 } from "../../cpu/arm/models/arm926.ts"
import { cortexA15 } from "../../cpu/arm/models/cortex-a15.ts"
import type { Access } from "../../cpu/ir/index.ts"
import { type AccessKind, FETCH, type GuestFault, READ, WRITE } from "../../mmu/access.ts"
import { type PhysicalAddress, pageNumber, virtualAddress } from "../../mmu/address.ts"
import { type ArmMmuModel, armTranslationRegisters } from "../../mmu/arm/translation.ts"
import { armWalker } from "../../mmu/arm/walker.ts"
import { blockOf } from "../../mmu/tlb.ts"
import { Walk } from "../../mmu/walk.ts"
import { Board, type BoardOptions, DEVICE, decode, deviceByte, RAM, RAM_SIZE, REGIMES, ROM, ROM_SIZE } from "./board.ts"
import { Random } from "./random-tables.ts"

const TABLES = RAM
const SPACES = 4
const SPACE_BYTES = 0xc000
const GLOBAL = TABLES + SPACES * SPACE_BYTES
/** No guest access reaches the tables in the first MiB. */
const DATA = RAM + 0x10_0000
const LEVEL2_TABLES = 4

type Tried = { value: bigint | undefined; fault: string | undefined }

/** The naive memory: a copy of RAM, and a walk for each byte. */
class Twin {
  readonly ram = new Uint8Array(RAM_SIZE + ROM_SIZE)
  readonly registers = armTranslationRegisters()
  readonly deviceWrites: [pa: number, byte: number][] = []
  readonly #walker
  readonly #view = new DataView(this.ram.buffer)

  constructor(model: ArmMmuModel) {
    this.#walker = armWalker(model, this.registers, (pa) => this.#view.getUint32(pa - RAM, true))
  }

  translate(va: number, kind: AccessKind, privileged: boolean): PhysicalAddress | string {
    const walk = new Walk()
    const level = privileged ? 1 : 0
    const where = () => `@${(va >>> 0).toString(16)} level ${walk.level} ${kind} ${level}`
    if (!this.#walker.walk(virtualAddress(va), kind, level, walk)) return `${walk.fault}${where()}`
    const access = (this.registers.dacr >>> (2 * walk.group)) & 3
    if (access === 3) return walk.pa
    if (access !== 1) return `group${where()}`
    const bit = [1, 2, 4][kind]! << (privileged ? 3 : 0)
    return (walk.permissions & bit) !== 0 ? walk.pa : `permission${where()}`
  }

  access(va: number, access: Access, regime: number, stored: bigint | undefined): Tried {
    const kind = stored === undefined ? READ : WRITE
    const privileged = (regime & 1) !== 0 && !access.asUser
    const failure = (fault: string): Tried => ({ value: undefined, fault })
    const bytes = access.bytes
    if (access.align === "required" && va % Math.min(bytes, 4) !== 0) {
      return failure(`alignment@${va.toString(16)} level 0 ${kind} ${privileged ? 1 : 0}`)
    }
    const rotation = access.align === "rotate" ? va % bytes : 0
    const start = va - rotation
    const places: PhysicalAddress[] = []
    for (let i = 0; i < bytes; i++) {
      const pa = this.translate((start + i) >>> 0, kind, privileged)
      if (typeof pa === "string") return failure(pa)
      places.push(pa)
    }
    const bigEndian = (regime & 2) !== 0
    let value = 0n
    for (const [i, pa] of places.entries()) {
      const shift = BigInt(8 * (bigEndian ? bytes - 1 - i : i))
      const isRam = pa >= RAM && pa < ROM + (kind === READ ? ROM_SIZE : 0)
      const isDevice = pa >= DEVICE && pa < DEVICE + 4096
      if (!isRam && !isDevice) {
        // An 8-byte access to what is no memory is made in halves.
        const at = (start + (bytes === 8 ? i & 4 : 0) + (i & 3 && bytes === 8 ? i & 3 : bytes === 8 ? 0 : i)) >>> 0
        return failure(`external@${at.toString(16)} level 0 ${kind} ${privileged ? 1 : 0}`)
      }
      if (stored === undefined) value |= BigInt(isRam ? this.ram[pa - RAM]! : deviceByte(pa)) << shift
      else if (isRam) this.ram[pa - RAM] = Number((stored >> shift) & 0xffn)
      else this.deviceWrites.push([pa, Number((stored >> shift) & 0xffn)])
    }
    if (rotation !== 0 && stored === undefined) {
      const back = BigInt(8 * rotation)
      value = bytes === 4 ? ((value >> back) | (value << (32n - back))) & 0xffff_ffffn : value >> back
    }
    return { value, fault: undefined }
  }
}

const describeFault = (f: GuestFault) =>
  `${f.kind}@${f.va.toString(16)} level ${f.kind === "external" ? 0 : f.level} ${f.fetch ? FETCH : f.write ? WRITE : READ} ${f.privilege}`

/** The block of the TLB that generated code probes. */
function probedBlock(board: Board, number: number): number {
  const { levels } = board.tlb
  const regime = REGIMES[number]!
  return regime.level === 0 && board.userHidden ? levels : blockOf(regime, levels)
}

/** The access as an engine makes it: the probe of generated code, then the slow path. */
function accessLikeEngine(board: Board, va: number, access: Access, regime: number, stored: bigint | undefined): Tried {
  const block = probedBlock(board, access.asUser ? regime & ~1 : regime)
  const page = pageNumber(virtualAddress(va))
  const entry = stored === undefined ? board.tlb.readEntry(block, page) : board.tlb.writeEntry(block, page)
  const bits = access.bytes * 8
  const at = virtualAddress(va)
  if (entry >= 0 && (va & (access.bytes - 1)) === 0) {
    const host = new DataView(board.buffer, entry + (va & 0xfff))
    if (stored !== undefined) {
      if (access.bytes === 8) host.setBigUint64(0, stored, true)
      else for (let i = 0; i < access.bytes; i++) host.setUint8(i, Number((stored >> BigInt(8 * i)) & 0xffn))
      return { value: 0n, fault: undefined }
    }
    let value = 0n
    for (let i = 0; i < access.bytes; i++) value |= BigInt(host.getUint8(i)) << BigInt(8 * i)
    return { value, fault: undefined }
  }
  let value = 0n
  if (access.bytes === 8) {
    if (stored === undefined) value = board.memory.loadLong(at, access, regime)
    else board.memory.storeLong(at, access, regime, stored)
  } else if (stored === undefined) value = BigInt(board.memory.load(at, access, regime))
  else board.memory.store(at, access, regime, Number(BigInt.asIntN(32, stored)))
  expect(board.faults.length).toBeLessThan(2)
  const fault = board.takeFault()
  if (fault !== undefined) return { value: undefined, fault: describeFault(fault) }
  return { value: stored === undefined ? BigInt.asUintN(bits, value) : 0n, fault: undefined }
}

class Trial {
  readonly board: Board
  readonly twin: Twin
  readonly #random: Random
  readonly #isV5: boolean

  constructor(seed: number, options: BoardOptions) {
    const model = options.model ?? cortexA15.mmu
    this.#isV5 = model.format === "v5"
    this.#random = new Random(seed)
    this.board = new Board(options)
    this.twin = new Twin(model)
    for (let i = 0; i < (RAM_SIZE + ROM_SIZE) / 4; i++) this.#write(RAM + i * 4, this.#random.bits())
    for (let space = 0; space <= SPACES; space++) {
      const table = TABLES + space * SPACE_BYTES
      for (let i = 0; i < 4096; i++) this.#write(table + i * 4, 0)
      for (let i = 0; i < SPACE_BYTES / 4 - 4096; i++) this.#write(table + 0x4000 + i * 4, this.#secondLevel(space))
      for (const index of this.#indices(space)) this.#write(table + index * 4, this.#firstLevel(space))
    }
    // TTBR0 has the lower half of the address space.
    this.#setRegister("sctlr", 1)
    this.#setRegister("ttbcr", this.#isV5 ? 0 : 1)
    this.#setRegister("ttbr1", GLOBAL)
    this.#setDomains()
    this.#switchSpace(0)
  }

  run(steps: number): void {
    for (let i = 0; i < steps; i++) {
      const kind = this.#random.next(1000)
      if (kind < 900) this.#tryAccess(i)
      else if (kind < 930) this.#tryFetch(i)
      else if (kind < 955) this.#switchSpace(this.#random.next(SPACES))
      else if (kind < 975) this.#setDomains()
      else if (kind < 990) this.#changeTables()
      else if (kind < 994) decode(this.board, DATA + this.#random.next(16) * 4096)
      else this.board.code.clear()
    }
    const ram = new Uint8Array(this.board.buffer, this.board.buffer.byteLength - this.twin.ram.length)
    expect(Buffer.compare(ram, this.twin.ram)).toBe(0)
    expect(this.board.deviceWrites).toEqual(this.twin.deviceWrites)
  }

  #tryAccess(step: number): void {
    const { board, twin } = this
    const random = this.#random
    const access: Access = {
      bytes: random.pick(1, 2, 4, 4, 8),
      signed: false,
      align: random.pick("any", "any", "required"),
      asUser: random.chance(10),
    }
    const rotating: Access = random.chance(10) ? { ...access, bytes: random.pick(2, 4), align: "rotate" } : access
    const regime = random.pick(0, 0, 1, 1, 2, 3)
    const va = this.#address()
    const mask = (1n << BigInt(8 * rotating.bytes)) - 1n
    const stored = random.chance(40) ? ((BigInt(random.bits()) << 32n) | BigInt(random.bits())) & mask : undefined
    board.codeWrites.length = 0
    const expected = twin.access(va, rotating, regime, stored)
    const got = accessLikeEngine(board, va, rotating, regime, stored)
    const what = `step ${step} ${va.toString(16)} ${JSON.stringify(rotating)} regime ${regime}`
    expect(`${what} ${got.fault}`).toBe(`${what} ${expected.fault}`)
    if (stored === undefined && expected.fault === undefined) {
      expect(`${what} ${got.value?.toString(16)}`).toBe(`${what} ${expected.value?.toString(16)}`)
    }
    if (stored !== undefined && expected.fault === undefined) this.#checkCodeWrites(va, rotating, regime, what)
  }

  #checkCodeWrites(va: number, access: Access, regime: number, what: string): void {
    const start = access.align === "rotate" ? va & -access.bytes : va
    for (let i = 0; i < access.bytes; i++) {
      const pa = this.twin.translate((start + i) >>> 0, WRITE, (regime & 1) !== 0 && !access.asUser)
      if (typeof pa === "string" || !this.board.code.has(pa >>> 12) || pa >= ROM) continue
      const isTold = this.board.codeWrites.some(([at, bytes]) => pa >= at && pa < at + bytes)
      expect(`${what} code ${isTold}`).toBe(`${what} code true`)
    }
  }

  #tryFetch(step: number): void {
    const va = this.#address() & ~3
    const regime = this.#random.next(4)
    const isa = this.#random.next(2)
    const expected = this.twin.translate(va >>> 0, FETCH, (regime & 1) !== 0)
    const entry = this.board.tlb.fetchEntry(probedBlock(this.board, regime), isa, pageNumber(virtualAddress(va)))
    // The pointer of a page's code is its physical address here.
    if (entry !== 0) {
      expect(`${step} ${(entry >>> 0) + (va & 0xfff)}`).toBe(`${step} ${expected}`)
      return
    }
    const pa = this.board.memory.translate(virtualAddress(va), FETCH, regime)
    const fault = this.board.takeFault()
    expect(`${step} ${fault === undefined ? pa : describeFault(fault)}`).toBe(`${step} ${expected}`)
    if (fault === undefined && pa > 4095) this.board.memory.fillFetch(virtualAddress(va), regime, isa, pa - (pa % 4096))
  }

  #switchSpace(space: number): void {
    this.#setRegister("ttbr0", TABLES + space * SPACE_BYTES)
    // Spaces 2 and 3 share an ASID: the key tells them apart.
    this.board.memory.switchSpace(0, space, this.#isV5 ? 0 : Math.min(space, 2))
  }

  #setDomains(): void {
    const dacr = this.#random.pick(0x5555_5555, 0x5555_5551, 0x5555_55d7, 0x5555_5545, 0x5555_5575)
    this.#setRegister("dacr", dacr)
    this.board.domains.setDacr(dacr)
  }

  #changeTables(): void {
    const { board } = this
    const random = this.#random
    const space = this.#isV5 ? random.next(SPACES) : random.next(SPACES + 1)
    const table = TABLES + space * SPACE_BYTES
    const asid = this.#isV5 ? 0 : Math.min(space, 2)
    const index = random.pick(...this.#indices(space))
    const first = board.peek(table + index * 4)
    const isTable = (first & 1) !== 0
    if (isTable && random.chance(70)) {
      const page = random.next(8)
      const second = (first & 0xffff_fc00 & (this.#isV5 && (first & 3) === 3 ? ~0xfff : ~0)) >>> 0
      const bytes = this.#isV5 && (first & 3) === 3 ? 16 : 4
      for (let i = 0; i < bytes; i += 4) this.#write(second + page * bytes + i, this.#secondLevel(space))
      // Other entries of the first level may lead to the same table.
      for (const other of this.#indices(space)) {
        if (((board.peek(table + other * 4) ^ first) & 0xffff_f000) !== 0) continue
        const va = virtualAddress((other << 20) | (page << 12))
        if (space === SPACES || random.chance(30)) board.memory.invalidateVaAllAsid(va)
        else board.memory.invalidateVa(va, asid)
      }
      return
    }
    this.#write(table + index * 4, this.#firstLevel(space))
    if (!isTable) board.memory.invalidateVa(virtualAddress((index << 20) | (random.next(256) << 12)), asid)
    else if (space < SPACES && random.chance(60)) board.memory.invalidateAsid(asid)
    else board.memory.invalidateAll()
  }

  /** First-level indices in use. */
  #indices(space: number): readonly number[] {
    return space === SPACES && !this.#isV5 ? [0x800, 0x801, 0xc00, 0xfff] : [0, 1, 0x123, 0x7ff]
  }

  #address(): number {
    const random = this.#random
    const index = random.pick(...this.#indices(this.#isV5 ? 0 : random.pick(0, 0, SPACES)))
    const offset = random.chance(40) ? random.pick(0, 0xffd, 0xffe, 0xfff, 0x3ff, 0x7fe) : random.next(4096)
    return ((index << 20) | (random.next(8) << 12) | offset) >>> 0
  }

  #firstLevel(space: number): number {
    const random = this.#random
    const table = TABLES + space * SPACE_BYTES + 0x4000
    const domain = random.next(4) << 5
    const kind = random.next(100)
    if (kind < 60) return (table + random.next(LEVEL2_TABLES) * 0x400) | domain | (this.#isV5 ? 0x11 : 1)
    if (this.#isV5 && kind < 80) return (table + 0x2000 + random.next(4) * 0x1000) | domain | 0x13
    if (kind < 90) {
      const nG = this.#isV5 || space === SPACES ? 0 : 1 << 17
      const xn = this.#isV5 || random.chance(50) ? 0x10 : 0
      return random.pick(DATA, DATA, DEVICE) | domain | nG | (random.next(4) << 10) | xn | 2
    }
    return 0
  }

  #secondLevel(space: number): number {
    const random = this.#random
    const page = random.chance(85) ? DATA + random.next(256) * 4096 : random.pick(ROM, DEVICE, 0x6000_0000)
    const kind = random.next(100)
    if (kind < 10) return 0
    if (this.#isV5) {
      const ap = random.chance(60) ? random.pick(0x550, 0xaa0, 0xff0) : random.bits() & 0xff0
      if (kind < 70) return page | ap | 2
      return kind < 85 ? (page & 0xffff_0000) | ap | 1 : page | (random.next(4) << 10) | (ap & 0x30) | 3
    }
    const nG = space === SPACES ? 0 : 1 << 11
    const ap = random.chance(60) ? 0x30 : random.pick(0x10, 0x20, 0x210, 0x230)
    if (kind < 80) return page | nG | ap | 2 | (random.chance(30) ? 1 : 0)
    return (page & 0xffff_0000) | nG | ap | 1 | (random.chance(30) ? 1 << 15 : 0)
  }

  #write(pa: number, word: number): void {
    this.board.poke(pa, word)
    new DataView(this.twin.ram.buffer).setUint32(pa - RAM, word, true)
  }

  #setRegister(name: "sctlr" | "ttbcr" | "ttbr0" | "ttbr1" | "dacr", value: number): void {
    this.board.registers[name] = value
    this.twin.registers[name] = value
  }
}

describe("guest memory, as its twin that walks for every byte", () => {
  const tight = { spaces: 2, leaves: 6 }
  it.each([
    ["with short descriptors", { model: cortexA15.mmu }],
    ["with user domains deferred", { model: cortexA15.mmu, defer: true }],
    ["with few shadow tables", { model: cortexA15.mmu, limits: tight }],
    ["with the tables of ARMv5", { model: arm926.mmu }],
    ["with the tables of ARMv5 and few shadow tables", { model: arm926.mmu, limits: tight, defer: true }],
  ] as const)("behaves the same %s", (_, options) => {
    for (let seed = 1; seed <= 3; seed++) {
      const trial = new Trial(seed, options)
      trial.run(12_000)
      const { walks, fills, refills } = trial.board.counters
      expect(Math.min(walks, fills, refills)).toBeGreaterThan(0)
    }
  })
})
