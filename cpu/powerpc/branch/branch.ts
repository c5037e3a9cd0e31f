// Branches (Programming Environments Manual, 4.2.4.1 to 4.2.4.4; chapter 8: b, bc, bcctr, bclr).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { ppc } from "../encoding.ts"
import { CR, SPR, SPRN } from "../state.ts"
import { branchAliases, unconditional } from "./aliases.ts"
import { BRANCH_KIND, isInvalidBranch } from "./options.ts"

const link = (b: Builder, LK: number): void => {
  if (LK) b.setReg(SPR, SPRN.LR, b.nextPc())
}

/** b, bl: branches relative to the instruction. */
export const b = ppc({
  name: "b{LK?l}",
  bits: "010010 LI 0 LK",
  args: "relative24",
  semantics(b, f) {
    link(b, f.LK)
    b.branch(b.add(b.pc(), b.imm(f.relative24)))
  },
})

/** ba, bla: branches to an absolute address. */
export const ba = ppc({
  name: "b{LK?l}a",
  bits: "010010 LI 1 LK",
  args: "absolute24",
  semantics(b, f) {
    link(b, f.LK)
    b.branch(b.imm(f.absolute24))
  },
})

type Options = { readonly branchKind: number; readonly BO: Operand; readonly BI: Operand }

/** Decrements CTR; its new value. */
function countDown(b: Builder): Node {
  const count = b.sub(b.reg(SPR, SPRN.CTR), b.i32(1))
  b.setReg(SPR, SPRN.CTR, count)
  return count
}

/** Branches if CTR and the condition are as BO says. */
function branchIf(b: Builder, { branchKind, BO, BI }: Options, go: () => void): void {
  // Of BO, bit 1 tells what the bit of CR is to be, and bit 3 whether CTR is to be 0.
  const bit = (n: number) => b.and(b.shrU(b.imm(BO), b.i32(4 - n)), b.i32(1))
  switch (branchKind) {
    case BRANCH_KIND.always:
      go()
      break
    case BRANCH_KIND.ifTrue:
      b.if(b.reg(CR, BI), go)
      break
    case BRANCH_KIND.ifFalse:
      b.if(b.eqz(b.reg(CR, BI)), go)
      break
    case BRANCH_KIND.ifNotZero:
      b.if(countDown(b), go)
      break
    case BRANCH_KIND.ifZero:
      b.if(b.eqz(countDown(b)), go)
      break
    default:
      b.if(b.and(b.eq(b.eqz(countDown(b)), bit(3)), b.eq(b.reg(CR, BI), bit(1))), go)
  }
}

/** bc, bcl: branches relative to the instruction, on a condition. */
export const bc = ppc({
  name: "bc{LK?l}",
  bits: "010000 BO BI BD 0 LK",
  args: "BO, BI, relative14",
  aliases: branchAliases({ suffix: "{LK?l}", target: "relative14", counts: true }),
  unpredictable: isInvalidBranch,
  semantics(b, f) {
    link(b, f.LK)
    branchIf(b, f, () => b.branch(b.add(b.pc(), b.imm(f.relative14))))
  },
})

/** bca, bcla: branches to an absolute address, on a condition. */
export const bca = ppc({
  name: "bc{LK?l}a",
  bits: "010000 BO BI BD 1 LK",
  args: "BO, BI, absolute14",
  aliases: branchAliases({ suffix: "{LK?l}a", target: "absolute14", counts: true }),
  unpredictable: isInvalidBranch,
  semantics(b, f) {
    link(b, f.LK)
    branchIf(b, f, () => b.branch(b.imm(f.absolute14)))
  },
})

const aligned = (b: Builder, target: Node): Node => b.and(target, b.i32(-4))

/** bclr, bclrl: branches to LR, on a condition. */
export const bclr = ppc({
  name: "bclr{LK?l}",
  bits: "010011 BO BI (00000) 0000010000 LK",
  args: "BO, BI",
  aliases: [unconditional("lr{LK?l}"), ...branchAliases({ suffix: "lr{LK?l}", target: "", counts: true })],
  unpredictable: isInvalidBranch,
  semantics(b, f) {
    const target = aligned(b, b.reg(SPR, SPRN.LR))
    link(b, f.LK)
    branchIf(b, f, () => b.branch(target))
  },
})

/** bcctr, bcctrl: branches to CTR, on a condition. To decrement CTR is an invalid form: the count is the target then. */
export const bcctr = ppc({
  name: "bcctr{LK?l}",
  bits: "010011 BO BI (00000) 1000010000 LK",
  args: "BO, BI",
  aliases: [unconditional("ctr{LK?l}"), ...branchAliases({ suffix: "ctr{LK?l}", target: "", counts: false })],
  unpredictable: (v) => isInvalidBranch(v) || (v["BO"]! & 4) === 0,
  semantics(b, f) {
    const target = aligned(b, b.reg(SPR, SPRN.CTR))
    link(b, f.LK)
    branchIf(b, f, () => b.branch(target))
  },
})
