// `emu asm`: assembles source, GNU syntax, into a listing or a file of bytes.

import { readFileSync, writeFileSync } from "node:fs"
import type { Argv } from "yargs"
import {
  type AssembledSource,
  assembleSource,
  type ByteOrder,
  type SourceDialect,
  SourceError,
} from "../../cpu/isa/index.ts"
import type { SystemError } from "../host/outlet.ts"
import { type CodeText, chooseCode, codeLine, codeOptions, codeText, parseAddress, printLines } from "./code-text.ts"
import { OutputError } from "./errors.ts"
import { EXIT } from "./exit-codes.ts"
import { readInput, reasonOf } from "./input.ts"
import { UsageError } from "./usage-error.ts"

export const options = {
  ...codeOptions,
  e: { type: "string", array: true, nargs: 1, describe: 'a line of source ("add r0, r1, #4"); repeatable' },
  o: { type: "string", describe: "write the bytes to that file instead of printing a listing" },
} as const

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "asm [file]",
    "assemble source (a file, - for standard input, or -e)",
    (y) => y.positional("file", { type: "string" }).options(options),
    async ({ file: given, isa, cpu, origin, e, o, "machine-code": as }) => {
      // The parser hands a lone - over as an empty word.
      const file = given === "" ? "-" : given
      const source = await readSource(file, e)
      const choice = chooseCode({ cpu, isa })
      const dialect = choice.architecture.code.dialect(choice.model, choice.set)
      const name = file === undefined || file === "-" ? "source" : file
      const assembled = assemble(source, dialect, name, Number(parseAddress(origin, "origin", 32)))
      if (o === undefined) await printLines(listing(source, assembled, as, choice.isa.byteOrder))
      else writeOutput(o, assembled.bytes)
      done(EXIT.ok)
    },
  )
}

async function readSource(file: string | undefined, lines: readonly string[] | undefined): Promise<string> {
  if (lines !== undefined && file !== undefined) throw new UsageError("Give a file or -e, not both.")
  if (lines !== undefined) return lines.join("\n")
  if (file === undefined)
    throw new UsageError("There is nothing to assemble: give a file, - for standard input, or -e.")
  const bytes = file === "-" ? readFileSync(0) : await readInput(file, "The source")
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`The source ${file} is no text.`)
  }
}

function assemble(source: string, dialect: SourceDialect, file: string, origin: number): AssembledSource {
  try {
    return assembleSource(source, dialect, { file, origin })
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const [first, ...others] = error.problems
    throw new UsageError(others.length === 0 ? first! : `${first} (and ${others.length} more)`)
  }
}

/** Bytes of data on one line of a listing. */
const DATA_BYTES = 4

function* listing(
  source: string,
  { bytes, origin, listing }: AssembledSource,
  as: CodeText,
  order: ByteOrder,
): Iterable<string> {
  const lines = source.split(/\r?\n/)
  for (const { line, address, length, format } of listing) {
    const text = line === undefined ? "" : lines[line - 1]!.trim()
    const step = format ? length : DATA_BYTES
    for (let at = 0; at < length; at += step) {
      const start = address - origin + at
      const piece = bytes.subarray(start, start + Math.min(step, length - at))
      yield codeLine((address + at) >>> 0, codeText(piece, format?.unit ?? DATA_BYTES, as, order), at === 0 ? text : "")
    }
  }
}

function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    const { code } = error as SystemError
    // A full disk is no mistake of the user.
    if (code === "ENOSPC" || code === "EIO") throw new OutputError(path, error as SystemError)
    throw new UsageError(`${path} cannot be written: ${reasonOf(error)}.`)
  }
}
