// What fixed-point instructions record of a result: CR0, and the overflow bits of XER (Programming Environments Manual,
// 2.1.3.1, 2.1.5).

import type { Builder, Node } from "../../ir/index.ts"
import { CR, EQ, GT, LT, OV, SO, XER_SO } from "../state.ts"

/** The modifiers of an instruction that may record. */
type Records = { readonly Rc: number }
type Overflows = Records & { readonly OE: number }

/** Compares a result with 0 into CR0, and copies XER[SO] to its last bit. */
export function recordCr0(b: Builder, result: Node): void {
  b.flags("result", { result }, { negative: [CR, LT], positive: [CR, GT], zero: [CR, EQ] })
  b.setReg(CR, SO, b.get(XER_SO))
}

/** Sets XER[OV], and XER[SO] with it. */
function setOverflow(b: Builder, overflow: Node): void {
  b.set(OV, overflow)
  b.set(XER_SO, b.or(b.get(XER_SO), overflow))
}

/** Records a result as the instruction's Rc says. */
export function record(b: Builder, { Rc }: Records, result: Node): void {
  if (Rc) recordCr0(b, result)
}

/** Records an overflow and a result as the instruction's OE and Rc say. */
export function recordWithOverflow(b: Builder, f: Overflows, result: Node, overflow: () => Node): void {
  if (f.OE) setOverflow(b, overflow())
  record(b, f, result)
}

/** 1 if an addition, which may have had a carry in, overflowed. */
export const addOverflow = (b: Builder, x: Node, y: Node, sum: Node): Node =>
  b.shrU(b.and(b.xor(x, sum), b.xor(y, sum)), b.i32(31))
