// The walkers, the permission checks and the fault status tables against QEMU's answers about random tables.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { type AccessKind, FETCH, type GuestFault, READ, WRITE } from "../../mmu/access.ts"
import { type PhysicalAddress, virtualAddress } from "../../mmu/address.ts"
import { Domains, INITIAL_DOMAIN_ACCESS } from "../../mmu/arm/domains.ts"
import { faultStatus } from "../../mmu/arm/fault-status.ts"
import { armTranslationRegisters } from "../../mmu/arm/translation.ts"
import { armWalker } from "../../mmu/arm/walker.ts"
import { mmuCounters } from "../../mmu/counters.ts"
import { PermissionGroups } from "../../mmu/permission-groups.ts"
import { ShadowTables } from "../../mmu/shadow.ts"
import { Translation } from "../../mmu/translation.ts"
import { ANSWERS, answersFile } from "./answers.ts"
import { REGIMES } from "./board.ts"
import { type TableCase, type TableFormat, tableCases } from "./random-tables.ts"

const FAULT = 0x8000_0000
/** Kind, privileged, and offset from the address, of each of the six answers. */
const QUESTIONS: readonly (readonly [AccessKind, number, number])[] = [
  [READ, 1, 4],
  [WRITE, 1, 4],
  [READ, 0, 4],
  [WRITE, 0, 4],
  [FETCH, 1, 0],
  [FETCH, 0, 0],
]
const noTlb = { dropPage() {}, dropAll() {}, dropRange() {}, dropGroup() {} }

function translationOf(c: TableCase, faults: (fault: GuestFault) => void): Translation {
  const registers = Object.assign(armTranslationRegisters(), c, { mair0: c.prrr, mair1: c.nmrr })
  const read32 = (pa: PhysicalAddress) => (pa >= 0xf000_0000 ? undefined : (c.words[(pa - c.at) / 4] ?? 0))
  const counters = mmuCounters()
  const shadow = new ShadowTables(noTlb, counters, { addressType: "i32", hasGroups: true })
  const groups = new PermissionGroups({ tlb: noTlb, levels: 2, counters, initial: INITIAL_DOMAIN_ACCESS })
  const walker = armWalker(c.model, registers, read32)
  const translation = new Translation({ regimes: REGIMES, walker, shadow, groups, counters, faults })
  new Domains(groups).setDacr(c.dacr)
  return translation
}

/**
 * Where QEMU's order of checks is not that of the manual (DDI 0406C, B3.19): it looks at the domain before the second level
 * and the access flag, ignores the access flag in a Manager's domain, and looks at XN before the access flag.
 */
function qemuDiffers(c: TableCase, fault: GuestFault, answer: number): boolean {
  const access = (c.dacr >>> (2 * (fault.group ?? 0))) & 3
  const status = answer & 0x40f
  if (answer >= FAULT && (status === 0b01001 || status === 0b01011)) {
    return (access & 1) === 0 && (fault.level === 2 || fault.kind === "accessFlag")
  }
  if (fault.kind !== "accessFlag") return false
  return answer < FAULT ? access === 3 : fault.fetch && (status === 0b01101 || status === 0b01111)
}

describe.each(["short", "long", "v5"] as const)("the %s-format walker", (format: TableFormat) => {
  const { cases, queries } = ANSWERS[format]
  const answers = readFileSync(answersFile(format), "utf8").trimEnd().split("\n")
  it.each(tableCases(format, cases, queries).map((c, n) => [n, c] as const))(
    "answers as QEMU does in case %i",
    (n, c) => {
      const faults: GuestFault[] = []
      const translation = translationOf(c, (fault) => faults.push(fault))
      for (const [i, va] of c.queries.entries()) {
        const words = answers[n * queries + i]!.split(" ").map((word) => Number.parseInt(word, 16))
        for (const [q, [kind, privileged, offset]] of QUESTIONS.entries()) {
          faults.length = 0
          const pa = translation.translate(virtualAddress(va + offset), kind, privileged)
          const fault = faults[0]
          if (fault !== undefined && format !== "long" && qemuDiffers(c, fault, words[q]!)) continue
          // QEMU puts the domain into IFSR[7:4], reserved in ARMv7, and into DFSR on a first-level translation fault of ARMv5.
          const isInvalid = fault !== undefined && fault.kind === "translation" && fault.level === 1
          const hasExtraDomain = format === "short" ? kind === FETCH : format === "v5" && isInvalid
          const reserved = hasExtraDomain && words[q]! >= FAULT ? words[q]! & 0xf0 : 0
          const expected = words[q]! - reserved
          const where = { long: format === "long", v5: format === "v5", write: kind === WRITE, fetch: kind === FETCH }
          const got = fault !== undefined ? (FAULT | faultStatus(fault, where)) >>> 0 : kind === READ ? pa - offset : 1
          const what = `${va.toString(16)} question ${q}`
          expect(`${what}: ${got.toString(16)}`).toBe(`${what}: ${expected.toString(16)}`)
        }
      }
    },
  )
})
