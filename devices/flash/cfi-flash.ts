// NOR flash with the Intel command set, chips side by side on a 32-bit bus.
// References: JEDEC JESD68.01 (CFI); Intel StrataFlash Memory (J3) datasheet 290667, section 4 (commands and status).
import { type Context, device, type WiresOf, wire } from "../kit/index.ts"

/** `readArray` is high while reads see the contents, so that a bus may map `direct` memory. */
const wires = { readArray: wire.line }

const KiB = 1024
const MiB = 1024 * KiB

const options = {
  bytes: 64 * MiB,
  /** Erase sector of the whole bank, all chips together. */
  sectorBytes: 256 * KiB,
  /** Width of one chip in bytes: 2 makes two interleaved chips, 4 a single one. */
  deviceWidth: 2 as 2 | 4,
  manufacturer: 0x89,
  deviceId: 0x18,
  /** Initial contents, from offset 0; the rest is erased. */
  contents: new Uint8Array(0) as Uint8Array,
}

type Options = typeof options

/** Bits of the status register. */
const SR = { READY: 0x80, ERASE_ERROR: 0x20, PROGRAM_ERROR: 0x10 }
/** Write buffer of one chip: 2^11 bytes. */
const BUFFER_LOG2 = 11

type Mode = "array" | "status" | "identifier" | "query"
/** What the next write is: a command, or a later step of one. */
type Step = "command" | "program" | "erase" | "lock" | "count" | "fill" | "confirm"

const state = ({ contents, sectorBytes }: Options) => ({
  mode: "array" as Mode,
  step: "command" as Step,
  status: SR.READY,
  /** Sectors that are not erased, by number. */
  sectors: cut(contents, sectorBytes),
  /** The write buffer while it fills: its offset in the bank, or -1 before the first word. */
  bufferAt: -1,
  buffer: new Uint8Array(0),
  wordsLeft: 0,
})

type C = Context<WiresOf<typeof wires>, ReturnType<typeof state>, Options>

/** CFI flash bank; its contents survive a reset. */
export const cfiFlash = device({
  name: "cfi-flash",
  wires,
  size: ({ bytes }) => bytes,
  options,
  state,
  keep: ["sectors"],
  array: { read, write },
  drive(c: C) {
    c.wires.readArray.set(c.state.mode === "array")
  },
  direct(c: C, offset) {
    if (c.state.mode !== "array") return undefined
    return contentsAt(c, offset).subarray(offset % c.options.sectorBytes)
  },
  tree: () => ({ compatible: "cfi-flash" }),
})

function cut(contents: Uint8Array, sectorBytes: number): { [sector: number]: Uint8Array } {
  const sectors: { [sector: number]: Uint8Array } = {}
  for (let at = 0; at < contents.length; at += sectorBytes) {
    const sector = new Uint8Array(sectorBytes).fill(0xff)
    sector.set(contents.subarray(at, at + sectorBytes))
    sectors[at / sectorBytes] = sector
  }
  return sectors
}

/** One sector of ones per sector size, shared by all erased sectors and never written. */
const erased = new Map<number, Uint8Array>()

function contentsAt(c: C, offset: number): Uint8Array {
  const { sectorBytes } = c.options
  const sector = c.state.sectors[Math.floor(offset / sectorBytes)]
  if (sector !== undefined) return sector
  let blank = erased.get(sectorBytes)
  if (blank === undefined) erased.set(sectorBytes, (blank = new Uint8Array(sectorBytes).fill(0xff)))
  return blank
}

function read(c: C, offset: number, size: number): number {
  const { mode, status } = c.state
  if (mode === "array") {
    const sector = contentsAt(c, offset)
    const at = offset % c.options.sectorBytes
    let value = 0
    for (let n = 0; n < size; n++) value |= sector[at + n]! << (8 * n)
    return value
  }
  const word = (offset >>> 2) & 0xff
  const chip = mode === "status" ? status : mode === "query" ? query(c.options, word) : identifier(c.options, word)
  return allChips(c, chip) >>> (8 * (offset & 3))
}

/** The same answer from every chip. */
const allChips = (c: C, value: number) => (c.options.deviceWidth === 2 ? value | (value << 16) : value)

function identifier({ manufacturer, deviceId }: Options, word: number): number {
  // Word 2 is the lock state of the block: no block is ever locked.
  return word === 0 ? manufacturer : word === 1 ? deviceId : 0
}

