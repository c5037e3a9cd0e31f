// Results of the opcode exerciser among the guests, as the Ski simulator computed them.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { XzReadableStream } from "xz-decompress"
import { findGuest, skipReason } from "../../support/guests.ts"
import { casesOf, opcodeOf } from "./optest.ts"
import { engines } from "./program.ts"

const RESULTS = "ia64/optest/expected-raw-ski.txt.xz"
const reason = skipReason({ guests: [RESULTS] })
/** Every so manyth case is run; a number that shares no factor with the number of operands. */
const EVERY = 23

async function unpack(file: Uint8Array): Promise<string> {
  const stream = new XzReadableStream(new Blob([Uint8Array.from(file)]).stream())
  return new Response(stream).text()
}

describe.skipIf(reason !== undefined)("the opcode exerciser", () => {
  it.each(engines)("gets the results of another simulator on the %s", { timeout: 60_000 }, async (_, create) => {
    const sections = (await unpack(readFileSync(findGuest(RESULTS)!))).split(/^== /m).slice(1)
    const problems: string[] = []
    let opcodes = 0
    for (const section of sections) {
      const [name, ...lines] = section.split("\n")
      const opcode = opcodeOf(name!)
      if (!opcode) continue
      opcodes++
      for (const { n, about, result } of casesOf(create(), opcode, EVERY)) {
        const line = lines[n]!.trim()
        const expected = opcode.kind === "get" ? line.split(" ")[4] : line
        if (result !== expected) problems.push(`${name} of ${about}: ${result}, not ${expected}`)
      }
    }
    expect(problems).toEqual([])
    expect(opcodes).toBeGreaterThan(200)
  })
})
