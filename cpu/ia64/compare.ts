// Compares, formats A6 to A8 (Software Developer's Manual, volume 3, cmp and cmp4).

import type { Builder, Node, Operand } from "../ir/index.ts"
import { aUnit } from "./encoding.ts"
import { type General, gr, illegal, pr, setPr } from "./registers.ts"

type Targets = { readonly p1: Operand; readonly p2: Operand }

const LT = 0
const LTU = 1
const known = (rel: number) => rel < 3
const joins = (join: number) => join < 3

/** cmp4 compares the low halves: of an i64 with its high half gone, the relations are those of an i32. */
const narrowed = (b: Builder, four: number, x: Node) => (four ? b.wrap(x) : x)

function related(b: Builder, rel: number, four: number, x: Node, y: Node): Node {
  const [left, right] = [narrowed(b, four, x), narrowed(b, four, y)]
  return rel === LT ? b.ltS(left, right) : rel === LTU ? b.ltU(left, right) : b.eq(left, right)
}

const immediate = (b: Builder, operand: Operand): General => ({ value: b.extendS(b.imm(operand)), nat: b.i32(0) })

/** The normal type writes the outcome and its complement; a comparison of a NaT clears both targets. */
function setBoth(b: Builder, f: Targets, result: Node, nat: Node): void {
  const valid = b.eqz(nat)
  setPr(b, f.p1, b.and(result, valid))
  setPr(b, f.p2, b.and(b.eqz(result), valid))
}

/** The .unc types clear both targets even if the instruction is predicated off. */
function unconditional(b: Builder, f: Targets & { readonly qp: Operand }, result: Node, nat: Node): void {
  const valid = b.and(pr(b, f.qp), b.eqz(nat))
  setPr(b, f.p1, b.and(result, valid))
  setPr(b, f.p2, b.and(b.eqz(result), valid))
}

/** Parallel types write only one outcome, so that several of them may share a target. */
function parallel(b: Builder, f: Targets & { readonly join: number }, result: Node, nat: Node): void {
  const write = (p1: number, p2: number) => () => {
    setPr(b, f.p1, b.i32(p1))
    setPr(b, f.p2, b.i32(p2))
  }
  if (f.join === 0) b.if(b.or(b.eqz(result), nat), write(0, 0))
  else b.if(b.and(result, b.eqz(nat)), f.join === 1 ? write(1, 1) : write(1, 0))
}

type ComparisonType = {
  /** The completer of the type, and the bit that encodes it. */
  readonly completer: "" | ".unc"
  readonly c: "0" | "1"
  readonly unguarded: boolean
  readonly write: typeof unconditional
}

/** Declares the comparisons of a type: of two registers, and of an immediate and a register. */
const compares = ({ completer, c, unguarded, write }: ComparisonType) => [
  aUnit({
    name: `cmp{four}.{rel}${completer}`,
    section: "4.2.2",
    encoding: "A6",
    bits: `11 rel 0 0 four 0 p2 r3 r2 ${c} p1 qp`,
    args: "p1,p2=r2,r3",
    where: { rel: known },
    unguarded,
    semantics(b, f) {
      if (f.illegalPredicates) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      write(b, f, related(b, f.rel, f.four, x.value, y.value), b.or(x.nat, y.nat))
    },
  }),
  aUnit({
    name: `cmp{four}.{rel}${completer}`,
    section: "4.2.2",
    encoding: "A8",
    bits: `11 rel s 1 four 0 p2 r3 imm7b ${c} p1 qp`,
    args: "p1,p2=imm8,r3",
    where: { rel: known },
    unguarded,
    semantics(b, f) {
      if (f.illegalPredicates) return illegal(b)
      const x = immediate(b, f.imm8)
      const y = gr(b, f.r3)
      write(b, f, related(b, f.rel, f.four, x.value, y.value), y.nat)
    },
  }),
]

/** cmp, cmp4: write the outcome of a comparison and its complement to two predicates. */
export const cmp = compares({ completer: "", c: "0", unguarded: false, write: setBoth })
/** cmp.unc, cmp4.unc: compare, and clear both predicates if the instruction is predicated off. */
export const cmpUnc = compares({ completer: ".unc", c: "1", unguarded: true, write: unconditional })

function equal(b: Builder, f: { readonly ne: number; readonly four: number }, x: Node, y: Node): Node {
  const same = b.eq(narrowed(b, f.four, x), narrowed(b, f.four, y))
  return f.ne ? b.eqz(same) : same
}

/** cmp and cmp4 of the types and, or, or.andcm: write both predicates or neither, so that several may share a target. */
export const cmpParallel = [
  aUnit({
    name: "cmp{four}.{ne}.{join}",
    section: "4.2.2",
    encoding: "A6",
    bits: "11 join 0 0 four 1 p2 r3 r2 ne p1 qp",
    args: "p1,p2=r2,r3",
    where: { join: joins },
    semantics(b, f) {
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      parallel(b, f, equal(b, f, x.value, y.value), b.or(x.nat, y.nat))
    },
  }),
  aUnit({
    name: "cmp{four}.{ne}.{join}",
    section: "4.2.2",
    encoding: "A8",
    bits: "11 join s 1 four 1 p2 r3 imm7b ne p1 qp",
    args: "p1,p2=imm8,r3",
    where: { join: joins },
    semantics(b, f) {
      const x = immediate(b, f.imm8)
      const y = gr(b, f.r3)
      parallel(b, f, equal(b, f, x.value, y.value), y.nat)
    },
  }),
  aUnit({
    name: "cmp{four}.{rel0}.{join}",
    section: "4.2.2",
    encoding: "A7",
    bits: "11 join 1 0 four ta p2 r3 (0000000) c p1 qp",
    args: "p1,p2=r0,r3",
    where: { join: joins },
    semantics(b, f) {
      const y = gr(b, f.r3)
      const value = narrowed(b, f.four, y.value)
      const zero = f.four ? b.i32(0) : b.i64(0)
      const relation = (["gtS", "leS", "geS", "ltS"] as const)[f.rel0]!
      parallel(b, f, b[relation](zero, value), y.nat)
    },
  }),
]
