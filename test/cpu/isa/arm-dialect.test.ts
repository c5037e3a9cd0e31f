// ARM source as people write it, held against GNU as.

import { describe, expect, it } from "vitest"
import { assembleSource, SourceError } from "../../../cpu/isa/index.ts"
import { armTarget } from "../../support/arm-target.ts"
import { armBinutils, assembleWithGnu, hasArmBinutils } from "../../support/binutils.ts"

const { dialect } = armTarget()

/** What every CPU has. */
const oldest = [
  "nop",
  "bkpt",
  "mcr p15, 0, r0, c7, c5",
  "mrc p15, 0, r0, c1, c0",
  "msr cpsr, r0",
  "msr spsr, r0",
  "msr cpsr, #0x10",
  "mul r2, r1",
  "muls r2, r1",
  "lsls r0, r1, #0",
  "movs pc, lr",
  "pop {r0}",
  "pop {pc}",
  "push {r8}",
]

const common = [
  "mov r0, r1",
  "mov r0, #1",
  "mov r8, #0xff00",
  "mvn r0, #0",
  "mov r0, #-1",
  "mov r0, #0x1234",
  "movt r0, #0x5678",
  "add r0, r1, r2",
  "add r9, r10, #4",
  "sub sp, sp, #8",
  "add r0, r1, r2, lsl #3",
  "mov r0, r1, lsl #3",
  "lsrs r8, r9, #32",
  "ands r0, r0, r1",
  "cmp r0, #-5",
  "cmp r3, r4",
  "tst r0, #0x80000000",
  "mul r0, r1, r2",
  "umull r0, r1, r2, r3",
  "ldr r0, [r1]",
  "ldr r0, [r1, #4]",
  "ldr r0, [r1, #4000]",
  "ldr r0, [r1, #-4]!",
  "ldr r0, [r1], #4",
  "ldr r0, [r1, r2, lsl #2]",
  "strb r0, [r1, r2]",
  "ldrsh r0, [r1, r2]",
  "ldrd r0, r1, [r2, #8]",
  "push {r4-r7, lr}",
  "pop {r4-r7, pc}",
  "ldmfd sp!, {r0, r1, r8}",
  "ldmia r8, {r0-r3}",
  "stmea r9!, {r0-r3}",
  "adr r0, .",
  "adr r1, . + 64",
  "adrne r1, . + 8",
  "isb",
  "dsb",
  "dmb",
  "dsb ish",
  "udf",
  "rfe sp!",
  "rfefd sp!",
  "srsfd sp!, #19",
  "sdiv r0, r1",
  "vcmp.f32 s0, #0",
  "vcmpe.f64 d0, #0",
  ...oldest,
]

const own: Readonly<Record<string, readonly string[]>> = {
  ".arm": [
    "addhs r0, r1",
    "stmdb sp!, {r0, r1}",
    "moval r0, #1",
    "rsbs r0, r1, #0",
    "neg r0, r1",
    "ldrblo r0, [r1]",
    "rrx r0, r1",
    "nopne",
    "msr apsr, r0",
  ],
  ".thumb": [
    "adds r0, #200",
    "movs r0, #255",
    "add.w r0, r1, r2",
    "ldr.n r0, [sp, #1020]",
    "lsls r0, r1, #4",
    "orn r0, r1, #3",
    "muls r0, r1, r0",
    "ands r0, r1, r0",
    "rsbs r2, r3, #0",
    "adr.w r9, . + 1020",
    "push {r8}",
  ],
}

/** Lines of which GNU as makes something else, or which only one of the two assembles. */
function differences(lines: readonly string[], directive: string, cpu: "cortex-a15" | "arm926"): string[] {
  const theirs = assembleWithGnu(lines, armBinutils(directive === ".thumb", cpu))
  const { dialect } = armTarget(cpu)
  return lines.flatMap((line, n) => {
    try {
      const { bytes } = assembleSource(`${directive}\n${line}`, dialect)
      const wanted = theirs[n]?.subarray(0, bytes.length)
      return wanted && hex(wanted) === hex(bytes) ? [] : [`${line}: ${hex(bytes)}, GNU as: ${wanted && hex(wanted)}`]
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      return theirs[n] ? [`${line}: ${error.message}`] : []
    }
  })
}

describe.runIf(hasArmBinutils())("ARM source", () => {
  it.each([".arm", ".thumb"])("after %s assembles as GNU as assembles it", (directive) => {
    expect(differences([...common, ...own[directive]!], directive, "cortex-a15")).toEqual([])
  })

  it.each([".arm", ".thumb"])("after %s assembles for an older CPU as GNU as assembles it", (directive) => {
    const lines = [...oldest, ...(directive === ".arm" ? ["nopne"] : []), "isb", "movw r0, #1", "sdiv r0, r1"]
    expect(differences(lines, directive, "arm926")).toEqual([])
  })

  it("loads values from a pool where no instruction holds them", () => {
    const source = ".arm\nldr r0, =0x12345678\nldr r1, =0xffffff00\nldr r2, =0x12345678\n.pool"
    const { bytes } = assembleSource(source, dialect)
    const [first, , third] = assembleWithGnu(["ldr r0, [pc, #4]", "nop", "ldr r2, [pc, #-4]"], armBinutils(false))
    expect(hex(bytes)).toBe([hex(first!.subarray(0, 4)), "ff10e0e3", hex(third!.subarray(0, 4)), "78563412"].join(""))
  })
})

function hex(bytes: Uint8Array): string {
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")
}
