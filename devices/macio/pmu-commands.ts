// The commands of a PMU: how long they and their answers are, and what they do.
// Reference: the tables and handlers of Linux, drivers/macintosh/via-pmu.c; QEMU for what it answers without a battery.
import { type AdbPorts, adbCommand, poll } from "./adb.ts"
import type { PmuState } from "./pmu.ts"

/** Bits of the interrupt byte. With `ADB`, the bit of `PCEJECT` says that a poll found the data. */
export const PMU_INT = { PCEJECT: 0x04, ADB: 0x10, TICK: 0x80 }
const ADB_AUTO = 0x04

/** What carries out a command: the part's state, its ports, whether it has ADB, and the time. */
export type Pmu = {
  readonly state: PmuState
  readonly ports: AdbPorts
  readonly hasAdb: boolean
  readonly nowNs: number
}
type Command = (pmu: Pmu, data: readonly number[]) => readonly number[] | undefined

/** Bytes that follow a command and that its answer has; -1 where the first of them says how many more there are. */
export type Lengths = readonly [sent: number, answered: number]

/** Commands by their lengths. All others have lengths in front: of what is sent, and from 8 to 15 of the answer too. */
const BY_LENGTHS: readonly (readonly [...Lengths, ...commands: number[]])[] = [
  [0, -1, 0x28, 0x29, 0x2f, 0x5c, 0x6c, 0x6d, 0x78, 0x79, 0xdd, 0xec],
  [0, 0, 0x1f, 0x21, 0x51, 0x82, 0xa5, 0xd0, 0xef],
  [0, 1, 0x18, 0x19, 0x48, 0x49, 0x58, 0x98, 0x99, 0xdc, 0xe2, 0xea],
  [0, 2, 0x5a, 0x5b, 0x6a],
  [0, 3, 0x68, 0x69],
  [0, 4, 0x38],
  [0, 5, 0x88],
  [0, 8, 0x6b],
  [0, 20, 0x39],
  [1, 0, 0x10, 0x11, 0x23, 0x24, 0x40, 0x41, 0x4b, 0x4c, 0x50, 0x55, 0x57, 0x59, 0x70, 0x71, 0x72, 0x90, 0xa9],
  [1, 1, 0xa8, 0xd8, 0xd9],
  [2, -1, 0x3a],
  [2, 0, 0x22, 0x52, 0x53, 0x60, 0x91, 0xa0, 0xa1, 0xa2, 0xab],
  [2, 1, 0x3b],
  [3, -1, 0x3c, 0xe8],
  [3, 0, 0x33, 0x56, 0xaa],
  [4, 0, 0x30, 0x3f, 0x80, 0xa3, 0xe1, 0xe5],
  [4, 1, 0x7e, 0x7f],
  [5, 1, 0x7d],
  [20, 0, 0x31],
]

const LENGTHS = new Map<number, Lengths>()
for (const [sent, answered, ...codes] of BY_LENGTHS) for (const code of codes) LENGTHS.set(code, [sent, answered])

/** The lengths of a command. */
export const pmuLengths = (code: number): Lengths => LENGTHS.get(code) ?? [-1, code & 8 ? -1 : 0]

const NS_PER_S = 1e9
const wholeSeconds = (nowNs: number) => Math.floor(nowNs / NS_PER_S)
const isMatt = (data: readonly number[]) => String.fromCharCode(...data) === "MATT"

/** Bytes into the parameter RAM, which wraps. */
function writePram({ state }: Pmu, at: number, bytes: readonly number[]): undefined {
  for (const [n, byte] of bytes.entries()) state.pram[(at + n) & 0xff] = byte
}

const readPram = ({ state }: Pmu, at: number, count: number) =>
  Array.from({ length: count }, (_, n) => state.pram[(at + n) & 0xff]!)

