// A listing of an FCode program: position, bytes, names (IEEE 1275-1994, section 5.3.3 and annex H).

import { BUILT_IN } from "../words/index.ts"

const NAMES: ReadonlyMap<number, string> = new Map(
  BUILT_IN.flatMap(({ name, fcode }) => (fcode === undefined ? [] : [[fcode, name] as const])),
)

/** What stands behind a token in the program. */
type Operand = "header" | "cell" | "token" | "string" | "offset" | "named token" | "id"

const OPERANDS: Readonly<Record<string, Operand>> = {
  start0: "header",
  start1: "header",
  start2: "header",
  start4: "header",
  version1: "header",
  "4-byte-id": "id",
  "b(lit)": "cell",
  "b(')": "token",
  "b(to)": "token",
  'b(")': "string",
  bbranch: "offset",
  "b?branch": "offset",
  "b(loop)": "offset",
  "b(+loop)": "offset",
  "b(do)": "offset",
  "b(?do)": "offset",
  "b(of)": "offset",
  "b(endof)": "offset",
  "new-token": "token",
  "named-token": "named token",
  "external-token": "named token",
}

/** Reads bytes in order; 0 behind the end. */
class Reader {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  number(bytes: number): number {
    let value = 0
    for (let i = 0; i < bytes; i++) value = value * 256 + (this.#bytes[this.at++] ?? 0)
    return value
  }

  token(): number {
    const first = this.number(1)
    return first > 0 && first < 0x10 ? (first << 8) | this.number(1) : first
  }

  text(): string {
    return Array.from({ length: this.number(1) }, () => String.fromCharCode(this.number(1))).join("")
  }
}

/** The lines of a listing of a program in consecutive bytes. It ends at end0, at end1 or with the bytes. */
export function listFcode(program: Uint8Array): string[] {
  const reader = new Reader(program)
  const own = new Map<number, string>()
  const lines: string[] = []
  let offsetBytes = 1
  const nameOf = (fcode: number) => own.get(fcode) ?? NAMES.get(fcode) ?? `(fcode ${fcode.toString(16)})`
  while (!reader.isAtEnd) {
    const start = reader.at
    const fcode = reader.token()
    const name = nameOf(fcode)
    const line = `${start.toString(16).padStart(4, "0")}: ${name}`
    if (/^(?:start\d|offset16)$/.test(name)) offsetBytes = 2
    lines.push(`${line} ${operand(name)}`.trimEnd())
    if (fcode === 0 || fcode === 0xff) break
  }
  return lines

  function operand(name: string): string {
    switch (OPERANDS[name]) {
      case "header": {
        const format = reader.number(1)
        const checksum = reader.number(2).toString(16).padStart(4, "0")
        return `format ${format}, checksum ${checksum}, ${reader.number(4)} bytes`
      }
      case "id":
        return reader.number(3).toString(16).padStart(6, "0")
      case "cell":
        return reader.number(4).toString(16)
      case "token": {
        const fcode = reader.token()
        return name === "new-token" ? fcode.toString(16) : nameOf(fcode)
      }
      case "string":
        return JSON.stringify(reader.text())
      case "offset": {
        const from = reader.at
        const bits = offsetBytes * 8
        const value = (reader.number(offsetBytes) << (32 - bits)) >> (32 - bits)
        return `to ${(from + value).toString(16).padStart(4, "0")}`
      }
      case "named token": {
        const text = reader.text()
        const fcode = reader.token()
        own.set(fcode, text)
        return `${text} ${fcode.toString(16)}`
      }
      default:
        return ""
    }
  }
}
