// IT (ARM DDI 0406C, A8.8.54): conditions for up to four instructions. The decode context of those carries them, so
// that IT itself does nothing.

import { t16 } from "../encoding.ts"
import { inItBlock } from "../unpredictable.ts"

// A block of `al` has no else; a block of the reserved condition is none.
const badBlock = (v: Readonly<Record<string, number>>) =>
  inItBlock(v) || v["ifOdd"] === 7 || (v["ifEven"] === 7 && ![8, 4, 2, 1].includes(v["itEven"]!))

const isBlock = (mask: number) => mask !== 0

/** IT: makes up to four instructions conditional. A8.8.54 */
export const it = [
  t16({
    encoding: "T1, even condition",
    section: "A8.8.54",
    name: "it{itEven}",
    bits: "10111111 ifEven 0 itEven",
    args: "ifEven",
    where: { itEven: isBlock },
    feature: "v6t2",
    unguarded: true,
    unpredictable: badBlock,
    semantics() {},
  }),
  t16({
    encoding: "T1, odd condition",
    section: "A8.8.54",
    name: "it{itOdd}",
    bits: "10111111 ifOdd 1 itOdd",
    args: "ifOdd",
    where: { itOdd: isBlock },
    feature: "v6t2",
    unguarded: true,
    unpredictable: badBlock,
    semantics() {},
  }),
]

/** ITSTATE that an IT leaves the next instruction in; 0 for any other halfword. */
export function itState(halfword: number): number {
  return (halfword & 0xff00) === 0xbf00 && (halfword & 15) !== 0 ? halfword & 0xff : 0
}
