// Branches, formats B1 to B5 and B8 (Software Developer's Manual, volume 3, br; volume 1, 4.5 Branch Instructions).

import type { Builder, Node, Operand } from "../ir/index.ts"
import { bUnit } from "./encoding.ts"
import { callFrame, frameMarker, returnFrame, rotate } from "./register-stack.ts"
import { bundle, setPr } from "./registers.ts"
import { AR, AR_NUMBER, BR, CPL, RRB_FR, RRB_GR, RRB_PR } from "./state.ts"

const { pfs, lc, ec } = AR_NUMBER

const relative = (b: Builder, target: Operand): Node => b.add(bundle(b), b.extendS(b.imm(target)))
const indirect = (b: Builder, b2: Operand): Node => b.and(b.reg(BR, b2), b.i64(-16))

/** ar.pfs at a call: privilege level, epilog count, frame marker. */
function previousState(b: Builder): Node {
  const privilege = b.shl(b.extendU(b.get(CPL)), b.i64(62))
  const epilog = b.shl(b.reg(AR, ec), b.i64(52))
  return b.or(b.or(privilege, epilog), frameMarker(b))
}

function call(b: Builder, b1: Operand, target: Node): void {
  b.setReg(AR, pfs, previousState(b))
  b.setReg(BR, b1, b.add(bundle(b), b.i64(16)))
  callFrame(b)
  b.branch(target)
}

/** br.cond: branches to an address relative to the bundle, or in a branch register. */
export const brCond = [
  bUnit({
    name: "br.cond.{bwh}.{p}{d}",
    section: "4.5.1",
    encoding: "B1",
    bits: "0100 s d bwh imm20b p (000) 000 qp",
    args: "target25",
    inlineGuard: true,
    semantics(b, f) {
      b.branch(relative(b, f.target25))
    },
  }),
  bUnit({
    name: "br.cond.{bwh}.{p}{d}",
    section: "4.5.1",
    encoding: "B4",
    bits: "0000 (0) d bwh 100000 (00000000000) b2 p (000) 000 qp",
    args: "b2",
    inlineGuard: true,
    semantics(b, f) {
      b.branch(indirect(b, f.b2))
    },
  }),
]

/** br.call: calls a procedure, and saves the frame in ar.pfs and the return address in a branch register. */
export const brCall = [
  bUnit({
    name: "br.call.{bwh}.{p}{d}",
    section: "4.5.1",
    encoding: "B3",
    bits: "0101 s d bwh imm20b p (000) b1 qp",
    args: "b1=target25",
    semantics(b, f) {
      call(b, f.b1, relative(b, f.target25))
    },
  }),
  bUnit({
    name: "br.call.{bwh}.{p}{d}",
    section: "4.5.1",
    encoding: "B5",
    bits: "0001 (0) d bwh 1 (0000000000000000) b2 p (000) b1 qp",
    args: "b1=b2",
    semantics(b, f) {
      call(b, f.b1, indirect(b, f.b2))
    },
  }),
]

/** br.ret: returns from a procedure, and restores the frame from ar.pfs. */
export const brRet = bUnit({
  name: "br.ret.{bwh}.{p}{d}",
  section: "4.5.1",
  encoding: "B4",
  bits: "0000 (0) d bwh 100001 (00000000000) b2 p (000) 100 qp",
  args: "b2",
  semantics(b, f) {
    const previous = b.reg(AR, pfs)
    const target = indirect(b, f.b2)
    returnFrame(b, previous)
    b.setReg(AR, ec, b.and(b.shrU(previous, b.i64(52)), b.i64(63)))
    // A return lowers the privilege if the caller had less, and never raises it.
    const privilege = b.wrap(b.shrU(previous, b.i64(62)))
    const current = b.get(CPL)
    b.set(CPL, b.select(b.gtU(privilege, current), privilege, current))
    b.branch(target)
  },
})

/** br.cloop, br.ctop, br.cexit: count ar.lc down; the latter two then drain a software pipeline by ar.ec, and rotate. */
export const brLoop = bUnit({
  name: "br.{btype}.{bwh}.{p}{d}",
  section: "4.5.1",
  encoding: "B2",
  bits: "0100 s d bwh imm20b p (000) 1 btype (000000)",
  args: "target25",
  where: { btype: (btype) => btype !== 0 },
  unguarded: true,
  semantics(b, f) {
    const count = b.reg(AR, lc)
    const counting = b.ne(count, b.i64(0))
    const target = relative(b, f.target25)
    b.setReg(AR, lc, b.sub(count, b.extendU(counting)))
    if (f.btype === 1) return b.if(counting, () => b.branch(target))
    const epilog = b.reg(AR, ec)
    const draining = b.and(b.eqz(counting), b.ne(epilog, b.i64(0)))
    const goesOn = b.or(counting, b.gtU(epilog, b.i64(1)))
    b.setReg(AR, ec, b.sub(epilog, b.extendU(draining)))
    // p63 becomes p16 by the rotation.
    setPr(b, 63, counting)
    b.if(b.or(counting, draining), () => rotate(b))
    b.if(f.btype === 3 ? goesOn : b.eqz(goesOn), () => b.branch(target))
  },
})

/** clrrrb: clears the rename bases of all rotating registers, or of the predicates. */
export const clrrrb = [
  bUnit({
    name: "clrrrb",
    section: "4.5.3",
    encoding: "B8",
    bits: "0000 (0000) 000100 (000000000000000000000) (000000)",
    unguarded: true,
    semantics(b) {
      for (const base of [RRB_GR, RRB_FR, RRB_PR]) b.set(base, b.i32(0))
    },
  }),
  bUnit({
    name: "clrrrb.pr",
    section: "4.5.3",
    encoding: "B8",
    bits: "0000 (0000) 000101 (000000000000000000000) (000000)",
    unguarded: true,
    semantics(b) {
      b.set(RRB_PR, b.i32(0))
    },
  }),
]
