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

// A control-speculative load from a NaT address defers its fault: the target becomes NaT. Other loads fault.
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

type LoadTable = {
  readonly name: string
  /** Bits 35 to 30: what is loaded. */
  readonly kind: "00 spec size" | "011011"
  readonly access: (b: Builder, f: LoadFields, base: General) => void
}

/** Declares the forms of a load: without a change of the base, and with a register or an immediate added to it. */
const loads = ({ name, kind, access }: LoadTable) => [
  mUnit({
    name,
    section: "4.4.1",
    encoding: "M1",
    bits: `0100 0 ${kind} ldhint 0 r3 (0000000) r1 qp`,
    args: "r1=[r3]",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      access(b, f, gr(b, f.r3))
    },
  }),
  mUnit({
    name,
    section: "4.4.1",
    encoding: "M2",
    bits: `0100 1 ${kind} ldhint 0 r3 r2 r1 qp`,
    args: "r1=[r3],r2",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      const step = gr(b, f.r2)
      access(b, f, base)
      setGr(b, f.r3, b.add(base.value, step.value), b.or(base.nat, step.nat))
    },
  }),
  mUnit({
    name,
    section: "4.4.1",
    encoding: "M3",
    bits: `0101 s ${kind} ldhint i r3 imm7b r1 qp`,
    args: "r1=[r3],imm9",
    semantics(b, f) {
      if (f.illegalLoad) return illegal(b)
      const base = gr(b, f.r3)
      access(b, f, base)
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9))), base.nat)
    },
  }),
]

/** ld: loads 1, 2, 4 or 8 bytes, extended with zeros. */
export const ld = loads({ name: "ld{size}{spec}{ldhint}", kind: "00 spec size", access: load })
/** ld8.fill: loads a register that st8.spill stored, with its NaT bit from ar.unat. */
export const ldFill = loads({ name: "ld8.fill{ldhint}", kind: "011011", access: fill })

function store(b: Builder, { size }: { readonly size: number }, base: General, value: General): void {
  consume(b, b.or(base.nat, value.nat))
  b.store(bytesOf(size), base.value, size === 3 ? value.value : b.wrap(value.value))
}

function spill(b: Builder, _: unknown, base: General, value: General): void {
  consume(b, base.nat)
  b.store(8, base.value, value.value)
  const bit = unatBit(b, base.value)
  const others = b.and(b.reg(AR, AR_NUMBER.unat), b.not(b.shl(b.i64(1), bit)))
  b.setReg(AR, AR_NUMBER.unat, b.or(others, b.shl(b.extendU(value.nat), bit)))
}

type StoreTable = {
  readonly name: string
  /** Bits 35 to 30: what is stored. */
  readonly kind: "110 rel1 size" | "111011"
  readonly access: (b: Builder, f: { readonly size: number }, base: General, value: General) => void
}

/** Declares the forms of a store: without a change of the base, and with an immediate added to it. */
const stores = ({ name, kind, access }: StoreTable) => [
  mUnit({
    name,
    section: "4.4.1",
    encoding: "M4",
    bits: `0100 0 ${kind} sthint 0 r3 r2 (0000000) qp`,
    args: "[r3]=r2",
    semantics(b, f) {
      access(b, f, gr(b, f.r3), gr(b, f.r2))
    },
  }),
  mUnit({
    name,
    section: "4.4.1",
    encoding: "M5",
    bits: `0101 s ${kind} sthint i r3 r2 imm7a qp`,
    args: "[r3]=r2,imm9s",
    semantics(b, f) {
      if (f.illegalR3) return illegal(b)
      const base = gr(b, f.r3)
      access(b, f, base, gr(b, f.r2))
      setGr(b, f.r3, b.add(base.value, b.extendS(b.imm(f.imm9s))), base.nat)
    },
  }),
]

/** st: stores the low 1, 2, 4 or 8 bytes of a register. */
export const st = stores({ name: "st{size}{rel1}{sthint}", kind: "110 rel1 size", access: store })
/** st8.spill: stores a register, and its NaT bit in ar.unat. */
export const stSpill = stores({ name: "st8.spill{sthint}", kind: "111011", access: spill })
