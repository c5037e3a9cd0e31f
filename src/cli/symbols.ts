// Symbols of a guest by name and by address: from a System.map, or from an ELF file.

import {
  type ElfSymbol,
  ImageError,
  parseElf,
  recognise,
  sizeText,
  targetOf,
  unpack,
} from "../../firmware/loader/index.ts"
import { printable } from "../../firmware/printable.ts"
import { architectureOfTarget, type CodeConventions } from "../architectures/index.ts"
import { compareAddresses, parseAddress } from "./code-text.ts"
import { readInput } from "./input.ts"
import { UsageError } from "./usage-error.ts"

/** The option by which a command takes symbols. */
export const symbolsOption = {
  type: "string",
  value: "FILE",
  describe: "names for addresses: System.map, in gzip or not, or an ELF file; those of the image if not given",
} as const

/** A name for an address. */
export type GuestSymbol = {
  readonly name: string
  readonly address: bigint
  /** The address as a branch target, if that differs: its low bits may select the code format. */
  readonly entry?: bigint
}

/** An address that the user named, and the same as a branch target. */
export type Place = { readonly address: bigint; readonly entry: bigint }

/** Maximum distance from a symbol to an address named after it. Few functions are longer, so beyond is other code. */
const REACH = 32n * 1024n

/** Symbols in order of address. */
export class Symbols {
  readonly #sorted: readonly GuestSymbol[]
  readonly #byName: ReadonlyMap<string, GuestSymbol>

  /** Of several symbols at one address, the last gives it its name. */
  constructor(symbols: readonly GuestSymbol[]) {
    this.#sorted = symbols.toSorted((a, b) => compareAddresses(a.address, b.address))
    this.#byName = new Map(this.#sorted.toReversed().map((symbol) => [symbol.name, symbol]))
  }

  /** The address of a symbol; undefined if there is none of that name. */
  find(name: string): Place | undefined {
    const symbol = this.#byName.get(name)
    return symbol && { address: symbol.address, entry: symbol.entry ?? symbol.address }
  }

  /** `name+0x10` for an address within 32 KiB behind a symbol, with the name made printable; else "". */
  nameOf(at: number | bigint): string {
    const address = BigInt(at)
    const sorted = this.#sorted
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]!.address <= address) low = middle + 1
      else high = middle
    }
    const symbol = sorted[low - 1]
    if (!symbol || address - symbol.address > REACH) return ""
    return printable(symbol.name) + (address === symbol.address ? "" : `+0x${(address - symbol.address).toString(16)}`)
  }
}

/** An address as the user wrote it for an option: a number in C's notation, a symbol, or a symbol and an offset. */
export function parsePlace(text: string, option: string, symbols: Symbols, bits: 32 | 64 = 64): Place {
  if (/^[0-9]/.test(text)) {
    const address = parseAddress(text, option, bits)
    return { address, entry: address }
  }
  const [, name, offset] = /^(.+?)(?:\+(0x[0-9a-f]+|[0-9]+))?$/i.exec(text) ?? [undefined, text, undefined]
  const found = symbols.find(name!)
  if (!found) throw new UsageError(`--${option} ${text}: there is no such symbol (--symbols gives them).`)
  const further = BigInt(offset ?? 0)
  return { address: found.address + further, entry: found.entry + further }
}

/** Reads a System.map (`c0008000 T stext`) or the symbols of an ELF file; either may be compressed. */
export async function readSymbols(path: string): Promise<Symbols> {
  const bytes = await unpack(await readInput(path, "The symbol file"))
  const symbols = isElf(bytes) ? elfSymbols(bytes) : mapSymbols(bytes)
  if (symbols.length === 0)
    throw new UsageError(
      `${path} has no symbols; a System.map has lines like c0008000 T stext, an ELF file a symbol table.`,
    )
  return new Symbols(symbols)
}

/** The symbols of the file that the user named; if none is named, those of the image, if it has any. */
export async function guestSymbols(path: string | undefined, image: Uint8Array | undefined): Promise<Symbols> {
  if (path !== undefined) return readSymbols(path)
  const bytes = image && (await unpack(image))
  if (!bytes || !isElf(bytes)) return new Symbols([])
  try {
    return new Symbols(elfSymbols(bytes))
  } catch (error) {
    // The user did not ask for symbols, and the image boots without them.
    if (error instanceof ImageError) return new Symbols([])
    throw error
  }
}

const isElf = (bytes: Uint8Array) => recognise(bytes).format === "elf"

/** Bytes of the largest System.map, several times over. */
const LARGEST_MAP = 64 * 1024 * 1024
const MOST_SYMBOLS = 2_000_000

function mapSymbols(bytes: Uint8Array): GuestSymbol[] {
  if (bytes.length > LARGEST_MAP)
    throw new ImageError(`The symbol file is no ELF file, and ${sizeText(bytes.length)} are too many for a System.map.`)
  const symbols: GuestSymbol[] = []
  // Absolute symbols (A) are numbers, not addresses.
  for (const match of new TextDecoder().decode(bytes).matchAll(/^([0-9a-f]{8,16}) [B-Zb-z] (\S+)/gm)) {
    if (symbols.push({ address: BigInt(`0x${match[1]}`), name: match[2]! }) > MOST_SYMBOLS)
      throw new ImageError(
        `The symbol file has more than ${MOST_SYMBOLS} symbols; leave out those that you do not need.`,
      )
  }
  return symbols
}

// The symbols of an unknown architecture are used unchanged.
const plainSymbol: CodeConventions["symbol"] = ({ name, value, kind }) =>
  kind === "section" || kind === "file" ? undefined : { address: value, name, contents: undefined, entry: value }

function elfSymbols(bytes: Uint8Array): GuestSymbol[] {
  const target = targetOf(recognise(bytes))
  const symbolOf = (target && architectureOfTarget(target)?.code.symbol) ?? plainSymbol
  // At one address, the names of functions and objects say more than labels and linkers' symbols.
  const rank = ({ kind }: ElfSymbol) => (kind === "function" ? 2 : kind === "object" ? 1 : 0)
  const listed = parseElf(bytes).symbols()
  listed.sort((a, b) => rank(a) - rank(b))
  return listed.flatMap((listed) => {
    const symbol = symbolOf(listed)
    return symbol?.name === undefined ? [] : [{ name: symbol.name, address: symbol.address, entry: symbol.entry }]
  })
}
