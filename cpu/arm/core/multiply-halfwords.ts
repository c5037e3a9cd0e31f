// Signed multiplication of halfwords and of most significant words (ARM DDI 0406C, A4.4.3; SMLABB to SMUSD of A8.8).

import type { Builder, Node } from "../../ir/index.ts"
import { inBothSets } from "../both-sets.ts"
import { getR, setR } from "../registers.ts"
import { getLong, sameHalves, setLong } from "./multiply.ts"
import { addSaturationFlag } from "./saturating.ts"

/** The signed bottom (0) or top (1) halfword. */
function half(b: Builder, x: Node, top: number): Node {
  return top ? b.shrS(x, b.i32(16)) : b.extend16S(x)
}

const halfProduct = (b: Builder, x: Node, n: number, y: Node, m: number) => b.mul(half(b, x, n), half(b, y, m))

/** The low word of an i64, with Q set if it is not the whole value. */
function overflowing(b: Builder, wide: Node): Node {
  const result = b.wrap(wide)
  addSaturationFlag(b, b.ne(b.extendS(result), wide))
  return result
}

/** Adds an accumulator, with Q set on signed overflow. */
function accumulate(b: Builder, x: Node, ra: Node): Node {
  const sum = b.add(x, ra)
  addSaturationFlag(b, b.shrU(b.and(b.xor(x, sum), b.xor(ra, sum)), b.i32(31)))
  return sum
}

/** Bits 47 to 16 of a word times a halfword. */
function wordByHalf(b: Builder, x: Node, y: Node, m: number): Node {
  return b.wrap(b.shrS(b.mul(b.extendS(x), b.extendS(half(b, y, m))), b.i64(16)))
}

const THREE = ["rd", "rn", "rm"]
const FOUR = ["rd", "rn", "rm", "ra"]
const LONG = ["rdlo", "rdhi", "rn", "rm"]

/** SMULBB, SMULBT, SMULTB, SMULTT: the product of two halfwords. A8.8.188 */
export const smulxy = inBothSets({
  name: "smul{n}{m}",
  section: "A8.8.188",
  a32: "cond 00010110 rd (0000) rm 1 m n 0 rn",
  t32: "111110110001 rn 1111 rd 00 n m rm",
  args: "rd, rn, rm",
  registers: THREE,
  semantics(b, { n, m, rd, rn, rm }) {
    setR(b, rd, halfProduct(b, getR(b, rn), n, getR(b, rm), m))
  },
})

/** SMLABB, SMLABT, SMLATB, SMLATT: adds the product of two halfwords to a word. A8.8.176 */
export const smlaxy = inBothSets({
  name: "smla{n}{m}",
  section: "A8.8.176",
  a32: "cond 00010000 rd ra rm 1 m n 0 rn",
  t32: "111110110001 rn ra rd 00 n m rm",
  args: "rd, rn, rm, ra",
  registers: FOUR,
  semantics(b, { n, m, rd, rn, rm, ra }) {
    setR(b, rd, accumulate(b, halfProduct(b, getR(b, rn), n, getR(b, rm), m), getR(b, ra)))
  },
})

/** SMULWB, SMULWT: the high 32 of the 48 bits that a word times a halfword has. A8.8.190 */
export const smulwy = inBothSets({
  name: "smulw{m}",
  section: "A8.8.190",
  a32: "cond 00010010 rd (0000) rm 1 m 10 rn",
  t32: "111110110011 rn 1111 rd 000 m rm",
  args: "rd, rn, rm",
  registers: THREE,
  semantics(b, { m, rd, rn, rm }) {
    setR(b, rd, wordByHalf(b, getR(b, rn), getR(b, rm), m))
  },
})

/** SMLAWB, SMLAWT: adds the high 32 of the 48 bits that a word times a halfword has to a word. A8.8.181 */
export const smlawy = inBothSets({
  name: "smlaw{m}",
  section: "A8.8.181",
  a32: "cond 00010010 rd ra rm 1 m 00 rn",
  t32: "111110110011 rn ra rd 000 m rm",
  args: "rd, rn, rm, ra",
  registers: FOUR,
  semantics(b, { m, rd, rn, rm, ra }) {
    setR(b, rd, accumulate(b, wordByHalf(b, getR(b, rn), getR(b, rm), m), getR(b, ra)))
  },
})

/** SMLALBB, SMLALBT, SMLALTB, SMLALTT: adds the product of two halfwords to 64 bits. A8.8.179 */
export const smlalxy = inBothSets({
  name: "smlal{n}{m}",
  section: "A8.8.179",
  a32: "cond 00010100 rdhi rdlo rm 1 m n 0 rn",
  t32: "111110111100 rn rdlo rdhi 10 n m rm",
  args: "rdlo, rdhi, rn, rm",
  registers: LONG,
  unpredictable: sameHalves,
  semantics(b, { n, m, rdhi, rdlo, rn, rm }) {
    const product = b.extendS(halfProduct(b, getR(b, rn), n, getR(b, rm), m))
    setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), product))
  },
})

/** Products of the bottom and of the top halfwords, added or subtracted, as i64; `m` exchanges the halves of `y`. */
type Dual = (b: Builder, x: Node, y: Node, m: number) => Node

function products(b: Builder, x: Node, y: Node, m: number): readonly [bottom: Node, top: Node] {
  return [b.extendS(halfProduct(b, x, 0, y, m)), b.extendS(halfProduct(b, x, 1, y, 1 - m))]
}

/** What tells sums of two products from differences: A32's bit 6, T32's bits 22 to 20, or bit 20 if the result is long. */
type DualOpcodes = { readonly combine: Dual; readonly a32: string; readonly t32: string; readonly t32Long: string }

