// Who may import whom. The lower layers stay usable by themselves, and in a browser.

import { describe, expect, it } from "vitest"
import { importsOf, loadedBy, type SourceFile, sourceFiles } from "./sources.ts"

type Rule = {
  readonly name: string
  /** Files that the rule is about. */
  applies(path: string): boolean
  /** Paths that such a file may import. */
  allows(imported: string, path: string): boolean
}

const starts = (path: string, ...prefixes: readonly string[]) => prefixes.some((p) => path.startsWith(p))

const KIT = ["cpu/isa/", "cpu/ir/"]
const ENGINES = ["cpu/interpreter/", "cpu/jit/", "cpu/evaluator/"]
const TOOLS = [...KIT, ...ENGINES, "cpu/codegen/", "cpu/wasm/"]
/** Folders of cpu/ that are no architectures. */
const SHARED = [...TOOLS, "cpu/float/"]
const MMU_KIT = ["mmu/address", "mmu/access", "mmu/tlb"]

/** Folder of an architecture: `cpu/arm/`. */
function architectureOf(path: string): string | undefined {
  const folder = /^cpu\/[^/]+\//.exec(path)?.[0]
  return folder !== undefined && !SHARED.includes(folder) ? folder : undefined
}

const rules: readonly Rule[] = [
  {
    name: "cpu/ir imports nothing above itself",
    applies: (path) => starts(path, "cpu/ir/"),
    allows: (imported) => starts(imported, "cpu/ir/"),
  },
  {
    name: "cpu/isa imports cpu/ir at most",
    applies: (path) => starts(path, "cpu/isa/"),
    allows: (imported) => starts(imported, ...KIT),
  },
  {
    name: "cpu/wasm imports cpu/ir at most",
    applies: (path) => starts(path, "cpu/wasm/"),
    allows: (imported) => starts(imported, "cpu/wasm/", "cpu/ir/"),
  },
  {
    name: "cpu/float imports cpu/ir at most",
    applies: (path) => starts(path, "cpu/float/"),
    allows: (imported) => starts(imported, "cpu/float/", "cpu/ir/"),
  },
  {
    name: "an architecture imports the kit, soft float, itself and what the MMU tells of addresses",
    applies: (path) => architectureOf(path) !== undefined,
    allows: (imported, path) => starts(imported, ...KIT, "cpu/float/", architectureOf(path)!, "mmu/"),
  },
  {
    name: "an engine imports the IR, the kit, wasm and the MMU's layout, never an architecture",
    applies: (path) => starts(path, ...ENGINES),
    allows: (imported) => starts(imported, ...TOOLS, "mmu/"),
  },
  {
    name: "what engines share imports no engine",
    applies: (path) => starts(path, "cpu/codegen/"),
    allows: (imported) => starts(imported, ...KIT, "cpu/codegen/", "cpu/wasm/", "mmu/"),
  },
  {
    name: "what the MMU tells of addresses imports the kit and the wasm writer at most",
    applies: (path) => starts(path, ...MMU_KIT),
    allows: (imported) => starts(imported, ...MMU_KIT, ...KIT, "cpu/wasm/"),
  },
  {
    name: "mmu imports itself, and what the engines' kit and wasm writer give",
    applies: (path) => starts(path, "mmu/"),
    allows: (imported) => starts(imported, "mmu/", ...KIT, "cpu/wasm/"),
  },
  {
    name: "devices/kit imports nothing above itself",
    applies: (path) => starts(path, "devices/kit/"),
    allows: (imported) => starts(imported, "devices/kit/"),
  },
  {
    name: "a device imports devices/kit and its own folder only",
    applies: (path) => starts(path, "devices/") && !starts(path, "devices/kit/") && path.split("/").length > 2,
    allows: (imported, path) => starts(imported, "devices/kit/", path.slice(0, path.indexOf("/", 8) + 1)),
  },
  {
    name: "firmware imports firmware only",
    applies: (path) => starts(path, "firmware/"),
    allows: (imported) => starts(imported, "firmware/"),
  },
  {
    name: "nothing below src imports src",
    applies: (path) => starts(path, "cpu/", "mmu/", "devices/", "firmware/"),
    allows: (imported) => !starts(imported, "src/", "test/", "bench/"),
  },
]

