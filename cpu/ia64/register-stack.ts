// Frames and the register stack engine (Software Developer's Manual, volume 1, 4.1 Register Stack; volume 2, chapter 6).
// Registers are spilled when a frame would not fit beside the dirty ones, and filled when a return needs them.

import type { Builder, Helper, Node, RegisterFile, Value } from "../ir/index.ts"
import { mUnit } from "./encoding.ts"
import { illegal, setGr } from "./registers.ts"
import { AR, AR_NUMBER, BOF, DIRTY, GR, GRNAT, RRB_FR, RRB_GR, RRB_PR, SOF, SOL, SOR, STACKED } from "./state.ts"

/** Stores so many of the oldest dirty registers into the backing store. */
export const spillStack: Helper = { name: "spillStack", params: ["i32"], result: undefined, mayFault: true }
/** Loads so many registers below the dirty ones back from the backing store. */
export const fillStack: Helper = { name: "fillStack", params: ["i32"], result: undefined, mayFault: true }

/** The part of a CPU that the register stack engine works on. Accesses throw or leave an exception where they fault. */
export type StackPort = {
  get(file: RegisterFile, index: number): Value
  set(file: RegisterFile, index: number, value: Value): void
  /** 64-bit accesses to the backing store; undefined after a fault. */
  loadLong(address: bigint): bigint | undefined
  storeLong(address: bigint, value: bigint): boolean
}

// At addresses whose bits 8:3 are all set stands a word of NaT bits of the 63 registers before it.
const slotOf = (address: bigint) => (address >> 3n) & 63n
const ring = (place: number) => 32 + ((place + STACKED) % STACKED)

/** What the stack helpers do. Each register is complete before the next: after a fault the helper goes on from there. */
export const stackHelpers = {
  spillStack(cpu: StackPort, count: number): undefined {
    for (let n = 0; n < count; n++) {
      let address = BigInt.asUintN(64, BigInt(cpu.get(AR, AR_NUMBER.bspstore)))
      let collection = BigInt(cpu.get(AR, AR_NUMBER.rnat))
      if (slotOf(address) === 63n) {
        if (!cpu.storeLong(address, collection)) return
        address = BigInt.asUintN(64, address + 8n)
        collection = 0n
      }
      const dirty = Number(cpu.get(DIRTY, 0))
      const register = ring(Number(cpu.get(BOF, 0)) - dirty)
      if (!cpu.storeLong(address, BigInt(cpu.get(GR, register)))) return
      const bit = 1n << slotOf(address)
      const others = collection & ~bit
      cpu.set(AR, AR_NUMBER.rnat, BigInt.asIntN(64, cpu.get(GRNAT, register) === 0 ? others : others | bit))
      cpu.set(AR, AR_NUMBER.bspstore, BigInt.asIntN(64, address + 8n))
      cpu.set(DIRTY, 0, dirty - 1)
    }
  },
  fillStack(cpu: StackPort, count: number): undefined {
    for (let n = 0; n < count; n++) {
      let address = BigInt.asUintN(64, BigInt(cpu.get(AR, AR_NUMBER.bspstore)) - 8n)
      let collection: bigint | undefined = BigInt(cpu.get(AR, AR_NUMBER.rnat))
      if (slotOf(address) === 63n) {
        collection = cpu.loadLong(address)
        address = BigInt.asUintN(64, address - 8n)
      }
      const value = cpu.loadLong(address)
      if (collection === undefined || value === undefined) return
      const dirty = Number(cpu.get(DIRTY, 0))
      const register = ring(Number(cpu.get(BOF, 0)) - dirty - 1)
      cpu.set(GR, register, value)
      cpu.set(GRNAT, register, Number((collection >> slotOf(address)) & 1n))
      cpu.set(AR, AR_NUMBER.rnat, BigInt.asIntN(64, collection))
      cpu.set(AR, AR_NUMBER.bspstore, BigInt.asIntN(64, address))
      cpu.set(DIRTY, 0, dirty + 1)
    }
  },
}

/** The current frame marker as ar.pfs holds it. */
export function frameMarker(b: Builder): Node {
  const pieces = [
    b.shl(b.get(SOL), b.i32(7)),
    b.shl(b.get(SOR), b.i32(11)),
    b.shl(b.get(RRB_GR), b.i32(18)),
    b.shl(b.get(RRB_FR), b.i32(25)),
  ]
  const low = pieces.reduce((sum, piece) => b.or(sum, piece), b.get(SOF))
  return b.or(b.extendU(low), b.shl(b.extendU(b.get(RRB_PR)), b.i64(32)))
}

