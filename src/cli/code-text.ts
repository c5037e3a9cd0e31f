// What `emu asm` and `emu dis` share: CPU models and instruction sets by name, machine code as text, output in pieces.

import type { Architecture, ByteOrder } from "../../cpu/isa/index.ts"
import { architectureOfModel, architectures, type GuestArchitecture } from "../architectures/index.ts"
import { UsageError } from "./usage-error.ts"

/** Options of both commands. */
export const codeOptions = {
  isa: {
    choices: architectures.flatMap(({ code }) => code.sets),
    type: "string",
    describe: "instruction set at the start; the first of its architecture if not given",
  },
  cpu: {
    choices: architectures.flatMap(({ models }) => models),
    type: "string",
    describe: `CPU model; ${architectures[0]!.models[0]} if nothing tells another`,
  },
  origin: { type: "string", default: "0", describe: "address of the first byte" },
  "machine-code": {
    choices: ["words", "bytes", "none"] as const,
    default: "words" as const,
    describe: "how to print machine code: words (halfwords in Thumb), bytes in order of address, or not at all",
  },
} as const

/** How machine code is printed. */
export type CodeText = (typeof codeOptions)["machine-code"]["choices"][number]

/** The code that a command works on. */
export type CodeChoice = {
  readonly architecture: GuestArchitecture
  readonly model: string
  readonly isa: Architecture
  /** Number of the instruction set at the start. */
  readonly set: number
}

/** The code that the user chose by model and instruction set; what is left open comes from the architecture `usual`. */
export function chooseCode(
  { cpu, isa: name }: { readonly cpu?: string | undefined; readonly isa?: string | undefined },
  usual: GuestArchitecture = architectures.find(({ code }) => name && code.sets.includes(name)) ?? architectures[0]!,
): CodeChoice {
  const architecture = cpu === undefined ? usual : architectureOfModel(cpu)
  const model = cpu ?? architecture.models[0]!
  const set = name === undefined ? 0 : architecture.code.sets.indexOf(name)
  if (set < 0)
    throw new UsageError(`${model} has no instruction set ${name}; --isa takes ${architecture.code.sets.join(", ")}.`)
  return { architecture, model, isa: architecture.isa(model), set }
}

/** Width of an architecture's addresses. */
export const addressBits = ({ addressType }: Architecture): 32 | 64 => (addressType === "i64" ? 64 : 32)

/** Sorts addresses. */
export const compareAddresses = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** An address that the user wrote, in C's notation, of at most `bits` bits. */
export function parseAddress(text: string, option: string, bits: 32 | 64): bigint {
  const digits = /^(?:0x[0-9a-f_]*[0-9a-f]|[0-9]+)$/i.test(text) ? text.replaceAll("_", "") : undefined
  if (digits !== undefined && BigInt(digits) >> BigInt(bits) === 0n) return BigInt(digits)
  throw new UsageError(`--${option} takes an address of ${bits} bits (0x40008000), not ${text}.`)
}

/** Machine code in pieces of `unit` bytes. */
export function codeText(bytes: Uint8Array, unit: number, as: CodeText, byteOrder: ByteOrder): string {
  if (as === "none") return ""
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"))
  if (as === "bytes" || bytes.length % unit !== 0) return digits.join(" ")
  const words: string[] = []
  for (let at = 0; at < digits.length; at += unit) {
    const piece = digits.slice(at, at + unit)
    words.push((byteOrder === "little" ? piece.reverse() : piece).join(""))
  }
  return words.join(" ")
}

/** Reads an unsigned number of `count` bytes; bytes beyond the end are 0. */
export function readNumber(bytes: Uint8Array, at: number, count: number, byteOrder: ByteOrder): number {
  let value = 0
  for (let n = 0; n < count; n++) {
    const next = byteOrder === "big" ? at + n : at + count - 1 - n
    value = value * 256 + (bytes[next] ?? 0)
  }
  return value
}

/** An address in hexadecimal, in eight digits or as many as it takes. */
export const hexAddress = (address: number | bigint): string => address.toString(16).padStart(8, "0")

/** One line: address, machine code, text. */
export function codeLine(address: number | bigint, code: string, text: string): string {
  const column = code === "" ? "" : `${code.padEnd(11)}  `
  return `${hexAddress(address)}  ${column}${text}`.trimEnd()
}

const LINES_AT_ONCE = 1024

/** Prints lines, waiting while the reader is slower. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  let waiting: string[] = []
  const flush = async () => {
    const text = waiting.map((line) => `${line}\n`).join("")
    waiting = []
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve))
  }
  for (const line of lines) {
    if (waiting.push(line) === LINES_AT_ONCE) await flush()
  }
  if (waiting.length > 0) await flush()
}
