// Boot scripts on disks: Forth between tags (CHRP Binding to IEEE 1275, section 11.1.3).

import { asciiText } from "../../byte-reader.ts"

/** Bytes of a script at most; a larger file is no script. */
export const MAX_SCRIPT_BYTES = 65_536

/** What a script may refer to. */
export interface ScriptPlace {
  /** Path of the disk that it was read from. */
  readonly device: string
  readonly partition: number
  /** The path that it was found by. */
  readonly fullPath: string
}

/** The Forth text of a boot script with its references replaced; undefined if the file is no script. */
export function readBootScript(bytes: Uint8Array, place: ScriptPlace): string | undefined {
  if (bytes.length > MAX_SCRIPT_BYTES) return undefined
  const text = asciiText(bytes)
  if (!/^\s*<chrp-boot\b/i.test(text)) return undefined
  const [, script = ""] = /<boot-script[^>]*>([\s\S]*?)<\/boot-script>/i.exec(text) ?? []
  const values: Record<string, string> = {
    device: place.device,
    partition: String(place.partition),
    "full-path": place.fullPath,
    lt: "<",
    gt: ">",
    amp: "&",
    quot: '"',
    apos: "'",
  }
  return script.replace(/&([\w-]+);/g, (reference, name: string) => values[name.toLowerCase()] ?? reference).trim()
}
