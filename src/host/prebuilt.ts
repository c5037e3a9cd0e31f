// The interpreters that `npm run build` made, read from beside the bundle.

import { readFileSync } from "node:fs"
import type { Generated } from "../../cpu/interpreter/generate.ts"
import { loadPrebuilt, type StoredIndex } from "../../cpu/interpreter/prebuilt.ts"
import type { Architecture } from "../../cpu/isa/index.ts"

/** The stored interpreter of an architecture; undefined where there is none, as when running from source. */
export function readPrebuilt(arch: Architecture): Generated | undefined {
  const file = (suffix: string) => readFileSync(new URL(`./interpreter-${arch.name}.${suffix}`, import.meta.url))
  try {
    return loadPrebuilt(arch, file("wasm"), JSON.parse(file("json").toString()) as StoredIndex)
  } catch {
    return undefined
  }
}
