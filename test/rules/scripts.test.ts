// The scripts of package.json take what CONTRIBUTING.md says that they take.

import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { parseCLI } from "vitest/node"

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }

it.each(["test", "test:boot", "accept"])("npm run %s takes a file behind it", (name) => {
  const { filter } = parseCLI(`${scripts[name]} test/mmu/tlb.test.ts`)
  expect(filter.at(-1)).toBe("test/mmu/tlb.test.ts")
})

it("npm run accept, and no other, rewrites expected files", () => {
  const updates = (script: string) => parseCLI(`${script} test/mmu`).options.update
  const vitest = Object.entries(scripts).filter(([, script]) => script.startsWith("vitest "))
  expect(Object.fromEntries(vitest.map(([name, script]) => [name, updates(script)]))).toEqual({
    test: undefined,
    "test:boot": undefined,
    accept: true,
  })
})
