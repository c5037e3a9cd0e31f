// `emu dis`: disassembles ARM code: an ELF file's executable segments with its symbols, any other file from its first
// byte, or words given in hexadecimal.

import type { Argv } from "yargs"
import { type CodeFormat, disassemble } from "../../cpu/isa/index.ts"
import { ELF_MACHINE, ImageError, parseElf, recognise, unpack } from "../../firmware/loader/index.ts"
import { type CodeText, codeFormats, codeLine, codeOptions, codeText, parseAddress, printLines } from "./code-text.ts"
import { EXIT } from "./exit-codes.ts"
import { readInput } from "./input.ts"
import { withValue } from "./options.ts"
import { UsageError } from "./usage-error.ts"

type Isa = "arm" | "thumb"

/** Code to disassemble, and what is known about it. */
type Code = {
  readonly address: number
  readonly bytes: Uint8Array
  readonly isa: Isa
}

/** What a symbol table says about addresses. */
type Symbols = {
  /** Names by address. */
  readonly names: ReadonlyMap<number, readonly string[]>
  /** Where code changes its instruction set or data begins (Arm's ELF ABI, mapping symbols). */
  readonly kinds: ReadonlyMap<number, Isa | "data">
}

export const options = {
  ...codeOptions,
  hex: { type: "string", describe: 'words ("e0810002 e12fff1e"), in Thumb halfwords' },
} as const

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "dis [file]",
    "disassemble a file (ELF or raw), or words given by --hex",
    (y) => y.positional("file", { type: "string" }).options(options).requiresArg(withValue(options)),
    async ({ file, hex, isa, cpu, origin, "machine-code": as }) => {
      const formats = codeFormats(cpu)
      const address = parseAddress(origin, "origin")
      const { pieces, symbols } = await readCode(file, hex, isa, address)
      for (const piece of pieces) await printLines(lines(piece, symbols, formats, as))
      done(EXIT.ok)
    },
  )
}

async function readCode(file: string | undefined, hex: string | undefined, isa: Isa, address: number) {
  if (hex !== undefined && file !== undefined) throw new UsageError("Give a file or --hex, not both.")
  const none: Symbols = { names: new Map(), kinds: new Map() }
  if (hex !== undefined) return { pieces: [{ address, bytes: parseHex(hex, isa), isa }], symbols: none }
  if (file === undefined) throw new UsageError("There is nothing to disassemble: give a file or --hex.")
  const bytes = await unpack(readInput(file, "The file"))
  return recognise(bytes).format === "elf" ? readElf(bytes, isa) : { pieces: [{ address, bytes, isa }], symbols: none }
}

function parseHex(text: string, isa: Isa): Uint8Array {
  const bytes: number[] = []
  const put = (value: number, count: number) => {
    for (let n = 0; n < count; n++) bytes.push(Math.floor(value / 256 ** n) % 256)
  }
  const words = text.split(/[\s,]+/).filter((word) => word !== "")
  if (words.length === 0) throw new UsageError("--hex was given no words.")
  for (const word of words) {
    const digits = word.replace(/^0x/i, "").replaceAll("_", "")
    if (!/^[0-9a-f]{1,8}$/i.test(digits)) throw new UsageError(`--hex takes words of up to 8 hex digits, not ${word}.`)
    const value = Number.parseInt(digits, 16)
    if (isa === "arm") put(value, 4)
    else {
      // The first halfword of a long instruction is written first.
      if (digits.length > 4) put(value >>> 16, 2)
      put(value & 0xffff, 2)
    }
  }
  return Uint8Array.from(bytes)
}

