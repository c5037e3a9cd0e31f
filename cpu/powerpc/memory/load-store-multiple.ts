// Loads and stores of several registers, and of strings (Programming Environments Manual, 4.2.3.5, 4.2.3.6; chapter 8: lmw,
// lswi, lswx, stmw, stswi, stswx). A load begins again after a fault: its base is no register that it loads, since such
// forms are invalid.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { ppc } from "../encoding.ts"
import { gprOrZero } from "../registers.ts"
import { GPR, XER_COUNT } from "../state.ts"
import { indexedAddress } from "./access.ts"

const required = { align: "required" } as const

/** Transfers words from an address on, for each register from `first` to r31. */
function eachToLast(b: Builder, first: Operand, address: Node, word: (register: Node, at: Node) => void): void {
  b.foldBits(b.shl(b.i32(-1), b.imm(first)), address, (register, at) => {
    word(register, at)
    return b.add(at, b.i32(4))
  })
}

/** lmw: loads the registers from rD to r31. */
export const lmw = ppc({
  name: "lmw",
  bits: "101110 rD rA d",
  args: "rD, d(rA0)",
  restartable: true,
  unpredictable: ({ rA, rD }) => rA! >= rD!,
  semantics(b, f) {
    const address = b.add(gprOrZero(b, f.rA0), b.imm(f.d))
    eachToLast(b, f.rD, address, (register, at) => b.setReg(GPR, register, b.load(4, at, required)))
  },
})

/** stmw: stores the registers from rS to r31. */
export const stmw = ppc({
  name: "stmw",
  bits: "101111 rS rA d",
  args: "rS, d(rA0)",
  restartable: true,
  semantics(b, f) {
    const address = b.add(gprOrZero(b, f.rA0), b.imm(f.d))
    eachToLast(b, f.rS, address, (register, at) => b.store(4, at, b.reg(GPR, register), required))
  },
})

/** Ones for numbers below `count`, which is at most 31. */
const below = (b: Builder, count: Node): Node => b.sub(b.shl(b.i32(1), count), b.i32(1))

/** A string: its registers follow each other, r0 after r31, with four bytes in each but the last. */
type TextString = { readonly first: Operand; readonly address: Node; readonly count: Node }

/** Number of registers that a string fills, of its last bytes, and where those are. */
function partsOf(b: Builder, { first, address, count }: TextString) {
  const words = b.shrU(count, b.i32(2))
  const rest = b.and(count, b.i32(3))
  const register = (n: Node) => b.and(b.add(b.imm(first), n), b.i32(31))
  return { words, rest, register, restAt: b.add(address, b.and(count, b.i32(-4))) }
}

/** How far byte n of a register is from its low end. */
const shiftOf = (b: Builder, n: Node): Node => b.sub(b.i32(24), b.shl(n, b.i32(3)))

/** Loads a string; the last register has zeros after it. */
function loadString(b: Builder, string: TextString): void {
  const { words, rest, register, restAt } = partsOf(b, string)
  b.forEachBit(below(b, words), (n) => {
    b.setReg(GPR, register(n), b.load(4, b.add(string.address, b.shl(n, b.i32(2)))))
  })
  b.if(rest, () => {
    const last = b.foldBits(below(b, rest), b.i32(0), (n, value) =>
      b.or(value, b.shl(b.load(1, b.add(restAt, n)), shiftOf(b, n))),
    )
    b.setReg(GPR, register(words), last)
  })
}

function storeString(b: Builder, string: TextString): void {
  const { words, rest, register, restAt } = partsOf(b, string)
  b.forEachBit(below(b, words), (n) => {
    b.store(4, b.add(string.address, b.shl(n, b.i32(2))), b.reg(GPR, register(n)))
  })
  b.if(rest, () => {
    const last = b.reg(GPR, register(words))
    b.forEachBit(below(b, rest), (n) => b.store(1, b.add(restAt, n), b.shrU(last, shiftOf(b, n))))
  })
}

/** NB bytes; 0 stands for 32. */
const immediateCount = (b: Builder, NB: Operand): Node => b.add(b.and(b.sub(b.imm(NB), b.i32(1)), b.i32(31)), b.i32(1))

/** Whether a register is among the ones that lswi loads. */
const isLoaded = (v: FieldValues, register: number) => ((register - v["rD"]!) & 31) < Math.ceil((v["NB"]! || 32) / 4)

/** lswi: loads a string of NB bytes. */
export const lswi = ppc({
  name: "lswi",
  bits: "011111 rD rA NB 1001010101 (0)",
  args: "rD, rA0, byteCount",
  restartable: true,
  unpredictable: (v) => isLoaded(v, v["rA"]!),
  semantics: (b, f) => loadString(b, { first: f.rD, address: gprOrZero(b, f.rA0), count: immediateCount(b, f.NB) }),
})

/** lswx: loads a string of as many bytes as XER says. */
export const lswx = ppc({
  name: "lswx",
  bits: "011111 rD rA rB 1000010101 (0)",
  args: "rD, rA0, rB",
  restartable: true,
  // How many registers are loaded is unknown: all but those two may be.
  unpredictable: ({ rA, rB, rD }) => rD === rA || rD === rB,
  semantics: (b, f) => loadString(b, { first: f.rD, address: indexedAddress(b, f), count: b.get(XER_COUNT) }),
})

/** stswi: stores a string of NB bytes. */
export const stswi = ppc({
  name: "stswi",
  bits: "011111 rS rA NB 1011010101 (0)",
  args: "rS, rA0, byteCount",
  restartable: true,
  semantics: (b, f) => storeString(b, { first: f.rS, address: gprOrZero(b, f.rA0), count: immediateCount(b, f.NB) }),
})

/** stswx: stores a string of as many bytes as XER says. */
export const stswx = ppc({
  name: "stswx",
  bits: "011111 rS rA rB 1010010101 (0)",
  args: "rS, rA0, rB",
  restartable: true,
  semantics: (b, f) => storeString(b, { first: f.rS, address: indexedAddress(b, f), count: b.get(XER_COUNT) }),
})
