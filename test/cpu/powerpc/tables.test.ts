// The table of the PowerPC instructions: its self-test.

import { describe, expect, it } from "vitest"
import { checkInstructionSet } from "../../../cpu/isa/index.ts"
import { POWERPC_MODELS, powerPc } from "../../../cpu/powerpc/index.ts"

describe.each(POWERPC_MODELS)("the table of the %s", (model) => {
  it("is sound", () => {
    const [set] = powerPc(model).formats[0]!.sets
    expect(checkInstructionSet(set!, { addressType: "i32", words: 12 })).toEqual([])
  })
})