function readElf(bytes: Uint8Array, isa: Isa): { pieces: Code[]; symbols: Symbols } {
  const elf = parseElf(bytes)
  if (elf.machine !== ELF_MACHINE.ARM || elf.endian !== "little") {
    const { machineName, endian } = recognise(bytes) as { machineName: string; endian: string }
    throw new ImageError(`The file holds ${endian}-endian ${machineName} code; dis reads little-endian ARM code.`)
  }
  const names = new Map<number, string[]>()
  const kinds = new Map<number, Isa | "data">()
  const mapping = { $a: "arm", $t: "thumb", $d: "data" } as const
  const listed = elf.symbols()
  const isMapped = listed.some(({ name }) => /^\$[atd](\.|$)/.test(name))
  for (const { name, value, kind } of listed) {
    if (kind === "section" || kind === "file") continue
    const mapped = mapping[name.slice(0, 2) as keyof typeof mapping]
    if (mapped && /^..(\.|$)/.test(name)) {
      kinds.set(Number(value), mapped)
      continue
    }
    const isThumb = kind === "function" && value % 2n === 1n
    const at = Number(isThumb ? value - 1n : value)
    names.set(at, [...(names.get(at) ?? []), name])
    if (!isMapped && kind === "function") kinds.set(at, isThumb ? "thumb" : "arm")
  }
  const entryIsThumb = elf.entry % 2n === 1n
  const pieces = elf.segments
    .filter(({ executable }) => executable)
    .map(({ virtualAddress, bytes }) => {
      return { address: Number(virtualAddress), bytes, isa: entryIsThumb ? ("thumb" as const) : isa }
    })
  if (pieces.length === 0) throw new ImageError("The ELF file has no executable segment.")
  return { pieces, symbols: { names, kinds } }
}

function* lines(
  { address, bytes, isa }: Code,
  { names, kinds }: Symbols,
  formats: Readonly<Record<Isa, CodeFormat>>,
  as: CodeText,
): Iterable<string> {
  const label = labels(names)
  let kind: Isa | "data" = isa
  let context = 0
  for (let at = 0; at < bytes.length; ) {
    const here = address + at
    const name = names.get(here)
    if (name) {
      yield `${at === 0 ? "" : "\n"}${name.join(", ")}:`
      context = 0
    }
    kind = kinds.get(here) ?? kind
    if (kind === "data") {
      const length = dataLength(here, bytes.length - at, kinds, names)
      const piece = bytes.subarray(at, at + length)
      yield codeLine(here, codeText(piece, 4, as), dataText(piece))
      at += length
      continue
    }
    const format = formats[kind]
    const fetched = at + format.unit <= bytes.length ? fetch(format, bytes, at, context) : undefined
    const length = fetched?.length ?? Math.min(format.unit, bytes.length - at)
    const piece = bytes.subarray(at, at + length)
    const text = fetched?.decoded ? label(disassemble(fetched.decoded, here)) : dataText(piece)
    yield codeLine(here, codeText(piece, format.unit, as), text)
    context = fetched?.context ?? 0
    at += length
  }
}

/** Decodes at an offset; undefined if the bytes end within the instruction. */
function fetch(format: CodeFormat, bytes: Uint8Array, at: number, context: number) {
  const read = (offset: number) => {
    let value = 0
    for (let n = format.unit - 1; n >= 0; n--) value = value * 256 + (bytes[at + offset + n] ?? 0)
    return value
  }
  const fetched = format.decode(read, context)
  return at + fetched.length <= bytes.length ? fetched : undefined
}

// A word, or what is left of one before something else begins.
function dataLength(here: number, most: number, kinds: Symbols["kinds"], names: Symbols["names"]): number {
  let length = 1
  while (length < Math.min(4 - (here % 4), most) && !kinds.has(here + length) && !names.has(here + length)) length++
  return length
}

function dataText(bytes: Uint8Array): string {
  const directive = { 4: ".word", 2: ".short" }[bytes.length]
  if (directive) return `${directive} 0x${codeText(bytes, bytes.length, "words")}`
  return `.byte ${[...bytes].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")}`
}

/** Adds to a branch the name of its target, or of what it lies in. */
function labels(names: Symbols["names"]): (text: string) => string {
  const addresses = [...names.keys()].sort((a, b) => a - b)
  return (text) => {
    const target = /(?<![#\w])0x([0-9a-f]+)$/.exec(text)
    if (!target || addresses.length === 0) return text
    const value = Number.parseInt(target[1]!, 16)
    let low = 0
    let high = addresses.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (addresses[middle]! <= value) low = middle + 1
      else high = middle
    }
    const nearest = addresses[low - 1]
    if (nearest === undefined) return text
    const offset = value - nearest
    return `${text} @ ${names.get(nearest)![0]}${offset === 0 ? "" : `+0x${offset.toString(16)}`}`
  }
}
