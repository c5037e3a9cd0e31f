// ARM assembly as people write it: the synonyms and short forms that UAL allows beside what disassemblers print
// (ARM DDI 0406C, A8.2 and D2), and the literal loads of the source assembler.

import type { CodeFormat, SourceDialect, Spelling } from "../../isa/index.ts"
import { A32, pcOffset, T32 } from "../registers.ts"

/** Spellings of the modes of load and store multiple, and of RFE and SRS, each line one mode. */
const MULTIPLE = [
  ["ldmia", "ldm", "ldmfd"],
  ["ldmdb", "ldmea"],
  ["ldmib", "ldmed"],
  ["ldmda", "ldmfa"],
  ["stmia", "stm", "stmea"],
  ["stmdb", "stmfd"],
  ["stmib", "stmfa"],
  ["stmda", "stmed"],
  ["rfeia", "rfe", "rfefd"],
  ["rfedb", "rfeea"],
  ["rfeib", "rfeed"],
  ["rfeda", "rfefa"],
  ["srsia", "srs", "srsea"],
  ["srsdb", "srsfd"],
  ["srsib", "srsfa"],
  ["srsda", "srsed"],
] as const

/** Operations on three operands of which the first, the destination, may be left out if it is the second. */
const THREE_OPERANDS =
  /^(?:add|adc|sub|sbc|rsb|rsc|and|orr|orn|eor|bic|mul|lsl|lsr|asr|ror|[su]div|[su]x?t?a?[bh]|rbit)/

/** Operands that may be left out behind the last one: how many are there without them, and what they are then. */
const LAST_OPERANDS: readonly (readonly [mnemonic: RegExp, given: number, last: string])[] = [
  [/^(?:isb|dsb|dmb)/, 0, "sy"],
  [/^(?:bkpt|udf)/, 0, "#0"],
  [/^(?:mcr2?(?!r)|mrc)/, 5, "0"],
]

/** Those that give the same with their operands exchanged, so that the second may be the destination as well. */
const COMMUTATIVE = /^(?:adc|and|eor|mul|orr)/

/** Names of all of a status register that its fields are meant by. */
const WHOLE_STATUS: Readonly<Record<string, string>> = { apsr: "apsr_nzcvq", cpsr: "cpsr_fc", spsr: "spsr_fc" }

/** Operations whose immediate may be replaced by one of another operation. */
const TURNED: readonly (readonly [from: string, to: string, change: (n: number) => number])[] = [
  ["mov", "mvn", (n) => ~n],
  ["mvn", "mov", (n) => ~n],
  ["cmp", "cmn", (n) => -n],
  ["cmn", "cmp", (n) => -n],
  ["add", "sub", (n) => -n],
  ["sub", "add", (n) => -n],
  ["and", "bic", (n) => ~n],
  ["bic", "and", (n) => ~n],
]

type Line = readonly [mnemonic: string, operands: string]
type Place = Parameters<NonNullable<Spelling["respell"]>>[2]
type Add = (mnemonic: string, operands?: string) => void

function respell(mnemonic: string, operands: string, at: Place): Line[] {
  const found: Line[] = []
  const add = (m: string, o = operands) => {
    if (m !== mnemonic || o !== operands) found.push([m, o])
  }
  const condition = /^(.+?)(hs|lo|al)((?:\.\w+)?)$/.exec(mnemonic)
  if (condition) {
    const [, base, name, suffix] = condition
    const plain = base! + { hs: "cs", lo: "cc", al: "" }[name!] + suffix
    found.push([plain, operands], ...respell(plain, operands, at))
  }
  multiple(mnemonic, operands, add)
  const split = operands === "" ? [] : operands.split(/\s*,\s*(?![^[{]*[\]}])/)
  for (const [pattern, given, last] of LAST_OPERANDS)
    if (pattern.test(mnemonic) && split.length === given) add(mnemonic, [...split, last].join(", "))
  // Before there was NOP, a move that changes nothing took its place.
  const idle = /^nop(.*)$/.exec(mnemonic)
  if (idle) add(`mov${idle[1]}`, at.set === "A32" ? "r0, r0" : "r8, r8")
  const [first, second, ...rest] = split
  if (first !== undefined && second !== undefined) {
    if (THREE_OPERANDS.test(mnemonic)) {
      // The factor that is left out is the last.
      add(mnemonic, mnemonic.startsWith("mul") ? `${operands}, ${first}` : [first, first, second, ...rest].join(", "))
      if (first === second && rest.length > 0) add(mnemonic, [first, ...rest].join(", "))
      if (first === rest[0] && COMMUTATIVE.test(mnemonic)) add(mnemonic, `${first}, ${second}`)
    }
    const shift = /^(lsl|lsr|asr|ror)\s+(.+)$/i.exec(rest[0] ?? "")
    const moved = /^mov(.*)$/.exec(mnemonic)
    if (moved && shift) add(`${shift[1]!.toLowerCase()}${moved[1]}`, `${first}, ${second}, ${shift[2]}`)
    if (moved && rest[0]?.toLowerCase() === "rrx") add(`rrx${moved[1]}`, `${first}, ${second}`)
    const shifted = /^(lsl|lsr|asr|ror)(.*)$/.exec(mnemonic)
    if (shifted) {
      const [source, amount] = rest.length > 0 ? [second, rest[0]] : [first, second]
      if (shifted[1] === "lsl" && isZero(amount)) add(`mov${shifted[2]}`, `${first}, ${source}`)
      add(`mov${shifted[2]}`, `${first}, ${source}, ${shifted[1]} ${amount}`)
    }
    const negated = /^neg(.*)$/.exec(mnemonic)
    if (negated) add(`rsb${negated[1]}`, `${first}, ${second}, #0`)
    const reversed = /^rsb(.*)$/.exec(mnemonic)
    if (reversed && isZero(rest[0])) add(`neg${reversed[1]}`, `${first}, ${second}`)
    const whole = mnemonic.startsWith("msr") && WHOLE_STATUS[first.toLowerCase()]
    if (whole) add(mnemonic, `${whole}, ${second}`)
    if (mnemonic.startsWith("vcmp") && isZero(second)) add(mnemonic, `${first}, #0.0`)
    // The only MOVS to the pc that Thumb code has, an exception return.
    if (/^movs/.test(mnemonic) && /^(?:pc|r15)$/i.test(first)) add(mnemonic.replace("mov", "sub"), `${operands}, #0`)
    // In A32 the second register of a pair is not written out by disassemblers.
    if (/^(?:ldr|str)(?:ex)?d/.test(mnemonic)) {
      const all = [first, second, ...rest]
      const at = mnemonic.startsWith("strex") ? 2 : 1
      add(mnemonic, all.filter((_, n) => n !== at).join(", "))
    }
  }
  addressOf(mnemonic, operands, at, add)
  turned(mnemonic, operands, add)
  return found
}

