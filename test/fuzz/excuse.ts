// Where a difference tells nothing: what the ARM manual leaves UNPREDICTABLE and that depends on values, not on the
// instruction word alone, which the tables exclude from the draw.

import type { ArmModel } from "../../cpu/arm/index.ts"
import { arm } from "../../cpu/arm/index.ts"
import { allValues, encodeFields } from "../../cpu/isa/encode.ts"
import type { Decoded } from "../../cpu/isa/index.ts"
import type { StateRecord } from "../oracle/state-record.ts"
import type { Difference } from "./compare.ts"
import { bytesAt, type Image } from "./image.ts"
import { mnemonicOf } from "./pools.ts"

/** ITSTATE of a status register. */
export const itOf = (cpsr: number): number => ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc)

/** Decodes four bytes of code in a state; undefined if they encode nothing. */
export function decodeAt(model: ArmModel, code: Uint8Array, cpsr: number): Decoded | undefined {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  const thumb = (cpsr & 0x20) !== 0
  const format = arm(model).formats[thumb ? 1 : 0]!
  const read = (offset: number): number => (thumb ? view.getUint16(offset, true) : view.getUint32(offset, true))
  return format.decode(read, thumb ? itOf(cpsr) : 0).decoded
}

type Rule = {
  readonly reason: string
  applies(d: Difference, decoded: Decoded, values: Readonly<Record<string, number>>): boolean
}

const modeOf = (cpsr: number): number => cpsr & 0x1f
const hasNoSpsr = (cpsr: number): boolean => modeOf(cpsr) === 0x10 || modeOf(cpsr) === 0x1f

const rules: readonly Rule[] = [
  {
    reason: "QEMU leaves ITSTATE behind a system register at the end of a block (A2.5.2)",
    applies: ({ before }, { instruction: i }) =>
      itOf(before.cpsr) !== 0 && (itOf(before.cpsr) & 7) === 0 && /^m[rc]/.test(i.name),
  },
  {
    reason: "QEMU knows no exception return of its kind (B9.3.20)",
    applies: (_, { instruction: i }) =>
      /^r15\b/.test(i.args) && !/^(?:subs|movs|lsls|lsrs|asrs|rors|rrxs)$/.test(mnemonicOf(i)),
  },
  {
    reason: "SPSR of a mode that has none (B9.3.9, B9.3.11)",
    applies: ({ before }, { instruction: i }, v) =>
      hasNoSpsr(before.cpsr) &&
      ((/^m[rs]/.test(mnemonicOf(i)) && v["r"] === 1) ||
        /^(?:srs|rfe)|\^$|^r15/.test(`${mnemonicOf(i)} ${i.args}`) ||
        /^r15|\^$/.test(i.args)),
  },
]

const isPrefetchAbort = ({ cpsr, r }: StateRecord): boolean => modeOf(cpsr) === 0x17 && (r[15]! & 0x1f) === 0x0c

/** What excuses differences of an image; `memory` reads what is in RAM now. */
export function excuses(
  image: Image,
  model: ArmModel,
  memory: (address: number, length: number) => Uint8Array,
): (difference: Difference) => string | undefined {
  const overwritten = ({ program }: Difference): boolean => {
    const run = image.runs[program]
    if (!run) return false
    const length = run.end - run.code
    return Buffer.compare(memory(run.code, length), bytesAt(image, run.code, length)) !== 0
  }
  const { code, system } = image.layout
  return (d) => {
    const inCode = d.pc >= code.address && d.pc < code.address + code.bytes
    const inSystem = d.pc >= system.address && d.pc < system.address + system.bytes
    if (!inCode && !inSystem) return "a program went astray"
    if ((d.before.cpsr & 0x20) === 0 && (d.pc & 2) !== 0) return "ARM code at an odd halfword (BXWritePC, A2.3.1)"
    const { r, cpsr } = d.expectedAfter
    // The abort that QEMU takes for such a fetch leaves the target in lr.
    const target = isPrefetchAbort(d.expectedAfter) ? r[14]! - 4 : (cpsr & 0x20) === 0 ? r[15]! : 0
    if (inCode && (target & 2) !== 0) return "a branch to ARM code at an odd halfword (BXWritePC, A2.3.1)"
    if (itOf(d.before.cpsr) >> 4 === 15) return "an IT block of the reserved condition (A8.8.54)"
    if ((cpsr & 0x20) === 0 && itOf(cpsr) !== 0) return "IT state in ARM state (B1.3.3)"
    if ((cpsr & 0x0100_0000) !== 0) return "Jazelle or ThumbEE state, which this CPU has not (B1.3.3)"
    if (!inCode) return undefined
    const decoded = decodeAt(model, d.instruction, d.before.cpsr)
    if (!decoded) return "astray: encodes nothing"
    const { instruction } = decoded
    const values = allValues(instruction, decoded, (d.before.cpsr & 0x20) !== 0 ? itOf(d.before.cpsr) : 0)
    if (instruction.unpredictable(values)) return "astray: UNPREDICTABLE"
    if (encodeFields(instruction, values).word !== decoded.word) return "astray: a bit is not as it should be"
    // Otherwise exclusive stores belong to loads of the same size and address, with no store in between (A3.4.5).
    if (instruction.name.startsWith("strex") && overwritten(d)) return "astray: an exclusive store without its load"
    return rules.find((rule) => rule.applies(d, decoded, values))?.reason
  }
}
