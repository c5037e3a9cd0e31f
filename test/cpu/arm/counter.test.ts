// Reads of the system counter, which are translated code (ARM DDI 0406C, B4.1.26, B4.1.30, B4.1.34, B8.1.1).

import { describe, expect, it } from "vitest"
import { arm, GPR, MODE, MODES, state } from "../../../cpu/arm/index.ts"
import { cp15Slot } from "../../../cpu/arm/system/cp15-storage.ts"
import { evaluate, StateView } from "../../../cpu/ir/index.ts"
import { translate } from "../../../cpu/isa/index.ts"

const MRRC = 0xec53_2f0e // mrrc p15, 0, r2, r3, c14
const [a32] = arm("cortex-a15").formats

/** Executes MRRC of CNTPCT (0) or CNTVCT (1) at a time: r3 and r2, or the exception. */
function read(opc1: 0 | 1, ns: number, mode: number = MODES.svc, cntkctl = 0): string {
  const view = new StateView(state, new ArrayBuffer(state.size))
  view.reset()
  view.set(MODE, 0, mode)
  view.set(state.files.CP15, cp15Slot("CNTKCTL"), cntkctl)
  const { decoded } = a32!.decode(() => MRRC | (opc1 << 4), 0)
  const outcome = evaluate(translate(decoded!, { addressType: "i32", length: 4 }).block, {
    time: () => ns,
    get: (file, index) => view.read(file, index),
    set: (file, index, value) => view.write(file, index, value),
    load: () => 0,
    store() {},
    call: () => undefined,
  })
  if (outcome.kind === "raise") return outcome.exception
  return [3, 2].map((n) => (view.get(GPR, n) >>> 0).toString(16)).join(" ")
}

describe.each([
  ["CNTPCT", 0, 1],
  ["CNTVCT", 1, 2],
] as const)("%s", (_, opc1, grant) => {
  it("counts 62.5 million times a second, in both registers", () => {
    expect(read(opc1, 1e9)).toBe("0 3b9aca0")
    expect(read(opc1, 1e9 + 15)).toBe("0 3b9aca0")
    expect(read(opc1, 1e9 + 16)).toBe("0 3b9aca1")
    // 1,000 s are 62,500,000,000 ticks.
    expect(read(opc1, 1e12)).toBe("e 8d4a5100")
  })

  it("is read by user mode only if CNTKCTL grants it", () => {
    expect(read(opc1, 16, MODES.usr)).toBe("undefined")
    expect(read(opc1, 16, MODES.usr, ~grant)).toBe("undefined")
    expect(read(opc1, 16, MODES.usr, grant)).toBe("0 1")
    expect(read(opc1, 16, MODES.sys)).toBe("0 1")
  })
})
