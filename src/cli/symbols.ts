// Symbols of a kernel by name and by address, from its System.map.

import { unpack } from "../../firmware/loader/index.ts"
import { readInput } from "./input.ts"
import { UsageError } from "./usage-error.ts"

/** Symbols in order of address. */
export class Symbols {
  readonly #addresses: readonly number[]
  readonly #names: readonly string[]

  constructor(symbols: readonly { readonly address: number; readonly name: string }[]) {
    const sorted = [...symbols].sort((a, b) => a.address - b.address)
    this.#addresses = sorted.map(({ address }) => address)
    this.#names = sorted.map(({ name }) => name)
  }

  /** Address of a symbol; undefined if there is none of that name. */
  find(name: string): number | undefined {
    return this.#addresses[this.#names.indexOf(name)]
  }

  /** `name+0x10` for an address within 1 MiB behind a symbol, else "". */
  nameOf(address: number): string {
    let low = 0
    let high = this.#addresses.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#addresses[middle]! <= address) low = middle + 1
      else high = middle
    }
    const start = this.#addresses[low - 1]
    if (start === undefined || address - start > 1 << 20) return ""
    return this.#names[low - 1]! + (address === start ? "" : `+0x${(address - start).toString(16)}`)
  }
}

/** Reads a System.map (`c0008000 T stext`), which may be compressed. */
export async function readSymbols(path: string): Promise<Symbols> {
  const text = new TextDecoder().decode(await unpack(readInput(path, "The symbol file")))
  const symbols = text.split("\n").flatMap((line) => {
    const match = /^([0-9a-f]{8,16}) [A-Za-z] (\S+)/.exec(line)
    return match ? [{ address: Number.parseInt(match[1]!, 16), name: match[2]! }] : []
  })
  if (symbols.length === 0)
    throw new UsageError(`${path} has no symbols; a System.map has lines like c0008000 T stext.`)
  return new Symbols(symbols)
}
