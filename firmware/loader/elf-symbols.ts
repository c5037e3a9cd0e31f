// ELF symbol tables (System V ABI, chapter 4, "Symbol Table").

import type { ByteReader } from "../byte-reader.ts"
import { ImageError } from "../image-error.ts"

/** One named symbol; `value` is an address in executables, `size` in bytes. */
export interface ElfSymbol {
  name: string
  value: bigint
  size: bigint
  kind: "none" | "object" | "function" | "section" | "file" | "other"
  binding: "local" | "global" | "weak" | "other"
}

const SHT_SYMTAB = 2
const SHT_DYNSYM = 11
const LONGEST_NAME = 4096

// Names may share their bytes, so a small file can make an enormous amount of text.
const ALL_NAMES = 64 * 1024 * 1024
/** Symbols of the largest programs, several times over; each takes some 200 bytes here. */
const MOST_SYMBOLS = 2_000_000

const KINDS = ["none", "object", "function", "section", "file"] as const
const BINDINGS = ["local", "global", "weak"] as const

interface Section {
  type: number
  link: number
  offset: number
  size: number
  entryBytes: number
}

/** The named symbols of `file`, from .symtab or else .dynsym; empty without either. */
export function readSymbols(file: ByteReader, width: 32 | 64): ElfSymbol[] {
  const sections = readSections(file, width === 64)
  const table = sections.find(({ type }) => type === SHT_SYMTAB) ?? sections.find(({ type }) => type === SHT_DYNSYM)
  if (!table) return []
  const names = sections[table.link]
  if (!names) throw damaged("symbol table refers to a string table that is not there")
  const least = width === 64 ? 24 : 16
  if (table.entryBytes < least) throw damaged(`symbols have ${table.entryBytes} bytes each`)
  file.require(table.offset, table.size, "symbol table")
  file.require(names.offset, names.size, "symbol names")
  const symbols: ElfSymbol[] = []
  let text = 0
  for (let at = table.offset; at + least <= table.offset + table.size; at += table.entryBytes) {
    const nameAt = file.u32(at, "symbol table")
    if (nameAt === 0) continue
    if (nameAt >= names.size) throw damaged("symbol has its name outside the string table")
    const name = file.cString(names.offset + nameAt, Math.min(LONGEST_NAME, names.size - nameAt), "symbol name")
    text += name.length
    if (text > ALL_NAMES) throw damaged("symbol names take more than 64 MiB")
    if (symbols.length >= MOST_SYMBOLS) throw damaged(`symbols are more than ${MOST_SYMBOLS}`)
    symbols.push({ name, ...readValue(file, at, width === 64) })
  }
  return symbols
}

function readValue(file: ByteReader, at: number, wide: boolean): Omit<ElfSymbol, "name"> {
  const what = "symbol table"
  const info = file.u8(at + (wide ? 4 : 12), what)
  return {
    value: wide ? file.u64(at + 8, what) : BigInt(file.u32(at + 4, what)),
    size: wide ? file.u64(at + 16, what) : BigInt(file.u32(at + 8, what)),
    kind: KINDS[info & 15] ?? "other",
    binding: BINDINGS[info >> 4] ?? "other",
  }
}

function readSections(file: ByteReader, wide: boolean): Section[] {
  const tableAt = wide ? file.offset64(40, "section header offset") : file.u32(32, "header")
  if (tableAt === 0) return []
  const entryBytes = file.u16(wide ? 58 : 46, "header")
  if (entryBytes < (wide ? 64 : 40)) throw damaged(`section headers have ${entryBytes} bytes each`)
  const what = "section headers"
  const read = (at: number): Section => ({
    type: file.u32(at + 4, what),
    offset: wide ? file.offset64(at + 24, "section offset") : file.u32(at + 16, what),
    size: wide ? file.offset64(at + 32, "section size") : file.u32(at + 20, what),
    link: file.u32(at + (wide ? 40 : 24), what),
    entryBytes: wide ? file.offset64(at + 56, "section entry size") : file.u32(at + 36, what),
  })
  // A count of zero means that the real one did not fit 16 bits: the size of section 0 has it.
  const count = file.u16(wide ? 60 : 48, "header") || read(tableAt).size
  file.require(tableAt, count * entryBytes, what)
  return Array.from({ length: count }, (_, i) => read(tableAt + i * entryBytes))
}

function damaged(problem: string): ImageError {
  return new ImageError(`ELF file is damaged: its ${problem}; get the file again or strip it.`)
}
