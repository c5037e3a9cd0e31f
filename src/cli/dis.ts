// `emu dis`: disassembles code: an ELF file's executable segments with its symbols, any other file from its first
// byte, or words given in hexadecimal.

import type { Argv } from "yargs"
import { type Architecture, type ByteOrder, type CodeFormat, disassemble } from "../../cpu/isa/index.ts"
import {
  describeTarget,
  ImageError,
  isOfTarget,
  parseElf,
  recognise,
  targetOf,
  unpack,
} from "../../firmware/loader/index.ts"
import { printable } from "../../firmware/printable.ts"
import { architectureOfTarget } from "../architectures/index.ts"
import {
  addressBits,
  type CodeChoice,
  type CodeText,
  chooseCode,
  codeLine,
  codeOptions,
  codeText,
  compareAddresses,
  parseAddress,
  printLines,
  readNumber,
} from "./code-text.ts"
import { EXIT } from "./exit-codes.ts"
import { readInput } from "./input.ts"
import { UsageError } from "./usage-error.ts"

/** A piece of code to disassemble. */
type Code = {
  readonly address: bigint
  readonly bytes: Uint8Array
  /** Number of the instruction set at the start. */
  readonly set: number
}

/** What a symbol table says about addresses. */
type Symbols = {
  /** Names by address. */
  readonly names: ReadonlyMap<bigint, readonly string[]>
  /** Where code changes its instruction set, by number, or data begins. */
  readonly kinds: ReadonlyMap<bigint, number | "data">
}

/** How code is read and printed. */
type Reading = { readonly isa: Architecture; readonly as: CodeText }

export const options = {
  ...codeOptions,
  hex: { type: "string", describe: 'words ("e0810002 e12fff1e"), in Thumb halfwords' },
} as const

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "dis [file]",
    "disassemble a file (ELF or raw), or words given by --hex",
    (y) => y.positional("file", { type: "string" }).options(options),
    async ({ file, hex, isa, cpu, origin, "machine-code": as }) => {
      const { choice, pieces, symbols } = await readCode(file, hex, { isa, cpu }, origin)
      for (const piece of pieces) await printLines(lines(piece, symbols, { isa: choice.isa, as }))
      done(EXIT.ok)
    },
  )
}

type Input = { readonly choice: CodeChoice; readonly pieces: readonly Code[]; readonly symbols: Symbols }

async function readCode(
  file: string | undefined,
  hex: string | undefined,
  chosen: Parameters<typeof chooseCode>[0],
  origin: string,
): Promise<Input> {
  if (hex !== undefined && file !== undefined) throw new UsageError("Give a file or --hex, not both.")
  const raw = (bytes: (choice: CodeChoice) => Uint8Array): Input => {
    const choice = chooseCode(chosen)
    const address = parseAddress(origin, "origin", addressBits(choice.isa))
    const pieces = [{ address, bytes: bytes(choice), set: choice.set }]
    return { choice, pieces, symbols: { names: new Map(), kinds: new Map() } }
  }
  if (hex !== undefined) return raw(({ isa, set }) => parseHex(hex, isa.formats[set]!, isa.byteOrder))
  if (file === undefined) throw new UsageError("There is nothing to disassemble: give a file or --hex.")
  const bytes = await unpack(await readInput(file, "The file"))
  return recognise(bytes).format === "elf" ? readElf(bytes, chosen) : raw(() => bytes)
}

function parseHex(text: string, { unit }: CodeFormat, byteOrder: ByteOrder): Uint8Array {
  const words = text.split(/[\s,]+/).filter((word) => word !== "")
  if (words.length === 0) throw new UsageError("--hex was given no words.")
  const most = Math.max(8, 2 * unit)
  const bytes = words.flatMap((word) => {
    const digits = word.replace(/^0x/i, "").replaceAll("_", "")
    if (digits.length > most || !/^[0-9a-f]+$/i.test(digits))
      throw new UsageError(`--hex takes words of up to ${most} hex digits, not ${word}.`)
    // An instruction of several units is written first unit first.
    const units = Math.ceil(digits.length / (2 * unit))
    const padded = digits.padStart(2 * unit * units, "0")
    return Array.from({ length: units }, (_, n) => {
      const [...pairs] = padded.slice(2 * unit * n, 2 * unit * (n + 1)).match(/../g)!
      return byteOrder === "little" ? pairs.reverse() : pairs
    }).flat()
  })
  return Uint8Array.from(bytes, (pair) => Number.parseInt(pair, 16))
}

