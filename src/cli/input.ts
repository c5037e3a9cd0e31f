// Reads the files and values that the command line names. Every mistake becomes one line.

import { constants, openSync, readFileSync, statSync } from "node:fs"
import { Socket } from "node:net"
import { ImageError } from "../../firmware/image-error.ts"

/** Contents of a file that the user named; `what` is its role in messages. */
export async function readInput(path: string, what: string): Promise<Uint8Array> {
  const name = path === "" ? '""' : path
  let bytes: Uint8Array
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw new ImageError(`${what} ${name} is a directory; name a file.`)
    // Reading some devices (/dev/zero) never ends.
    if (!stat.isFile() && !stat.isFIFO()) throw new ImageError(`${what} ${name} is a device; name a file.`)
    bytes = stat.isFIFO() ? await readPipe(path) : readFileSync(path)
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw new ImageError(`${what} ${name} cannot be read: ${reasonOf(error)}.`)
  }
  if (bytes.length === 0) throw new ImageError(`${what} ${name} is empty.`)
  return bytes
}

/** The same for an option that may be left out. */
export async function readOptional(path: string | undefined, what: string): Promise<Uint8Array | undefined> {
  return path === undefined ? undefined : readInput(path, what)
}

/** Maximum number of bytes from a pipe: as much as Node reads from a file. */
const LONGEST_PIPE = 2 ** 31 - 1

// Opening a pipe that has no writer would block, and reading it in a thread would keep the process from ending.
async function readPipe(path: string): Promise<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const pipe = new Socket({ fd, readable: true, writable: false })
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of pipe as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > LONGEST_PIPE) throw Object.assign(new Error("too long"), { code: "EFBIG" })
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** What an error of the system says, for the end of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code !== undefined && REASONS[code]) || String(code ?? message ?? error)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EFBIG: "it is too long",
  EIO: "input/output error",
  EISDIR: "it is a directory",
  ENOENT: "no such file",
  ENOSPC: "no space left on the device",
  ENOTDIR: "not a directory",
  EROFS: "the file system is read-only",
  ENXIO: "nobody has opened it for reading",
}

/** Bytes of memory: a number of MiB, or a number with K, M or G. */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMG]?)i?B?$/i.exec(text.trim())
  const bytes =
    match && Number(match[1]) * ({ K: 1024, M: 1024 ** 2, G: 1024 ** 3 }[match[2]!.toUpperCase()] ?? 1024 ** 2)
  if (!bytes || !Number.isSafeInteger(bytes))
    throw new ImageError(`"${text}" is no size of memory; give MiB, or a number with K, M or G.`)
  return bytes
}

/** A regular expression from the command line. */
export function parsePattern(text: string, option: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new ImageError(
      `--${option} "${text}" is no regular expression: ${(error as Error).message.replace(/^.*: /, "")}.`,
    )
  }
}

/** Text to type: the escapes \\n \\r \\t \\e \\\\ and \\xNN stand for characters. */
export function parseText(text: string): string {
  const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", e: "\x1b", "\\": "\\" }
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (whole, code: string) =>
    code.startsWith("x") && code.length === 3
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (escapes[code] ?? whole),
  )
}

/** A whole number of at least `least`. */
export function parseCount(value: number | undefined, option: string, least: number): number | undefined {
  if (value === undefined) return undefined
  if (Number.isInteger(value) && value >= least) return value
  throw new ImageError(`--${option} takes a whole number of at least ${least}.`)
}

/** A time in seconds. */
export function parseSeconds(value: number | undefined, option: string): number | undefined {
  if (value === undefined) return undefined
  if (Number.isFinite(value) && value > 0) return value
  throw new ImageError(`--${option} takes a number of seconds greater than 0.`)
}
