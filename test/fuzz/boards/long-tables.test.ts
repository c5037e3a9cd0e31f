// Random long-descriptor tables, used, changed and invalidated on the virt boards of QEMU and the emulator.

import { describe, expect, it } from "vitest"
import { unavailable } from "../../oracle/qemu.ts"
import { compareBoards, noDepartures } from "./board-compare.ts"
import { correctStep, longTables } from "./long-tables.ts"
import { STEP_WORDS } from "./long-tables-harness.ts"

const SEED = 20240103
const CASES = 32
const ADDRESSES = 48

const why = unavailable()

/** STATUS of DFSR and IFSR in the long format (ARM DDI 0406C, table B3-24), by the levels that tables have here. */
const statuses = {
  "translation fault": [0x05, 0x06, 0x07],
  "access flag fault": [0x09, 0x0a, 0x0b],
  "permission fault": [0x0d, 0x0e, 0x0f],
  "external abort": [0x10],
  "external abort on a walk": [0x17],
}

describe.skipIf(why)(`long-descriptor tables${why ? ` (SKIPPED: ${why})` : ""}`, () => {
  it(`work as on QEMU, ${CASES} tables with ${ADDRESSES} addresses each (seed ${SEED})`, async () => {
    const { expected, departures } = await compareBoards(longTables(SEED, CASES, ADDRESSES), STEP_WORDS, correctStep)
    expect(departures).toEqual(noDepartures)
    // The draw leads to every fault.
    const seen = new Set<number>()
    for (let at = 0; at < expected.length; at += STEP_WORDS) seen.add(expected[at + 2]! & 0x3f)
    for (const [name, values] of Object.entries(statuses)) {
      for (const status of values) expect(seen, `${name} 0x${status.toString(16)}`).toContain(status)
    }
  }, 240_000)
})