function readElf(bytes: Uint8Array, chosen: Parameters<typeof chooseCode>[0]): Input {
  const target = targetOf(recognise(bytes))!
  const choice = chooseCode(chosen, architectureOfTarget(target))
  const { architecture, isa, set } = choice
  const taken = { ...architecture.takes, byteOrder: isa.byteOrder }
  if (!isOfTarget(target, taken))
    throw new ImageError(`The file holds code for ${describeTarget(target)}; dis reads ${describeTarget(taken)}.`)
  const elf = parseElf(bytes)
  const names = new Map<bigint, string[]>()
  const kinds = new Map<bigint, number | "data">()
  const listed = elf.symbols().flatMap((symbol) => architecture.code.symbol(symbol) ?? [])
  const isMapped = listed.some(({ name }) => name === undefined)
  for (const { address, name, contents } of listed) {
    if (name !== undefined) addName(names, address, printable(name))
    if (contents !== undefined && !(isMapped && name !== undefined)) kinds.set(address, contents)
  }
  const { set: entered } = architecture.code.locate(elf.entry)
  const pieces = elf.segments
    .filter(({ executable }) => executable)
    .map(({ virtualAddress, bytes }) => ({ address: virtualAddress, bytes, set: entered || set }))
  if (pieces.length === 0) throw new ImageError("The ELF file has no executable segment.")
  return { choice, pieces, symbols: { names, kinds } }
}

function addName(names: Map<bigint, string[]>, address: bigint, name: string): void {
  const there = names.get(address)
  if (there) there.push(name)
  else names.set(address, [name])
}

function* lines({ address, bytes, set }: Code, { names, kinds }: Symbols, { isa, as }: Reading): Iterable<string> {
  const { byteOrder } = isa
  const label = labels(names)
  let kind: number | "data" = set
  let context = 0
  for (let at = 0; at < bytes.length; ) {
    const here = BigInt.asUintN(addressBits(isa), address + BigInt(at))
    const name = names.get(here)
    if (name) {
      yield `${at === 0 ? "" : "\n"}${name.join(", ")}:`
      context = 0
    }
    kind = kinds.get(here) ?? kind
    if (kind === "data") {
      const length = dataLength(here, bytes.length - at, kinds, names)
      const piece = bytes.subarray(at, at + length)
      yield codeLine(here, codeText(piece, 4, as, byteOrder), dataText(piece, byteOrder))
      at += length
      continue
    }
    const format = isa.formats[kind]!
    const fetched = at + format.unit <= bytes.length ? fetch(format, bytes, at, context, byteOrder) : undefined
    const length = fetched?.length ?? Math.min(format.unit, bytes.length - at)
    const piece = bytes.subarray(at, at + length)
    const text = fetched?.decoded ? label(disassemble(fetched.decoded, here)) : dataText(piece, byteOrder)
    yield codeLine(here, codeText(piece, format.unit, as, byteOrder), text)
    context = fetched?.context ?? 0
    at += length
  }
}

/** Decodes at an offset; undefined if the bytes end within the instruction. */
function fetch(format: CodeFormat, bytes: Uint8Array, at: number, context: number, byteOrder: ByteOrder) {
  const read = (offset: number) => readNumber(bytes, at + offset, Math.min(format.unit, 4), byteOrder)
  const fetched = format.decode(read, context)
  return at + fetched.length <= bytes.length ? fetched : undefined
}

// Bytes of the next data item: a word, or less if code or a symbol begins within it.
function dataLength(here: bigint, most: number, kinds: Symbols["kinds"], names: Symbols["names"]): number {
  const end = Math.min(4 - Number(here % 4n), most)
  const begins = (at: bigint) => kinds.has(at) || names.has(at)
  let length = 1
  while (length < end && !begins(here + BigInt(length))) length++
  return length
}

function dataText(bytes: Uint8Array, byteOrder: ByteOrder): string {
  const directive = { 4: ".word", 2: ".short" }[bytes.length]
  if (directive) return `${directive} 0x${codeText(bytes, bytes.length, "words", byteOrder)}`
  return `.byte ${[...bytes].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")}`
}

/** Adds the name of its target to a branch. */
function labels(names: Symbols["names"]): (text: string) => string {
  const addresses = [...names.keys()].sort(compareAddresses)
  return (text) => {
    const target = /(?<![#\w])0x([0-9a-f]+)$/.exec(text)
    if (!target || addresses.length === 0) return text
    const value = BigInt(`0x${target[1]}`)
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
    return `${text} @ ${names.get(nearest)![0]}${offset === 0n ? "" : `+0x${offset.toString(16)}`}`
  }
}
