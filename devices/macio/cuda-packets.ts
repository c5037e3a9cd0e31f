// CUDA's packets: commands of the host and what CUDA answers. Reference: Apple's CUDA ERS, as in cuda.ts.
import { type AdbPorts, adbCommand, isServiceRequested, isTalk } from "./adb.ts"
import type { CudaState } from "./cuda.ts"

/** Types of packets. */
export const PACKET = { ADB: 0, PSEUDO: 1, ERROR: 2, TICK: 3 }
/** Codes of an error packet. */
const ERROR = { PACKET: 1, COMMAND: 2, SIZE: 3, PARAMETER: 4, I2C: 5 }
/** Flags of an ADB packet. */
const ADB_FLAG = { SERVICE_REQUEST: 1, TIMEOUT: 2 }
/** Where the parameter RAM lies in the memory of the microcontroller. */
const PRAM_AT = 0x100

/** A packet to the host. With `streamAt` it goes on until the host ends it: from that byte of the PRAM, or zeros if -1. */
export type Reply = { readonly bytes: readonly number[]; readonly streamAt?: number }

/** What a pseudo command answers: bytes after the header, an open end, or an error code. */
type Answer = { readonly bytes?: readonly number[]; readonly streamAt?: number; readonly error?: number }
type Command = (s: CudaState, data: readonly number[], nowNs: number) => Answer | undefined

const NS_PER_S = 1e9
const seconds = (s: CudaState, nowNs: number) => (s.timeOrigin + Math.floor(nowNs / NS_PER_S)) >>> 0
const word = ([high = 0, low = 0]: readonly number[]) => (high << 8) | low
const long = (data: readonly number[]) => ((word(data) << 16) | word(data.slice(2))) >>> 0
const longBytes = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff)
const acknowledge: Command = () => undefined
const noDevice: Command = () => ({ error: ERROR.I2C })

/** Bytes into the parameter RAM, which wraps. */
function writePram(s: CudaState, at: number, bytes: readonly number[]): void {
  for (const [n, byte] of bytes.entries()) s.pram[(at + n) & 0xff] = byte
}

const COMMANDS: { readonly [code: number]: Command } = {
  // Warm start.
  0: (s) => {
    s.isPolling = false
    s.secondMode = 0
    return undefined
  },
  // Start or stop polling.
  1: (s, [on = 0]) => {
    s.isPolling = on !== 0
    return undefined
  },
  // Read the microcontroller's memory.
  2: (_, data) => {
    const offset = word(data) - PRAM_AT
    return { streamAt: offset >= 0 && offset < 0x100 ? offset : -1 }
  },
  3: (s, _, nowNs) => ({ bytes: longBytes(seconds(s, nowNs)) }),
  // Read parameter RAM.
  7: (_, data) => (word(data) < 0x100 ? { streamAt: word(data) } : { error: ERROR.PARAMETER }),
  // Write the microcontroller's memory.
  8: (s, data) => {
    const offset = word(data) - PRAM_AT
    if (offset >= 0 && offset < 0x100) writePram(s, offset, data.slice(2))
    return undefined
  },
  // Set the time.
  9: (s, data, nowNs) => {
    if (data.length < 4) return { error: ERROR.PARAMETER }
    s.timeOrigin = (long(data) - Math.floor(nowNs / NS_PER_S)) >>> 0
    return undefined
  },
  10: (s) => {
    s.power = "off"
    return undefined
  },
  // The time at which to power up, which the machine does not do by itself.
  11: acknowledge,
  // Write parameter RAM.
  12: (s, data) => {
    if (word(data) >= 0x100) return { error: ERROR.PARAMETER }
    writePram(s, word(data), data.slice(2))
    return undefined
  },
  // Monostable reset, sound chip, battery: parts that the machine does not have.
  13: acknowledge,
  14: acknowledge,
  16: acknowledge,
  // Restart the system.
  17: (s) => {
    s.power = "reset"
    return undefined
  },
  // Interrupt level, and the flag of a file server.
  18: acknowledge,
  19: acknowledge,
  // Set and get the milliseconds between polls.
  20: (s, [ms = 0]) => {
    if (ms === 0) return { error: ERROR.PARAMETER }
    s.pollMs = ms
    return undefined
  },
  22: (s) => ({ bytes: [s.pollMs] }),
  // Set and get the addresses to poll.
  25: (s, data) => {
    if (data.length < 2) return { error: ERROR.PARAMETER }
    s.pollMask = word(data)
    return undefined
  },
  26: (s) => ({ bytes: [s.pollMask >> 8, s.pollMask & 0xff] }),
  // What is sent each second.
  27: (s, [mode = 0]) => {
    s.secondMode = mode <= 3 ? mode : 0
    s.isFirstSecond = true
    return undefined
  },
  // Power messages, wake-up, the watchdog that powers off, an output bit.
  33: acknowledge,
  35: acknowledge,
  36: acknowledge,
  38: acknowledge,
  // I2C transfers, simple and combined: no device answers.
  34: noDevice,
  37: noDevice,
}

/** Carries out a packet of the host; what CUDA answers. */
export function cudaPacket(s: CudaState, ports: AdbPorts, packet: readonly number[], nowNs: number): Reply {
  const [type = 0, code = 0, ...data] = packet
  const failed = (error: number) => ({ bytes: [PACKET.ERROR, error, type, code] })
  if (packet.length < 2) return failed(ERROR.SIZE)
  if (type === PACKET.ADB) return adbPacket(s, ports, packet.slice(1))
  if (type !== PACKET.PSEUDO) return failed(ERROR.PACKET)
  const run = COMMANDS[code]
  if (run === undefined) return failed(ERROR.COMMAND)
  const { bytes = [], error, streamAt } = run(s, data, nowNs) ?? {}
  if (error !== undefined) return failed(error)
  return { bytes: [PACKET.PSEUDO, 0, code, ...bytes], ...(streamAt === undefined ? {} : { streamAt }) }
}

function adbPacket(s: CudaState, ports: AdbPorts, bytes: readonly number[]): Reply {
  const command = bytes[0]!
  const answer = adbCommand(s.adb, ports, bytes)
  const timeout = isTalk(command) && answer === undefined ? ADB_FLAG.TIMEOUT : 0
  const request = isServiceRequested(s.adb, ports, command >> 4) ? ADB_FLAG.SERVICE_REQUEST : 0
  return { bytes: [PACKET.ADB, timeout | request, command, ...(answer ?? [])] }
}

/** The packet of a new second: with the time, as a header alone, or as a tick, by the mode. The first has the time. */
export function secondPacket(s: CudaState, nowNs: number): Reply {
  const header = [PACKET.PSEUDO, 0, 0x03]
  const mode = s.isFirstSecond ? 1 : s.secondMode
  s.isFirstSecond = false
  if (mode === 1) return { bytes: [...header, ...longBytes(seconds(s, nowNs))] }
  return { bytes: mode === 2 ? header : [PACKET.TICK] }
}