const isZero = (immediate: string | undefined) => /^#(?:0x)?0+$/i.test(immediate ?? "")

/** ADR is the addition of a distance to r15, which is ahead of the instruction, in Thumb state at a multiple of 4. */
function addressOf(mnemonic: string, operands: string, at: Place, add: Add): void {
  const [, condition = "", width = ""] = /^adr(\w*)(\.[nw])?$/.exec(mnemonic) ?? []
  const [, register, label] = /^(\w+)\s*,\s*([\w.$]+)$/.exec(operands) ?? []
  if (!mnemonic.startsWith("adr") || register === undefined) return
  const isA32 = at.set === "A32"
  const here = Number(at.address ?? 0)
  // A symbol that is not known yet is taken to be near.
  const target = /^[0-9]/.test(label!) ? Number(label) : (at.symbol?.(label!) ?? here + pcOffset[A32])
  const distance = target - (isA32 ? here + pcOffset[A32] : (here + pcOffset[T32]) & ~3)
  const wide = isA32 || width === ".n" ? "" : "w"
  add(`add${condition}${width}`, `${register}, r15, #${distance}`)
  add(`${distance < 0 ? "sub" : "add"}${wide}${condition}`, `${register}, r15, #${Math.abs(distance)}`)
}

function multiple(mnemonic: string, operands: string, add: Add): void {
  const [own] = MULTIPLE.flat()
    .filter((name) => mnemonic.startsWith(name))
    .sort((x, y) => y.length - x.length)
  const spellings = MULTIPLE.find((line) => line.some((name) => name === own))
  if (own !== undefined && spellings) {
    const rest = mnemonic.slice(own.length)
    for (const name of spellings) add(name + rest)
    const stack = /^sp\s*!\s*,\s*(\{.*\})$/i.exec(operands)
    if (stack && spellings[0] === "ldmia") add(`pop${rest}`, stack[1])
    if (stack && spellings[0] === "stmdb") add(`push${rest}`, stack[1])
    return
  }
  const stacked = /^(push|pop)(.*)$/.exec(mnemonic)
  const single = /^\{\s*(\w+)\s*\}$/.exec(operands)
  if (stacked && single) {
    if (stacked[1] === "push") add(`str${stacked[2]}`, `${single[1]}, [sp, #-4]!`)
    else add(`ldr${stacked[2]}`, `${single[1]}, [sp], #4`)
  }
  if (stacked) add(`${stacked[1] === "push" ? "stmdb" : "ldmia"}${stacked[2]}`, `sp!, ${operands}`)
}

function turned(mnemonic: string, operands: string, add: Add): void {
  const immediate = /^(.*)#(-?(?:0x[0-9a-f]+|[0-9]+))$/i.exec(operands)
  if (!immediate) return
  const value = immediate[2]![0] === "-" ? -Number(immediate[2]!.slice(1)) : Number(immediate[2])
  for (const [from, to, change] of TURNED) {
    if (mnemonic.startsWith(from)) add(to + mnemonic.slice(from.length), `${immediate[1]}#${change(value)}`)
  }
  if (/^mov(?!w|t)/.test(mnemonic)) add(mnemonic.replace(/^mov/, "movw"))
}

/** How ARM instructions may be written beside their own templates. */
export const armSpelling: Spelling = { widths: { ".n": 2, ".w": 4 }, respell }

/** The source assembler's dialect for ARM. */
export function armDialect(arm: CodeFormat, thumb: CodeFormat): SourceDialect {
  return {
    formats: { ".arm": arm, ".thumb": thumb },
    spelling: armSpelling,
    literal(mnemonic, operands) {
      const match = /^(\w+)\s*,\s*=\s*(.+)$/.exec(operands)
      const condition = /^ldr(.*)$/.exec(mnemonic)?.[1]
      if (!match || condition === undefined) return undefined
      const [, register, expression] = match
      return {
        expression: expression!,
        load: (label) => `${mnemonic} ${register}, ${label}`,
        immediate: (value) => `mov${condition} ${register}, #${value}`,
      }
    },
  }
}
