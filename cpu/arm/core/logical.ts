// Bitwise logical operations and tests (ARM DDI 0406C, A4.4.1; AND, BIC, EOR, ORN, ORR, TEQ, TST of A8.8).

import { a32Test, bitwise, standardBinary, standardTest, t32Binary, t32Test } from "./data-processing.ts"

const conjunction = bitwise((b, x, y) => b.and(x, y))
const exclusion = bitwise((b, x, y) => b.xor(x, y))
const disjunction = bitwise((b, x, y) => b.or(x, y))
const clearing = bitwise((b, x, y) => b.and(x, b.not(y)))
const disjunctionOfComplement = bitwise((b, x, y) => b.or(x, b.not(y)))

/** AND: bitwise AND of two operands. A8.8.13 to A8.8.15 */
export const and = standardBinary({
  name: "and",
  opcodes: ["0000", "0000"],
  sections: ["A8.8.13", "A8.8.14", "A8.8.15"],
  operation: conjunction,
})

/** EOR: bitwise exclusive OR of two operands. A8.8.46 to A8.8.48 */
export const eor = standardBinary({
  name: "eor",
  opcodes: ["0001", "0100"],
  sections: ["A8.8.46", "A8.8.47", "A8.8.48"],
  operation: exclusion,
})

/** ORR: bitwise OR of two operands. A8.8.122 to A8.8.124 */
export const orr = standardBinary({
  name: "orr",
  opcodes: ["1100", "0010"],
  sections: ["A8.8.122", "A8.8.123", "A8.8.124"],
  operation: disjunction,
})

/** ORN: bitwise OR of the first operand with the complement of the second. A8.8.120, A8.8.121 */
export const orn = t32Binary({
  name: "orn",
  width: "",
  opcode: "0011",
  printed: [
    { section: "A8.8.120", encoding: "T1" },
    { section: "A8.8.121", encoding: "T1" },
  ],
  operation: disjunctionOfComplement,
})

/** BIC: clears the bits of the first operand that the second has. A8.8.21 to A8.8.23 */
export const bic = standardBinary({
  name: "bic",
  opcodes: ["1110", "0001"],
  sections: ["A8.8.21", "A8.8.22", "A8.8.23"],
  operation: clearing,
})

/** TST: sets the flags as AND does, without a result. A8.8.240 to A8.8.242 */
export const tst = standardTest({
  name: "tst",
  opcodes: ["1000", "0000"],
  sections: ["A8.8.240", "A8.8.241", "A8.8.242"],
  operation: conjunction,
})

/** TEQ: sets the flags as EOR does, without a result. A8.8.237 to A8.8.239 */
export const teq = [
  ...a32Test("teq", "1001", ["A8.8.237", "A8.8.238", "A8.8.239"], exclusion),
  ...t32Test({
    name: "teq",
    width: "",
    opcode: "0100",
    printed: [
      { section: "A8.8.237", encoding: "T1" },
      { section: "A8.8.238", encoding: "T1" },
    ],
    operation: exclusion,
  }),
]
