// The shared parts know no architecture: none of its terms, and none of its files.

import { describe, expect, it } from "vitest"
import { importsOf, sourceFiles } from "./sources.ts"

/** Terms of ARM: registers, bits, states, firmware, models. */
const TERMS = /\b(?:cp15|dacr|sctlr|itstate|psci|arm926|r0)\b|domain|thumb/i

/** Files, folders with all that is in them, and files directly in a folder (*), in which no such term stands. */
const SHARED = [
  "cpu/codegen/",
  "cpu/evaluator/",
  "cpu/interpreter/",
  "cpu/ir/",
  "cpu/isa/",
  "cpu/jit/",
  "cpu/wasm/",
  "mmu/*",
  "src/architectures/architecture.ts",
  "src/boot.ts",
  "src/bus.ts",
  "src/cli/diff.ts",
  "src/cli/side-by-side.ts",
  "src/cli/symbols.ts",
  "src/cpu-ports.ts",
  "src/cpu-system.ts",
  "src/cpu.ts",
  "src/engine.ts",
  "src/linear-memory.ts",
  "src/machine.ts",
  "src/machines/board.ts",
  "src/machines/index.ts",
  "src/session.ts",
] as const

/** Folders of one architecture. */
const OWN = /^(?:cpu\/(?:arm|ia64)|mmu\/(?!\w+\.)\w+|src\/architectures\/(?!\w+\.)\w+)\//
/** Files that find an architecture in the registry; `machines/index.ts` hands on the CPUs for boards of others. */
const USERS = /^src\/(?:[^/]+\.ts$|cli\/|host\/|machines\/board\.ts$)/

const files = sourceFiles(".ts")

function isIn(place: string, path: string): boolean {
  if (place.endsWith("/*")) return path.startsWith(place.slice(0, -1)) && !path.slice(place.length - 1).includes("/")
  return place.endsWith("/") ? path.startsWith(place) : path === place
}

describe("the shared parts", () => {
  it.each(SHARED)("speak of no architecture: %s", (place) => {
    const shared = files.filter(({ path }) => isIn(place, path))
    expect(shared).not.toEqual([])
    const found = shared.flatMap((file) =>
      file.text.split("\n").flatMap((line, n) => (TERMS.test(line) ? [`${file.path}:${n + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  it("find architectures in the registry", () => {
    const found = files
      .filter(({ path }) => USERS.test(path))
      .flatMap((file) =>
        importsOf(file)
          .filter((imported) => OWN.test(imported))
          .map((imported) => `${file.path} imports ${imported}`),
      )
    expect(found).toEqual([])
  })
})
