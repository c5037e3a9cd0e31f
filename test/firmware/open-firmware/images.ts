// Disk images of the fixtures, and drives over them.

import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import type { DrivePort } from "../../../firmware/open-firmware/index.ts"

/** The contents of a fixture that is kept compressed. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`./fixtures/${name}.gz`, import.meta.url))))
}

/** A drive over bytes in memory. */
export function driveOf(bytes: Uint8Array, blockBytes = 2048): DrivePort {
  return {
    blockBytes,
    blocks: Math.floor(bytes.length / blockBytes),
    read: (block, count) => bytes.slice(block * blockBytes, (block + count) * blockBytes),
    write(block, data) {
      bytes.set(data, block * blockBytes)
      return true
    },
  }
}
