// The report of a finding: the instruction, the states around it, a case for a vector file.

import { CONDITIONS } from "../../cpu/arm/control/conditions.ts"
import type { ArmModelName } from "../../cpu/arm/index.ts"
import { disassemble } from "../../cpu/isa/index.ts"
import type { StateRecord } from "../oracle/state-record.ts"
import type { Difference } from "./compare.ts"
import { decodeAt, itOf } from "./excuse.ts"
import type { Finding, FuzzResult } from "./fuzz.ts"

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0")
const names = [...Array.from({ length: 13 }, (_, n) => `r${n}`), "sp", "lr", "pc"]

/** Bits of the status registers, by their names in vector files. */
const statusFields = [
  ["N", 31, 1],
  ["Z", 30, 1],
  ["C", 29, 1],
  ["V", 28, 1],
  ["Q", 27, 1],
  ["GE", 16, 15],
  ["E", 9, 1],
] as const
const fpscrFlags = ["FPN", "FPZ", "FPC", "FPV"] as const

/** The instruction's text, or its bytes if it has none. */
export function textOf(model: ArmModelName, code: Uint8Array, pc: number, cpsr: number): string {
  const decoded = code.length < 4 ? undefined : decodeAt(model, code, cpsr)
  return decoded ? disassemble(decoded, pc) : "(encodes nothing)"
}

/** Four bytes of code as words or halfwords, as manuals print them. */
function codeOf(code: Uint8Array, thumb: boolean): string {
  if (code.length < 4) return "(outside RAM)"
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
  if (!thumb) return hex(view.getUint32(0, true))
  const half = (at: number): string => view.getUint16(at, true).toString(16).padStart(4, "0")
  return view.getUint16(0, true) >= 0xe800 ? `${half(0)} ${half(2)}` : half(0)
}

function stateLines(state: StateRecord, fpu: boolean): string[] {
  const core = [...state.r].map((value, n) => `${names[n]!.padStart(3)} ${hex(value)}`)
  const lines = [0, 4, 8, 12].map((n) => `  ${core.slice(n, n + 4).join("  ")}`)
  lines.push(`  cpsr ${hex(state.cpsr)}${fpu ? `  fpscr ${hex(state.fpscr)}` : ""}`)
  if (!fpu) return lines
  const doubles = Array.from({ length: 32 }, (_, n) => `${`d${n}`.padStart(3)} ${doubleOf(state, n)}`)
  for (let n = 0; n < 32; n += 4) lines.push(`  ${doubles.slice(n, n + 4).join("  ")}`)
  return lines
}

const doubleOf = ({ d }: StateRecord, n: number): string => `${hex(d[2 * n + 1]!)}_${hex(d[2 * n]!)}`

/** Registers that differ between two states, as assignments of the second's values in a vector file. */
function assignments(from: StateRecord | undefined, to: StateRecord, fpu: boolean): string[] {
  const found: string[] = []
  for (let n = 0; n < 15; n++) if (from?.r[n] !== to.r[n]) found.push(`${names[n]} = 0x${hex(to.r[n]!)}`)
  const flag = (name: string, bit: number, mask: number, before: number | undefined, after: number): void => {
    const value = (after >>> bit) & mask
    if (before === undefined ? value !== 0 : ((before >>> bit) & mask) !== value) found.push(`${name} = ${value}`)
  }
  for (const [name, bit, mask] of statusFields) flag(name, bit, mask, from?.cpsr, to.cpsr)
  if (!fpu) return found
  for (let n = 0; n < 32; n++) {
    if (!from || doubleOf(from, n) !== doubleOf(to, n)) found.push(`d${n} = 0x${doubleOf(to, n)}`)
  }
  fpscrFlags.forEach((name, n) => {
    flag(name, 31 - n, 1, from?.fpscr, to.fpscr)
  })
  const rest = to.fpscr & 0x0fff_ffff
  if (from === undefined ? rest !== 0 : (from.fpscr & 0x0fff_ffff) !== rest) found.push(`FPSCR = 0x${hex(rest)}`)
  return found
}

