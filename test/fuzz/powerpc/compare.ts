// How programs that ran here and under QEMU are compared, and which differences say nothing.

import { disassemble } from "../../../cpu/isa/index.ts"
import { programSet } from "./draw.ts"
import { CODE, MAX_STORES, type Outcome, type Program } from "./program.ts"

const hex = (value: number | bigint) => `0x${value.toString(16)}`

/** What two outcomes differ in, a line each: name, our value, the reference's. */
export function differences(ours: Outcome, theirs: Outcome): string[] {
  const found: string[] = []
  const check = (name: string, own: number | bigint | string, other: number | bigint | string) => {
    if (own === other) return
    const text = (x: typeof own) => (typeof x === "string" ? x : hex(x))
    found.push(`${name} is ${text(own)}, QEMU's is ${text(other)}`)
  }
  check("the end", ours.end, theirs.end)
  check("pc", ours.pc, theirs.pc)
  for (const name of ["cr", "xer", "lr", "ctr"] as const) check(name, ours.after[name], theirs.after[name])
  for (let n = 0; n < 32; n++) check(`r${n}`, ours.after.gpr[n]!, theirs.after.gpr[n]!)
  for (let n = 0; n < 32; n++) check(`f${n}`, ours.after.fpr[n]!, theirs.after.fpr[n]!)
  for (const at of new Set([...ours.stores.keys(), ...theirs.stores.keys()]))
    check(`[${hex(at)}]`, ours.stores.get(at) ?? "unchanged", theirs.stores.get(at) ?? "unchanged")
  return found
}

const nameAt = ({ words }: Program, pc: number) => programSet.decode(words[(pc - CODE) >> 2] ?? 0)?.instruction.name

/** Why a run proves nothing; undefined if it does. */
export function openReason(program: Program, ours: Outcome, theirs: Outcome): string | undefined {
  if (ours.end === "alignment") return "an alignment exception, which user-mode QEMU does not have"
  if (ours.stores.size >= MAX_STORES) return "more stores than QEMU's record holds"
  const name = nameAt(program, ours.pc)
  if (ours.end === "access" && theirs.end !== "access") return "an address at which QEMU's program has memory"
  if (ours.end === "access" && /^(?:l|st)(?:mw|sw)/.test(name ?? "")) return "a transfer of several words that faults"
  // Whether its registers overlap depends on XER: an invalid form, which QEMU finds illegal.
  if (theirs.end === "illegal" && nameAt(program, theirs.pc) === "lswx") return "an invalid form of lswx"
  return undefined
}

/** The program as text, with addresses. */
export function listing({ words }: Program): string {
  return words
    .map((word, n) => {
      const decoded = programSet.decode(word)
      const address = CODE + 4 * n
      return `${address.toString(16)}: ${decoded ? disassemble(decoded, address) : `.long ${hex(word)}`}`
    })
    .join("\n")
}
