// Integer loads and stores, formats M1 to M5 (Software Developer's Manual, volume 3, 4.4.1). There is no ALAT, as
// the manual allows: an advanced load is a plain one.

import type { Builder, Node, Operand } from "../ir/index.ts"
import { mUnit } from "./encoding.ts"
import { consume, type General, gr, illegal, setGr } from "./registers.ts"
import { AR, AR_NUMBER } from "./state.ts"

const bytesOf = (size: number) => [1, 2, 4, 8][size] as 1 | 2 | 4 | 8

function loadZeroExtended(b: Builder, size: number, address: Node): Node {
  const value = b.load(bytesOf(size), address)
  return size === 3 ? value : b.extendU(value)
}

type LoadFields = { readonly r1: Operand; readonly size: number; readonly deferring: number }

// A control-speculative load from a NaT address defers: the target becomes NaT. Others fault.
function load(b: Builder, f: LoadFields, base: General): void {
  const fetch = () => setGr(b, f.r1, loadZeroExtended(b, f.size, base.value), b.i32(0))
  if (f.deferring === 0) {
    consume(b, base.nat)
    fetch()
  } else b.if(base.nat, () => setGr(b, f.r1, b.i64(0), b.i32(1)), fetch)
}

/** The bit of ar.unat that belongs to an address. */
const unatBit = (b: Builder, address: Node): Node => b.and(b.shrU(address, b.i64(3)), b.i64(63))

function fill(b: Builder, f: { readonly r1: Operand }, base: General): void {
  consume(b, base.nat)
  const value = b.load(8, base.value)
  const bit = b.and(b.shrU(b.reg(AR, AR_NUMBER.unat), unatBit(b, base.value)), b.i64(1))
  setGr(b, f.r1, value, b.wrap(bit))
}

export const ld = [
  mUnit({
    name: "ld{size}{spec}{ldhint}",
    bits: "0100 0 00 spec size ldhint 0 r3 (0000000) r1 qp",
    args: "r1=[r3]",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      load(b, f, gr(b, f.r3))
    },
  }),
  mUnit({
    name: "ld{size}{spec}{ldhint}",
    bits: "0100 1 00 spec size ldhint 0 r3 r2 r1 qp",
    args: "r1=[r3],r2",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      const step = gr(b, f.r2)
      load(b, f, base)
      setGr(b, f.r3, b.add(base.value, step.value), b.or(base.nat, step.nat))
    },
  }),
  mUnit({
    name: "ld{size}{spec}{ldhint}",
    bits: "0101 s 00 spec size ldhint i r3 imm7b r1 qp",
    args: "r1=[r3],imm9",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      load(b, f, base)
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9))), base.nat)
    },
  }),
]

export const ldFill = [
  mUnit({
    name: "ld8.fill{ldhint}",
    bits: "0100 0 011011 ldhint 0 r3 (0000000) r1 qp",
    args: "r1=[r3]",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      fill(b, f, gr(b, f.r3))
    },
  }),
  mUnit({
    name: "ld8.fill{ldhint}",
    bits: "0100 1 011011 ldhint 0 r3 r2 r1 qp",
    args: "r1=[r3],r2",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      const step = gr(b, f.r2)
      fill(b, f, base)
      setGr(b, f.r3, b.add(base.value, step.value), b.or(base.nat, step.nat))
    },
  }),
  mUnit({
    name: "ld8.fill{ldhint}",
    bits: "0101 s 011011 ldhint i r3 imm7b r1 qp",
    args: "r1=[r3],imm9",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      fill(b, f, base)
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9))), base.nat)
    },
  }),
]

function store(b: Builder, size: number, base: General, value: General): void {
  consume(b, b.or(base.nat, value.nat))
  b.store(bytesOf(size), base.value, size === 3 ? value.value : b.wrap(value.value))
}

function spill(b: Builder, base: General, value: General): void {
  consume(b, base.nat)
  b.store(8, base.value, value.value)
  const bit = unatBit(b, base.value)
  const others = b.and(b.reg(AR, AR_NUMBER.unat), b.not(b.shl(b.i64(1), bit)))
  b.setReg(AR, AR_NUMBER.unat, b.or(others, b.shl(b.extendU(value.nat), bit)))
}

export const st = [
  mUnit({
    name: "st{size}{rel1}{sthint}",
    bits: "0100 0 110 rel1 size sthint 0 r3 r2 (0000000) qp",
    args: "[r3]=r2",
    semantics(b, f) {
      store(b, f.size, gr(b, f.r3), gr(b, f.r2))
    },
  }),
  mUnit({
    name: "st{size}{rel1}{sthint}",
    bits: "0101 s 110 rel1 size sthint i r3 r2 imm7a qp",
    args: "[r3]=r2,imm9s",
    semantics(b, f) {
      if (f.illegalR3) return illegal(b)
      const base = gr(b, f.r3)
      store(b, f.size, base, gr(b, f.r2))
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9s))), base.nat)
    },
  }),
]

export const stSpill = [
  mUnit({
    name: "st8.spill{sthint}",
    bits: "0100 0 111011 sthint 0 r3 r2 (0000000) qp",
    args: "[r3]=r2",
    semantics(b, f) {
      spill(b, gr(b, f.r3), gr(b, f.r2))
    },
  }),
  mUnit({
    name: "st8.spill{sthint}",
    bits: "0101 s 111011 sthint i r3 r2 imm7a qp",
    args: "[r3]=r2,imm9s",
    semantics(b, f) {
      if (f.illegalR3) return illegal(b)
      const base = gr(b, f.r3)
      spill(b, base, gr(b, f.r2))
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9s))), base.nat)
    },
  }),
]
