// Replays a recorded run of a Linux user program and compares all registers after every instruction.

import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { AR_NUMBER, state } from "../../../cpu/ia64/index.ts"
import { findGuest, skipReason } from "../../support/guests.ts"
import { type Dump, parseDumps } from "./golden.ts"
import type { Machine } from "./machine.ts"
import { engines } from "./program.ts"

const PROGRAM = "ia64/init-freestanding"
const TRACE = "ia64/golden/init-noos-g1.txt.gz"
const reason = skipReason({ guests: [PROGRAM, TRACE] })
const { AR, BOF, BR, CPL, FR_EXP, FR_SIG, GR, GRNAT, PR, RRB_FR, RRB_GR, RRB_PR, SOF, SOL, SOR } = state.files

/** Loads the segments of an ELF program; gives its entry point. */
function loadProgram(machine: Machine, file: Uint8Array): bigint {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const headers = Number(view.getBigUint64(32, true))
  for (let n = 0; n < view.getUint16(56, true); n++) {
    const at = headers + n * view.getUint16(54, true)
    if (view.getUint32(at, true) !== 1) continue
    const offset = Number(view.getBigUint64(at + 8, true))
    const address = view.getBigUint64(at + 16, true)
    const bytes = Number(view.getBigUint64(at + 32, true))
    for (let i = 0; i < bytes; i++) machine.setByte(address + BigInt(i), file[offset + i]!)
  }
  return view.getBigUint64(24, true)
}

/** argc, argv and the strings, as a process finds them. */
function setArguments(machine: Machine, at: bigint, words: readonly string[]): void {
  machine.write(at, 8, BigInt(words.length))
  let text = 0x9fffffffffffffd1n
  for (const [n, word] of words.entries()) {
    machine.write(at + 8n + BigInt(8 * n), 8, text)
    for (const byte of new TextEncoder().encode(`${word}\0`)) machine.setByte(text++, byte)
  }
}

const UNAME = 1130n

/** What uname told the recorded program: five strings of 65 bytes. */
function writeStrings(machine: Machine, at: bigint): void {
  for (const [n, text] of ["Linux", "vm", "3.2.18", "#1 SMP PREEMPT_DYNAMIC @0", "ia64"].entries()) {
    for (const [i, byte] of new TextEncoder().encode(text).entries()) machine.setByte(at + BigInt(65 * n + i), byte)
  }
}

const unsigned = (value: number | bigint) => BigInt.asUintN(64, BigInt(value))

// Physical place of a general register, independently of the code under test.
function physical(machine: Machine, r: number): number {
  return r < 32 ? r : 32 + ((r - 32 + machine.state.get(BOF)) % 96)
}

/** What differs between the machine and a dump, a line each. */
function differences(machine: Machine, dump: Dump): string[] {
  const { state: s } = machine
  const found: string[] = []
  const check = (name: string, actual: number | bigint, expected: number | bigint) => {
    if (unsigned(actual) !== unsigned(expected))
      found.push(`${name} is ${unsigned(actual).toString(16)}, not ${unsigned(expected).toString(16)}`)
  }
  check("ip", machine.pc & ~15n, dump.ip)
  for (const [p, value] of dump.predicates.entries()) if (p > 0) check(`p${p}`, s.get(PR, p), value)
  for (const [n, value] of dump.branch.entries()) check(`b${n}`, s.getLong(BR, n), value)
  for (const [r, value] of dump.general.entries()) {
    check(`r${r}`, s.getLong(GR, physical(machine, r)), value)
    check(`nat${r}`, s.get(GRNAT, physical(machine, r)), 0)
  }
  for (const [n, value] of dump.floating.entries()) {
    check(`f${n}`, (BigInt(s.get(FR_EXP, n)) << 64n) | unsigned(s.getLong(FR_SIG, n)), value)
  }
  for (const name of ["lc", "ec", "bsp", "bspstore", "unat", "fpsr"] as const)
    check(name, s.getLong(AR, AR_NUMBER[name]), dump[name])
  const frame = [s.get(RRB_PR), s.get(RRB_FR), s.get(RRB_GR), s.get(SOR) / 8, s.get(SOL), s.get(SOF)]
  for (const [n, value] of dump.frame.entries()) check(`frame[${n}]`, frame[n]!, value)
  check("bol", s.get(BOF), dump.bol)
  return found
}

describe.skipIf(reason !== undefined)("a recorded run of a user program", () => {
  it.each(engines)("is repeated register by register on the %s", (_, create) => {
    const machine = create()
    const { state: s } = machine
    machine.pc = loadProgram(machine, readFileSync(findGuest(PROGRAM)!))
    const dumps = parseDumps(gunzipSync(readFileSync(findGuest(TRACE)!)).toString())
    // What Ski gives a process at its start.
    s.setLong(GR, 12, BigInt.asIntN(64, 0x9ffffffffffffeb0n))
    s.setLong(AR, AR_NUMBER.bsp, BigInt.asIntN(64, 0x9fffffff7f600000n))
    s.setLong(AR, AR_NUMBER.bspstore, BigInt.asIntN(64, 0x9fffffff7f600000n))
    s.setLong(AR, AR_NUMBER.fpsr, 0n)
    s.set(CPL, 0, 3)
    setArguments(machine, 0x9ffffffffffffec0n, ["init-freestanding", "noos"])
    let steps = 0
    for (const dump of dumps) {
      const { pc } = machine
      const outcome = machine.step()
      const at = `instruction ${steps + 1}, at ${pc.toString(16)}`
      if (outcome.kind === "raise") {
        expect(outcome.exception, at).toBe("breakInstruction")
        // A system call: its results are the kernel's.
        if (s.getLong(GR, 15) === UNAME) writeStrings(machine, unsigned(dump.general[33]!))
        for (const r of [8, 9, 10, 11]) s.setLong(GR, r, BigInt.asIntN(64, dump.general[r]!))
        machine.pc = pc + (pc % 16n === 2n ? 14n : 1n)
      }
      expect(differences(machine, dump), at).toEqual([])
      steps++
    }
    expect(steps).toBe(1500)
  })
})