const COMMANDS: { readonly [code: number]: Command } = {
  32: adbPacket,
  // ADB polling off.
  33: ({ state }) => void (state.pollMask = 0),
  // The clock.
  48: ({ state, nowNs }, [a = 0, b = 0, c = 0, d = 0]) =>
    void (state.timeOrigin = (((a << 24) | (b << 16) | (c << 8) | d) - wholeSeconds(nowNs)) >>> 0),
  56: ({ state, nowNs }) => {
    const now = (state.timeOrigin + wholeSeconds(nowNs)) >>> 0
    return [24, 16, 8, 0].map((shift) => (now >>> shift) & 0xff)
  },
  // Parameter RAM: its first twenty bytes, a stretch of it, one byte.
  49: (pmu, data) => writePram(pmu, 0, data),
  57: (pmu) => readPram(pmu, 0, 20),
  50: (pmu, [at = 0, count = 0, ...bytes]) => writePram(pmu, at, bytes.slice(0, count)),
  58: (pmu, [at = 0, count = 0]) => readPram(pmu, at, count),
  51: (pmu, [, at = 0, byte = 0]) => writePram(pmu, at, [byte]),
  59: (pmu, [, at = 0]) => readPram(pmu, at, 1),
  // Battery: on mains, none there; the second form has the layout of its version 3.
  107: () => [0x01, 0, 0, 0, 0, 0, 0, 0],
  111: () => [3, 0x01, 0, 0, 0, 0],
  112: ({ state }, [mask = 0]) => void (state.interruptMask = mask),
  120: acknowledgeInterrupt,
  126: ({ state }, data) => {
    if (isMatt(data)) state.power = "off"
    return [0]
  },
  143: powerEvents,
  // I2C: no device answers.
  154: () => [0xff],
  208: ({ state }) => void (state.power = "reset"),
  // State of a download of firmware, and its version.
  226: () => [0x62],
  234: () => [0x0c],
}

/** Carries out a command; its answer has `length` bytes, or as many as there are if that is -1. */
export function pmuCommand(pmu: Pmu, code: number, data: readonly number[], length: number): number[] {
  const answer = COMMANDS[code]?.(pmu, data) ?? []
  if (length < 0) return [...answer].slice(0, 0xff)
  return Array.from({ length }, (_, n) => answer[n] ?? 0)
}

/** What woke or may wake the machine: reads, sets or clears bits, which nothing else looks at. */
function powerEvents({ state }: Pmu, [what = 0, high = 0, low = 0]: readonly number[]): readonly number[] | undefined {
  const events = what < 3 ? 0 : 1
  const bits = (high << 8) | low
  const now = state.powerEvents[events]!
  if (what === 0 || what === 3) return [now >> 8, now & 0xff]
  if (what === 1 || what === 4) state.powerEvents[events] = now | bits
  if (what === 2 || what === 5) state.powerEvents[events] = now & ~bits
  return undefined
}

/** Gives the interrupt byte and what belongs to it; ADB data come alone and first. */
function acknowledgeInterrupt({ state }: Pmu): readonly number[] {
  const { interrupts } = state
  if (!(interrupts & PMU_INT.ADB)) {
    state.interrupts = 0
    return [interrupts]
  }
  const answer = [PMU_INT.ADB | (state.isAdbPolled ? ADB_AUTO : 0), ...state.adbData]
  state.interrupts &= ~PMU_INT.ADB
  state.adbData = []
  return answer
}

/** An ADB command: its byte, flags, and data behind their length. The answer comes by an interrupt. */
function adbPacket({ state, ports, hasAdb }: Pmu, bytes: readonly number[]): undefined {
  const [command = 0, flags = 0, count = 0, ...data] = bytes
  if (!hasAdb) return
  if (command === 0 && flags === 0x86) {
    state.pollMask = (count << 8) | (data[0] ?? 0)
    return
  }
  const answer = adbCommand(state.adb, ports, [command, ...data.slice(0, count)])
  interruptWith(state, [command, ...(answer ?? [])], false)
}

/** Polls ADB devices, and interrupts with what the first has to say. */
export function pollAdb({ state, ports }: Pmu): void {
  const data = poll(state.adb, ports, state.pollMask)
  if (data !== undefined) interruptWith(state, data, true)
}

function interruptWith(state: PmuState, data: readonly number[], isPolled: boolean): void {
  state.adbData = [...data]
  state.isAdbPolled = isPolled
  state.interrupts |= PMU_INT.ADB
}
