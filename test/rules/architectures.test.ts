// The shared parts know no architecture: none of its terms, and none of its files.

import { describe, expect, it } from "vitest"
import { importsOf, sourceFiles } from "./sources.ts"

/** Terms of ARM: registers, bits, states, firmware, models. */
const TERMS = /\b(?:cp15|dacr|sctlr|itstate|psci|arm926|r0)\b|domain|thumb/i

/** Files, and folders with all that is in them, in which no such term stands. */
const SHARED = [
  "cpu/codegen/",
  "cpu/evaluator/",
  "cpu/interpreter/",
  "cpu/wasm/",
  "mmu/address.ts",
  "mmu/physical-memory.ts",
  "mmu/tlb-probe.ts",
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
/** Files that find an architecture in the registry. */
const USERS = /^src\/(?:[^/]+\.ts$|cli\/|host\/|machines\/(?:board|index)\.ts$)/

const files = sourceFiles(".ts")

describe("the shared parts", () => {
  it.each(SHARED)("speak of no architecture: %s", (path) => {
    const shared = files.filter((file) => file.path === path || (path.endsWith("/") && file.path.startsWith(path)))
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
