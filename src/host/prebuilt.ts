// The interpreters that `npm run build` made, read from beside the bundle.

import type { Generated } from "../../cpu/interpreter/generate.ts"
import { loadPrebuilt, type StoredIndex } from "../../cpu/interpreter/prebuilt.ts"
import type { Architecture } from "../../cpu/isa/index.ts"

/** The stored interpreter of an architecture. Undefined if there is none: when run from source, or in a browser. */
export function readPrebuilt(arch: Architecture): Generated | undefined {
  // Looked up at run time, not imported, so that the library loads in a browser, too.
  const fs = globalThis.process?.getBuiltinModule?.("node:fs")
  if (!fs) return undefined
  try {
    const file = (suffix: string) => fs.readFileSync(new URL(`./interpreter-${arch.name}.${suffix}`, import.meta.url))
    return loadPrebuilt(arch, file("wasm"), JSON.parse(file("json").toString()) as StoredIndex)
  } catch {
    return undefined
  }
}
