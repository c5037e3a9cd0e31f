// What each instruction becomes, held against golden files: `npm run accept -- test/cpu/golden.test.ts` rewrites them.

import { describe, expect, it } from "vitest"
import { ARM_MODELS, type ArmModelName, arm } from "../../cpu/arm/index.ts"
import type { Instruction } from "../../cpu/isa/index.ts"
import { goldenOf } from "../support/instruction-golden.ts"
import { testArchitecture } from "./ia64/interpreter-machine.ts"

/** An ARM instruction stands in the file of the first model that has it. */
const isNewIn = (model: ArmModelName) => {
  const earlier = ARM_MODELS.slice(0, ARM_MODELS.indexOf(model)).flatMap((m) => instructionsOf(m))
  const known = new Set(earlier)
  return (i: Instruction) => !known.has(i)
}

const instructionsOf = (model: ArmModelName) =>
  arm(model).formats.flatMap(({ sets }) => sets.flatMap(({ instructions }) => instructions))

describe.each(ARM_MODELS)("instructions of the %s", (model) => {
  const { formats } = arm(model)
  const golden = goldenOf(arm(model), { regions: true })
  const wanted = isNewIn(model)
  const sets = formats.flatMap((format) => format.sets.map((set) => ({ name: set.vocabulary.name, format, set })))
  it.each(sets.filter(({ set }) => set.instructions.some(wanted)))(
    "in $name become what they became",
    async ({ name, format, set }) => {
      await expect(golden(format, set, wanted)).toMatchFileSnapshot(`arm/golden/${model}-${name.toLowerCase()}.txt`)
    },
  )
})

describe("instructions of IA-64", () => {
  const golden = goldenOf(testArchitecture, { regions: false })
  it.each(testArchitecture.formats.flatMap((format) => format.sets.map((set) => ({ format, set }))))(
    "of unit $set.vocabulary.name become what they became",
    async ({ format, set }) => {
      await expect(golden(format, set)).toMatchFileSnapshot(`ia64/golden/${set.vocabulary.name.toLowerCase()}.txt`)
    },
  )
})
