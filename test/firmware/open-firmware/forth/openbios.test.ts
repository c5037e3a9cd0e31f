// Lines typed at the prompt answer as OpenBIOS answers them.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { ForthBench } from "./bench.ts"
import { TestTree } from "./test-tree.ts"

const cases = readFileSync(new URL("openbios.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split(" ==> ") as [string, string])

describe("a line typed at the prompt answers as OpenBIOS does", () => {
  it.each(cases)("%s", (line, answer) => {
    expect(new ForthBench({ tree: new TestTree() }).type(line).trim().replaceAll("\n", "\\n")).toBe(answer)
  })
})
