// Kinds of instructions that everybody knows, as the manual describes those (ARM DDI 0406C, A4 and B9).

import { describe, expect, it } from "vitest"
import { arm } from "../../cpu/arm/index.ts"
import { kindOf } from "./kinds.ts"
import { mnemonicOf } from "./pools.ts"

/** Kinds of the encodings with one of those mnemonics, on a CPU that has all extensions. */
function kindsOf(...mnemonics: string[]): Set<string | undefined> {
  const found = arm("cortex-a15").formats.flatMap((format) =>
    format.sets.flatMap(({ instructions }) =>
      instructions.filter((i) => mnemonics.includes(mnemonicOf(i))).map((i) => ({ i, kind: kindOf(i, format) })),
    ),
  )
  for (const m of mnemonics) expect(found.map(({ i }) => mnemonicOf(i))).toContain(m)
  return new Set(found.map(({ kind }) => kind))
}

/** Kind of the A32 encoding with that mnemonic and that operand template. */
function kindOfForm(mnemonic: string, args: string): string | undefined {
  const format = arm("cortex-a15").formats[0]!
  const i = format.sets[0]!.instructions.find((x) => mnemonicOf(x) === mnemonic && x.args === args)
  return kindOf(i!, format)
}

describe("kinds of instructions", () => {
  it.each([
    ["data", ["add", "and", "mla", "sdiv", "uxtb", "ssat", "nop", "pld", "dmb"]],
    ["memory", ["ldr", "str", "ldrb", "strh", "ldrd", "ldrt", "push", "stmia", "swp{b?b}"]],
    ["branch", ["b", "bl", "cb{x?n}z"]],
    ["computed", ["bx", "bxj", "tbb", "tbh"]],
    ["exclusive", ["ldrex", "strexd", "clrex"]],
    ["status", ["mrs", "msr", "cps", "cps{imod}", "setend"]],
    ["banked", ["srs{u?i:d}{p?b:a}", "srsdb"]],
    ["return", ["rfe{u?i:d}{p?b:a}", "rfeia"]],
    ["system", ["mrc", "mcr", "mcrr"]],
    ["call", ["udf", "hvc", "smc"]],
    ["it", ["it{itEven}", "it{itOdd}"]],
    ["vfp", ["vmul.f64", "vsqrt.f64", "vcvt.f32.f64"]],
    ["vfpMemory", ["vpush", "vpop", "vldmia", "vstr"]],
    ["neon", ["vand", "vext.8", "vneg.s{size}", "vrecpe.f32", "vcvt.f32.f16", "vshrn.i16"]],
    ["neonMemory", ["vld1.{size}", "vst4.8", "vst1.32"]],
  ])("put into %s: %j", (kind, mnemonics) => {
    expect(kindsOf(...mnemonics)).toEqual(new Set([kind]))
  })

  it("tell apart the forms of one mnemonic", () => {
    expect(kindOfForm("subs", "r15, rn, armImmediate")).toBe("return")
    expect(kindOfForm("sub", "rd, rn, armImmediate")).toBe("data")
    expect(kindOfForm("ldm{u?i:d}{p?b:a}", "rn{w?!}, registers15")).toBe("memory")
    expect(kindOfForm("ldm{u?i:d}{p?b:a}", "rn{w?!}, registers15pc")).toBe("computed")
    expect(kindOfForm("ldm{u?i:d}{p?b:a}", "rn{w?!}, registers15pc^")).toBe("return")
    expect(kindOfForm("ldm{u?i:d}{p?b:a}", "rn, registers15^")).toBe("banked")
    expect(kindOfForm("blx", "rm")).toBe("computed")
    expect(kindOfForm("blx", "branch24h")).toBe("branch")
    expect(kindOfForm("svc", "imm24")).toBe("call")
    expect(kindOfForm("bkpt", "immediate12x4")).toBe("call")
  })

  it("leave out waits, counters and control registers of the VFP", () => {
    expect(kindsOf("wfi")).toEqual(new Set([undefined]))
    expect(kindOfForm("svc", "#0x123456")).toBe("call")
    expect(kindOfForm("mrrc", "p15, 1, rt, rt2, c14")).toBeUndefined()
    expect(kindOfForm("mrrc", "coproc, opc1x, rt, rt2, crm")).toBe("system")
    expect(kindOfForm("vmsr", "fpexc, rt")).toBeUndefined()
    expect(kindOfForm("vmrs", "rt, fpscr")).toBe("vfp")
  })
})