/** The CFI table of one chip (JESD68.01, section 2), with the vendor's table at 0x31. */
function query({ bytes, sectorBytes, deviceWidth }: Options, word: number): number {
  const chips = 4 / deviceWidth
  const blocks = bytes / sectorBytes - 1
  const units = sectorBytes / chips / 256
  const table = new Map([
    [0x10, 0x51], // "QRY"
    [0x11, 0x52],
    [0x12, 0x59],
    [0x13, 0x01], // Intel/Sharp extended command set, its table at 0x31
    [0x15, 0x31],
    [0x1b, 0x45], // 4.5 V to 5.5 V
    [0x1c, 0x55],
    [0x1f, 0x07], // typical times, powers of two: word 128 us, buffer 128 us, block erase 1024 ms
    [0x20, 0x07],
    [0x21, 0x0a],
    [0x23, 0x04], // longest times: 16 times the typical ones
    [0x24, 0x04],
    [0x25, 0x04],
    [0x27, Math.log2(bytes / chips)],
    [0x28, 0x02], // x8 and x16
    [0x2a, BUFFER_LOG2],
    [0x2c, 0x01], // one region of equal blocks
    [0x2d, blocks & 0xff],
    [0x2e, blocks >> 8],
    [0x2f, units & 0xff],
    [0x30, units >> 8],
    [0x31, 0x50], // "PRI", version 1.0, no optional features
    [0x32, 0x52],
    [0x33, 0x49],
    [0x34, 0x31],
    [0x35, 0x30],
    [0x3f, 0x01], // one protection register
  ])
  return table.get(word) ?? 0
}

function write(c: C, offset: number, size: number, value: number): void {
  const { state } = c
  // Chips side by side get the same command. Only the low one is decoded.
  const command = value & 0xff
  const isConfirmed = command === 0xd0
  switch (state.step) {
    case "command":
      start(c, command)
      break
    case "program":
      program(c, offset, bytesOf(value, size))
      finish(c)
      break
    case "erase":
      if (isConfirmed) delete state.sectors[Math.floor(offset / c.options.sectorBytes)]
      finish(c, isConfirmed)
      break
    case "lock":
      // 01 locks, d0 unlocks, 2f locks down: accepted, though no block is ever locked.
      finish(c, isConfirmed || command === 0x01 || command === 0x2f)
      break
    case "count":
      setCount(c, value & 0xffff)
      break
    case "fill":
      fill(c, offset, bytesOf(value, size))
      break
    case "confirm":
      if (isConfirmed) program(c, state.bufferAt, state.buffer)
      finish(c, isConfirmed)
      break
  }
}

/** The effect of each command: what reads see next, and what the next write is. */
const commands = new Map<number, readonly [Mode, Step]>([
  [0xff, ["array", "command"]],
  [0xf0, ["array", "command"]], // the reset of the other command set, which drivers try when they probe
  [0x90, ["identifier", "command"]],
  [0x98, ["query", "command"]],
  [0x70, ["status", "command"]],
  [0x10, ["status", "program"]],
  [0x40, ["status", "program"]],
  [0x20, ["status", "erase"]],
  [0x60, ["status", "lock"]],
  [0xe8, ["status", "count"]],
])

function start(c: C, command: number): void {
  const { state } = c
  const known = commands.get(command)
  if (known !== undefined) {
    state.mode = known[0]
    state.step = known[1]
  } else if (command === 0x50) {
    state.status = SR.READY
  } else if (command !== 0xb0 && command !== 0xd0) {
    // Suspend and resume mean nothing here: no operation takes long enough.
    c.log(`unknown command 0x${command.toString(16)}`)
    state.mode = "array"
  }
}

/** Ends a command; both error bits together mean that its sequence was wrong. */
function finish(c: C, isSound = true): void {
  c.state.step = "command"
  if (!isSound) c.state.status |= SR.ERASE_ERROR | SR.PROGRAM_ERROR
  c.state.buffer = new Uint8Array(0)
  c.state.bufferAt = -1
  c.state.wordsLeft = 0
}

const bufferBytes = (c: C) => (2 ** BUFFER_LOG2 * 4) / c.options.deviceWidth

function setCount(c: C, lastWord: number): void {
  if ((lastWord + 1) * 4 > bufferBytes(c)) {
    finish(c, false)
    return
  }
  c.state.wordsLeft = lastWord + 1
  c.state.bufferAt = -1
  c.state.buffer = new Uint8Array(bufferBytes(c)).fill(0xff)
  c.state.step = "fill"
}

function fill(c: C, offset: number, bytes: readonly number[]): void {
  const { state } = c
  const at = offset % bufferBytes(c)
  if (state.bufferAt < 0) state.bufferAt = offset - at
  // The words of one buffer lie in one aligned buffer's worth of addresses.
  if (state.bufferAt !== offset - at) {
    finish(c, false)
    return
  }
  state.buffer.set(bytes, at)
  if (--state.wordsLeft === 0) state.step = "confirm"
}

function program(c: C, offset: number, bytes: ArrayLike<number>): void {
  const { sectorBytes } = c.options
  const number = Math.floor(offset / sectorBytes)
  const sector = (c.state.sectors[number] ??= new Uint8Array(sectorBytes).fill(0xff))
  // Programming only turns ones into zeros.
  for (let n = 0; n < bytes.length; n++) sector[(offset % sectorBytes) + n]! &= bytes[n]!
}

function bytesOf(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, n) => (value >>> (8 * n)) & 0xff)
}
