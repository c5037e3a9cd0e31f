// XER as one word (Programming Environments Manual, 2.1.5).

import type { Builder, Node } from "../ir/index.ts"
import { CA, OV, XER_COUNT, XER_SO } from "./state.ts"

const bit = (b: Builder, value: Node, n: number) => b.and(b.shrU(value, b.i32(n)), b.i32(1))

/** XER: SO, OV, CA, and the byte count in bits 25 to 31. */
export function readXer(b: Builder): Node {
  const flags = b.or(b.shl(b.get(XER_SO), b.i32(31)), b.shl(b.get(OV), b.i32(30)))
  return b.or(b.or(flags, b.shl(b.get(CA), b.i32(29))), b.get(XER_COUNT))
}

/** Writes XER. */
export function writeXer(b: Builder, value: Node): void {
  b.set(XER_SO, bit(b, value, 31))
  b.set(OV, bit(b, value, 30))
  b.set(CA, bit(b, value, 29))
  b.set(XER_COUNT, b.and(value, b.i32(0x7f)))
}