/** Packages that run in a browser, which any part may use. */
const PACKAGES = new Set(["xz-decompress"])
const isOwn = (imported: string) => /^(?:cpu|mmu|devices|firmware|src|test|bench)\//.test(imported)

const files = sourceFiles(".ts")
const violations = (rule: Rule, checked: readonly SourceFile[] = files) =>
  checked
    .filter(({ path }) => rule.applies(path))
    .flatMap((file) =>
      importsOf(file)
        .filter(isOwn)
        .filter((i) => !rule.allows(i, file.path))
        .map((i) => `${file.path} imports ${i}`),
    )

/** Cycles of files that load each other, each once: types do not count. */
function cycles(checked: readonly SourceFile[]): string[] {
  const loads = new Map(checked.map((file) => [file.path, loadedBy(file)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push([...way.slice(start), path].join(" > "))
    if (start >= 0 || done.has(path)) return
    for (const next of loads.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const { path } of checked) visit(path, [])
  return found
}

describe("import rules", () => {
  it.each(rules)("$name", (rule) => {
    expect(violations(rule)).toEqual([])
  })

  it("keep Node.js and unknown packages out of what runs in a browser", () => {
    const library = files.filter(({ path }) => starts(path, "cpu/", "mmu/", "devices/", "firmware/"))
    const foreign = library.flatMap((file) =>
      importsOf(file)
        .filter((i) => !isOwn(i) && !PACKAGES.has(i))
        .map((i) => `${file.path} imports ${i}`),
    )
    expect(foreign).toEqual([])
  })

  it("keep host time, randomness and the console out of the parts", () => {
    const forbidden =
      /(?<![.\w])(?:Date\.now|new Date|performance\.now|Math\.random|console\.\w+|process\.\w+|setTimeout|setInterval)\b/
    const library = files.filter(({ path }) => starts(path, "cpu/", "mmu/", "devices/", "firmware/"))
    const found = library.flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, n) =>
          forbidden.test(line.replace(/\/\/.*|^\s*\*.*/, "")) ? [`${path}:${n + 1}: ${line.trim()}`] : [],
        ),
    )
    expect(found).toEqual([])
  })

  it("find an import that breaks them", () => {
    const file = (path: string, imported: string) => ({ path, text: `import { x } from "${imported}"\n` })
    const bad = [
      file("cpu/ir/x.ts", "../isa/index.ts"),
      file("cpu/jit/x.ts", "../arm/index.ts"),
      file("cpu/arm/x.ts", "../powerpc/state.ts"),
      file("devices/serial/x.ts", "../timer/y.ts"),
      file("devices/kit/x.ts", "../serial/y.ts"),
      file("firmware/x.ts", "../src/machine.ts"),
    ]
    for (const one of bad) expect(rules.some((rule) => violations(rule, [one]).length > 0)).toBe(true)
    const good = [
      file("cpu/jit/x.ts", "../ir/index.ts"),
      file("cpu/arm/x.ts", "../isa/index.ts"),
      file("devices/serial/x.ts", "../kit/device.ts"),
    ]
    for (const one of good) expect(rules.flatMap((rule) => violations(rule, [one]))).toEqual([])
  })

  it("let no file load itself by way of others", () => {
    expect(cycles(files)).toEqual([])
    const file = (path: string, text: string) => ({ path, text })
    const a = file("cpu/ir/a.ts", 'import { b } from "./b.ts"\n')
    const b = file("cpu/ir/b.ts", 'export { c } from "./c.ts"\n')
    const c = file("cpu/ir/c.ts", 'import { type A, a } from "./a.ts"\n')
    const types = file("cpu/ir/c.ts", 'import type { A } from "./a.ts"\nimport { type B, type D } from "./b.ts"\n')
    expect(cycles([a, b, c])).toEqual(["cpu/ir/a.ts > cpu/ir/b.ts > cpu/ir/c.ts > cpu/ir/a.ts"])
    expect(cycles([a, b, types])).toEqual([])
  })

  it("see every way of importing", () => {
    const text =
      'import type {\n  A,\n} from "./a.ts"\nexport { b } from "../b.ts"\nimport "./c.ts"\nconst d = await import("node:fs")\n'
    expect(importsOf({ path: "cpu/ir/x.ts", text })).toEqual(["cpu/ir/a.ts", "cpu/b.ts", "cpu/ir/c.ts", "node:fs"])
  })
})