/** The address in the backing store so many registers (i32) above another. */
export function grown(b: Builder, store: Node, registers: Node): Node {
  const slot = b.and(b.wrap(b.shrU(store, b.i64(3))), b.i32(63))
  const words = b.add(registers, b.divU(b.add(slot, registers), b.i32(63)))
  return b.add(store, b.extendU(b.shl(words, b.i32(3))))
}

/** The same, below. */
function shrunk(b: Builder, store: Node, registers: Node): Node {
  const slot = b.and(b.wrap(b.shrU(store, b.i64(3))), b.i32(63))
  const words = b.add(registers, b.divU(b.add(b.sub(b.i32(62), slot), registers), b.i32(63)))
  return b.sub(store, b.extendU(b.shl(words, b.i32(3))))
}

function clearRenaming(b: Builder): void {
  for (const base of [RRB_GR, RRB_FR, RRB_PR]) b.set(base, b.i32(0))
}

/** Enters a new frame at a call: the callee sees the caller's output registers as r32 and up. */
export function callFrame(b: Builder): void {
  const locals = b.get(SOL)
  const bottom = b.add(b.get(BOF), locals)
  b.setReg(AR, AR_NUMBER.bsp, grown(b, b.reg(AR, AR_NUMBER.bsp), locals))
  b.set(BOF, b.select(b.geU(bottom, b.i32(STACKED)), b.sub(bottom, b.i32(STACKED)), bottom))
  b.set(DIRTY, b.add(b.get(DIRTY), locals))
  b.set(SOF, b.sub(b.get(SOF), locals))
  b.set(SOL, b.i32(0))
  b.set(SOR, b.i32(0))
  clearRenaming(b)
}

/** Goes back to the frame that a frame marker (i64) describes; loads its locals first, which may fault. */
export function returnFrame(b: Builder, marker: Node): void {
  const low = b.wrap(marker)
  const field = (position: number, bits: number) => b.and(b.shrU(low, b.i32(position)), b.i32(2 ** bits - 1))
  // ar.pfs is the guest's to write: a frame larger than the ring must not reach around it.
  const fits = (n: Node) => b.select(b.gtU(n, b.i32(STACKED)), b.i32(STACKED), n)
  const locals = fits(field(7, 7))
  const missing = b.sub(locals, b.get(DIRTY))
  b.if(b.gtS(missing, b.i32(0)), () => b.perform(fillStack, missing))
  const bottom = b.sub(b.get(BOF), locals)
  b.setReg(AR, AR_NUMBER.bsp, shrunk(b, b.reg(AR, AR_NUMBER.bsp), locals))
  b.set(BOF, b.select(b.ltS(bottom, b.i32(0)), b.add(bottom, b.i32(STACKED)), bottom))
  b.set(DIRTY, b.sub(b.get(DIRTY), locals))
  b.set(SOF, fits(field(0, 7)))
  b.set(SOL, locals)
  b.set(SOR, fits(b.shl(field(14, 4), b.i32(3))))
  b.set(RRB_GR, field(18, 7))
  b.set(RRB_FR, field(25, 7))
  b.set(RRB_PR, b.and(b.wrap(b.shrU(marker, b.i64(32))), b.i32(63)))
}

/** Turns the rotating registers by one: what was r32 is then r33. */
export function rotate(b: Builder): void {
  const down = (base: RegisterFile, modulus: Node) => {
    const old = b.get(base)
    b.set(base, b.select(b.eqz(old), b.sub(modulus, b.i32(1)), b.sub(old, b.i32(1))))
  }
  const rotating = b.get(SOR)
  b.if(rotating, () => down(RRB_GR, rotating))
  down(RRB_FR, b.i32(96))
  down(RRB_PR, b.i32(48))
}

/** alloc: changes the size of the register stack frame, and copies ar.pfs to a register. */
export const alloc = mUnit({
  name: "alloc",
  section: "4.4.9",
  encoding: "M34",
  bits: "0001 (0) 110 (00) sor sol sof r1 (000000)",
  args: "r1=ar.pfs,sof,sol,sor8",
  semantics(b, f) {
    if (f.illegalFrame) return illegal(b)
    const rotating = b.shl(b.imm(f.sor), b.i32(3))
    const renamed = b.or(b.or(b.get(RRB_GR), b.get(RRB_FR)), b.get(RRB_PR))
    b.if(b.and(b.ne(rotating, b.get(SOR)), b.ne(renamed, b.i32(0))), () => illegal(b))
    const excess = b.sub(b.add(b.get(DIRTY), b.imm(f.sof)), b.i32(STACKED))
    b.if(b.gtS(excess, b.i32(0)), () => b.perform(spillStack, excess))
    b.set(SOF, b.imm(f.sof))
    b.set(SOL, b.imm(f.sol))
    b.set(SOR, rotating)
    setGr(b, f.r1, b.reg(AR, AR_NUMBER.pfs), b.i32(0))
  },
})
