// The text of a whole program's instructions, held against GNU binutils.

import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { decodeSlot, splitBundle } from "../../../cpu/ia64/index.ts"
import { disassemble } from "../../../cpu/isa/index.ts"
import { findGuest, findTool, skipReason } from "../../support/guests.ts"
import { instructionOf } from "./instruction.ts"

const PROGRAM = "ia64/init-freestanding"
const OBJDUMP = "ia64-linux-gnu-objdump"
const reason = skipReason({ guests: [PROGRAM], tools: [OBJDUMP] })

type Line = { readonly address: bigint; readonly units: string; readonly text: readonly string[] }

// objdump gives a bundle three lines, of which the first names the template; MLX has two.
function bundlesIn(listing: string): Line[] {
  const found: { address: bigint; units: string; text: string[] }[] = []
  for (const line of listing.split("\n")) {
    const match = /^\s*([0-9a-f]+):\t(?:[0-9a-f]{2} )+\s+(?:\[([A-Z]{3})\])?\s*([a-z(].*?)\s*$/.exec(line)
    if (!match) continue
    const [, address, units, text] = match
    if (units) found.push({ address: BigInt(`0x${address}`), units, text: [text!] })
    else found.at(-1)?.text.push(text!)
  }
  return found
}

describe.skipIf(reason !== undefined)("the text of a program", () => {
  it("is that of GNU binutils, or assembles to the same word", () => {
    const file = readFileSync(findGuest(PROGRAM)!)
    const listing = spawnSync(findTool(OBJDUMP)!, ["-d", findGuest(PROGRAM)!], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    }).stdout
    const bundles = bundlesIn(listing)
    const wordsAt = (address: bigint) => (offset: number) => file.readUInt32LE(Number(address & 0xffff_ffffn) + offset)
    const problems: string[] = []
    let same = 0
    let known = 0
    for (const { address, units, text } of bundles) {
      const bundle = splitBundle(wordsAt(address))
      expect(bundle.units).toBe(units)
      for (const [slot, theirs] of text.entries()) {
        const decoded = decodeSlot(bundle, slot)
        if (!decoded) continue
        known++
        const stop = bundle.stops[units === "MLX" && slot === 1 ? 2 : slot] ? ";;" : ""
        const ours = disassemble(decoded, address)
        if (`${ours}${stop}` === theirs) {
          same++
          continue
        }
        try {
          const unit = units === "MLX" && slot === 1 ? "X" : (units[slot] as "M")
          const again = instructionOf(unit, theirs.replace(/;;$/, ""), address)
          if (again.word === decoded.word && again.extension === decoded.extension) continue
          problems.push(`${address.toString(16)}: ${ours} | ${theirs}`)
        } catch (error) {
          problems.push(`${address.toString(16)}: ${ours} | ${theirs} | ${(error as Error).message}`)
        }
      }
    }
    expect(problems).toEqual([])
    expect(same / known).toBeGreaterThan(0.9)
  })
})
