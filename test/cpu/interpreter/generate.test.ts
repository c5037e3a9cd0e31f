// The generated interpreters as modules: valid to binaryen, within V8's bounds, the same after being stored.

import binaryen from "binaryen"
import { describe, expect, it } from "vitest"
import { ARM_MODELS, arm } from "../../../cpu/arm/index.ts"
import { generateInterpreter } from "../../../cpu/interpreter/generate.ts"
import { loadPrebuilt, storeIndex } from "../../../cpu/interpreter/prebuilt.ts"

describe.each(ARM_MODELS)("the interpreter of %s", (model) => {
  const architecture = arm(model)
  const generated = generateInterpreter(architecture)

  it("is a module that binaryen accepts", () => {
    const module = binaryen.readBinary(generated.bytes)
    module.setFeatures(binaryen.Features.All)
    expect(module.validate()).toBe(1)
    module.dispose()
  })

  it("numbers handlers so that an entry of predecoded code holds them", () => {
    expect(generated.names.length).toBeLessThan(65_536)
    expect(new Set(generated.names).size).toBe(generated.names.length)
  })

  it("has no name in its profile that no handler has", () => {
    const all = new Set(ARM_MODELS.flatMap((other) => generateInterpreter(arm(other)).names))
    expect(architecture.hotHandlers.filter((name) => !all.has(name))).toEqual([])
  })

  it("is the same after a build has stored it", () => {
    const stored = JSON.parse(JSON.stringify(storeIndex(architecture, generated)))
    const loaded = loadPrebuilt(architecture, generated.bytes, stored)
    expect(storeIndex(architecture, loaded)).toEqual(storeIndex(architecture, generated))
    expect([...loaded.index.variants.keys()]).toEqual([...generated.index.variants.keys()])
  })

  it("is generated alike every time", () => {
    expect(Buffer.compare(Buffer.from(generateInterpreter(architecture).bytes), Buffer.from(generated.bytes))).toBe(0)
  })
})
