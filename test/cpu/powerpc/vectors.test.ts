// Runs the vector files of PowerPC instructions on every engine.

import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { powerPcTarget } from "../../support/powerpc-target.ts"
import { parseVectors, runVector } from "../../support/vectors.ts"

const folder = new URL("./", import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith(".vec"))
const target = powerPcTarget()

describe.each(target.engines)("on the $name", (engine) => {
  describe.each(files)("%s", (file) => {
    it.each(parseVectors(readFileSync(new URL(file, folder), "utf8"), file))("$title", (vector) => {
      expect(runVector(vector, target, engine)).toEqual([])
    })
  })
})