/** The case for a vector file. Registers that the instruction does not read can be deleted from it. */
export function vectorOf(model: ArmModelName, d: Difference, fpu: boolean): string {
  const text = textOf(model, d.instruction, d.pc, d.before.cpsr)
  const it = itOf(d.before.cpsr)
  const lines = [`${text.split(" ")[0]} gives ${d.field} its value`]
  if (d.thumb) lines.push("  .thumb")
  if (it !== 0) lines.push(`  it ${CONDITIONS[it >> 4]}`)
  lines.push(`  ${text}`)
  const wrapped = (list: readonly string[]): void => {
    for (let n = 0; n < list.length; n += 6) lines.push(`  ${list.slice(n, n + 6).join("   ")}`)
  }
  wrapped([...(fpu ? ["VFP_ACCESS = 7"] : []), ...assignments(undefined, d.before, fpu)])
  lines.push("==>")
  wrapped(assignments(d.before, d.expectedAfter, fpu))
  return lines.join("\n")
}

/** The full text of a finding. */
export function describeFinding({ batch, seed, scenario, image, difference, memory, departure }: Finding): string {
  const { model, isa, unit, mmu, privileged, fpu } = scenario
  const lines = [
    `batch ${batch} (seed ${seed}): ${model}, ${isa}${unit === "core" ? "" : ` with ${unit}`}, MMU ${mmu ? "on" : "off"}, ${privileged ? "privileged" : "user mode"}`,
  ]
  if (difference) {
    const { pc, instruction, thumb, before, field, expected, actual, program } = difference
    const { alignment } = { alignment: ((image.runs[program]?.state.sctlr ?? 0) & 2) !== 0 }
    lines.push(
      `run ${program}, SCTLR.A ${alignment ? 1 : 0}: ${field} is ${hex(actual)}, not ${hex(expected)}`,
      `${hex(pc)}  ${codeOf(instruction, thumb)}  ${textOf(model, instruction, pc, before.cpsr)}`,
      "before",
      ...stateLines(before, fpu),
      "expected after",
      ...stateLines(difference.expectedAfter, fpu),
      "actual after",
      ...stateLines(difference.actualAfter, fpu),
      "as a vector:",
      "",
      vectorOf(model, difference, fpu),
      "",
    )
  }
  if (memory) {
    const { address, expected, actual, run } = memory
    const owner = run === undefined ? "" : `, data of run ${run}`
    lines.push(`memory at ${hex(address)}${owner} is ${actual.toString(16)}, not ${expected.toString(16)}, at the end`)
  }
  if (departure) {
    const { engine, index, instruction, before, address } = departure
    const pc = before.r[15]!
    if (address !== undefined) {
      lines.push(`${engine}: memory at ${hex(address)} differs at the end from that of single steps`)
      return lines.join("\n")
    }
    lines.push(
      `${engine}: instruction ${index} gives another state when it is run with those before it than by itself`,
      `${hex(pc)}  ${codeOf(instruction, (before.cpsr & 0x20) !== 0)}  ${textOf(model, instruction, pc, before.cpsr)}`,
      "before",
      ...stateLines(before, fpu),
      "one at a time",
      ...stateLines(departure.expected, fpu),
      "at once",
      ...stateLines(departure.actual, fpu),
    )
  }
  return lines.join("\n")
}

/** What a run of the fuzzer did not compare, with the number of each reason. */
export function describeExcuses({ runs, open, unproven, unfinished, cut, ignored }: FuzzResult): string {
  const lines = [...open].map(([reason, count]) => `left ${count} of ${runs} runs: ${reason}`)
  if (unproven > 0) lines.push(`left the stores of ${unproven} runs, which did what the architecture leaves open`)
  if (unfinished > 0) lines.push(`left ${unfinished} runs that loop; compared the memory of ${cut} of them`)
  for (const [reason, count] of ignored) lines.push(`ignored ${count} times: ${reason}`)
  return lines.map((line) => `${line}\n`).join("")
}

/** The share of runs that were left for a reason or because they loop. */
export function excusedShare({ runs, open, unproven, unfinished, cut }: FuzzResult): number {
  const left = [...open.values()].reduce((sum, count) => sum + count, 0)
  return (left + unproven + unfinished - cut) / runs
}