const SUM: DualOpcodes = { combine: (b, x, y, m) => b.add(...products(b, x, y, m)), a32: "0", t32: "010", t32Long: "0" }
const DIFFERENCE: DualOpcodes = {
  combine: (b, x, y, m) => b.sub(...products(b, x, y, m)),
  a32: "1",
  t32: "100",
  t32Long: "1",
}

const dual = (name: string, section: string, { combine, a32, t32 }: DualOpcodes) =>
  inBothSets({
    name: `${name}{m?x}`,
    section,
    a32: `cond 01110000 rd 1111 rm 0${a32} m 1 rn`,
    t32: `111110110${t32} rn 1111 rd 000 m rm`,
    args: "rd, rn, rm",
    feature: "v6",
    registers: THREE,
    semantics(b, { m, rd, rn, rm }) {
      setR(b, rd, overflowing(b, combine(b, getR(b, rn), getR(b, rm), m)))
    },
  })

const dualAccumulate = (name: string, section: string, { combine, a32, t32 }: DualOpcodes) =>
  inBothSets({
    name: `${name}{m?x}`,
    section,
    a32: `cond 01110000 rd ra rm 0${a32} m 1 rn`,
    t32: `111110110${t32} rn ra rd 000 m rm`,
    args: "rd, rn, rm, ra",
    feature: "v6",
    registers: FOUR,
    semantics(b, { m, rd, rn, rm, ra }) {
      const [x, y, addend] = [getR(b, rn), getR(b, rm), getR(b, ra)]
      setR(b, rd, overflowing(b, b.add(combine(b, x, y, m), b.extendS(addend))))
    },
  })

const dualLong = (name: string, section: string, { combine, a32, t32Long }: DualOpcodes) =>
  inBothSets({
    name: `${name}{m?x}`,
    section,
    a32: `cond 01110100 rdhi rdlo rm 0${a32} m 1 rn`,
    t32: `11111011110${t32Long} rn rdlo rdhi 110 m rm`,
    args: "rdlo, rdhi, rn, rm",
    feature: "v6",
    registers: LONG,
    unpredictable: sameHalves,
    semantics(b, { m, rdhi, rdlo, rn, rm }) {
      setLong(b, rdlo, rdhi, b.add(getLong(b, rdlo, rdhi), combine(b, getR(b, rn), getR(b, rm), m)))
    },
  })

/** SMUAD: adds the products of the bottom and of the top halfwords. A8.8.187 */
export const smuad = dual("smuad", "A8.8.187", SUM)

/** SMUSD: subtracts the product of the top halfwords from that of the bottom ones. A8.8.191 */
export const smusd = dual("smusd", "A8.8.191", DIFFERENCE)

/** SMLAD: adds the products of the bottom and of the top halfwords to a word. A8.8.177 */
export const smlad = dualAccumulate("smlad", "A8.8.177", SUM)

/** SMLSD: adds the difference of the products of the bottom and of the top halfwords to a word. A8.8.182 */
export const smlsd = dualAccumulate("smlsd", "A8.8.182", DIFFERENCE)

/** SMLALD: adds the products of the bottom and of the top halfwords to 64 bits. A8.8.180 */
export const smlald = dualLong("smlald", "A8.8.180", SUM)

/** SMLSLD: adds the difference of the products of the bottom and of the top halfwords to 64 bits. A8.8.183 */
export const smlsld = dualLong("smlsld", "A8.8.183", DIFFERENCE)

/** The high word of an i64, rounded if `r`. */
function highWord(b: Builder, value: Node, r: number): Node {
  return b.wrap(b.shrU(r ? b.add(value, b.i64(0x8000_0000)) : value, b.i64(32)))
}

const wordProduct = (b: Builder, x: Node, y: Node) => b.mul(b.extendS(x), b.extendS(y))
const asHighWord = (b: Builder, x: Node) => b.shl(b.extendU(x), b.i64(32))

/** SMMUL: the high word of a signed product, rounded or not. A8.8.186 */
export const smmul = inBothSets({
  name: "smmul{r?r}",
  section: "A8.8.186",
  a32: "cond 01110101 rd 1111 rm 00 r 1 rn",
  t32: "111110110101 rn 1111 rd 000 r rm",
  args: "rd, rn, rm",
  feature: "v6",
  registers: THREE,
  semantics(b, { r, rd, rn, rm }) {
    setR(b, rd, highWord(b, wordProduct(b, getR(b, rn), getR(b, rm)), r))
  },
})

/** SMMLA: the high word of a signed product that is added to a high word. A8.8.184 */
export const smmla = inBothSets({
  name: "smmla{r?r}",
  section: "A8.8.184",
  a32: "cond 01110101 rd ra rm 00 r 1 rn",
  t32: "111110110101 rn ra rd 000 r rm",
  args: "rd, rn, rm, ra",
  feature: "v6",
  registers: FOUR,
  semantics(b, { r, rd, rn, rm, ra }) {
    setR(b, rd, highWord(b, b.add(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
  },
})

/** SMMLS: the high word of a signed product that is subtracted from a high word. A8.8.185 */
export const smmls = inBothSets({
  name: "smmls{r?r}",
  section: "A8.8.185",
  a32: "cond 01110101 rd ra rm 11 r 1 rn",
  t32: "111110110110 rn ra rd 000 r rm",
  args: "rd, rn, rm, ra",
  feature: "v6",
  registers: FOUR,
  semantics(b, { r, rd, rn, rm, ra }) {
    setR(b, rd, highWord(b, b.sub(asHighWord(b, getR(b, ra)), wordProduct(b, getR(b, rn), getR(b, rm))), r))
  },
})
