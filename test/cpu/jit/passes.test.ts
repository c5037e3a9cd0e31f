// Each pass on a few instructions: what it makes of them, worked out by hand from what the instructions do.

import { describe, expect, it } from "vitest"
import { planned } from "../../support/planned.ts"

/** The text of one instruction, by its place, with some passes and with one more. */
function change(source: string, place: number, pass: string, ...before: readonly string[]) {
  const [without, with_] = [planned(source, before), planned(source, [...before, pass])]
  return { before: without[place], after: with_[place] }
}

const RETURN = "bx lr"

describe("constant-propagation", () => {
  const address = `movw r0, #0x5678
    movt r0, #0x1234
    add r1, r0, #4
    ldr r2, [r0]
    mov r3, r0
    ${RETURN}`

  it("are put together from their halves", () => {
    expect(change(address, 1, "constant-propagation")).toEqual({
      before: ["%0 = GPR[0]", "GPR[0] = i32.or(i32.and(%0, 0xffff), 0x12340000)"],
      after: ["GPR[0] = 0x12345678"],
    })
  })

  it("are computed with", () => {
    expect(change(address, 2, "constant-propagation").after).toEqual(["GPR[1] = 0x1234567c"])
  })

  it("stay in their register where they would only be copied, which takes fewer bytes", () => {
    for (const place of [3, 4]) {
      const { before, after } = change(address, place, "constant-propagation")
      expect(after).toEqual(before)
    }
  })

  it("take part in flags", () => {
    const source = `mov r1, #0\nmov r2, #0\ncmp r0, r1\nadc r3, r1, r2\n${RETURN}`
    expect(change(source, 2, "constant-propagation", "lazy-flags").after).toEqual([
      "%0 = GPR[0]",
      "result.source = %0",
      "operands.source[0] = %0",
      "operands.source[1] = 0",
      "lazy: N negative, Z zero, C geU, V subOverflow",
    ])
    // No unsigned number is less than 0.
    expect(change(source, 3, "constant-propagation", "lazy-flags").after).toEqual(["GPR[3] = 1"])
  })

  it("decide conditions", () => {
    const source = (condition: string) => `mov r1, #4\ntst r1, #3\nmov${condition} r2, #7\n${RETURN}`
    expect(change(source("eq"), 2, "constant-propagation", "lazy-flags").after).toEqual(["GPR[2] = 7"])
    expect(change(source("ne"), 2, "constant-propagation", "lazy-flags").after).toEqual([])
  })

  it("end where the register is written anew, on whatever path", () => {
    const ways = ["mov r0, r5", "ldr r0, [r5]", "moveq r0, r5", "addeq r0, r0, #1", "movs r0, r5", "ldmia r5, {r0, r4}"]
    for (const written of ways) {
      const { before, after } = change(`mov r0, #1\n${written}\nadd r1, r0, #2\n${RETURN}`, 2, "constant-propagation")
      expect(before, written).toEqual(["%0 = GPR[0]", "GPR[1] = i32.add(%0, 2)"])
      expect(after, written).toEqual(before)
    }
  })

  it("end where a flag is made", () => {
    const source = `movs r0, #1\nadds r2, r1, r3\naddseq r5, r6, r7\n${RETURN}`
    const { before, after } = change(source, 2, "constant-propagation", "lazy-flags")
    expect(before).toEqual(expect.arrayContaining(["materialise Z: zero", "%0 = Z", "if %0"]))
    expect(after).toEqual(before)
  })

  it("leave alone where branches go", () => {
    const source = "mov r7, #1\ntst r7, #2\naddeq pc, pc, r7, lsl #2\nnop\nb .\nb ."
    const { after } = change(source, 2, "constant-propagation", "lazy-flags")
    expect(after!.join()).toMatch(/%1 = GPR\[7\],.*i32\.shl\(%1, 2\).*,branch /)
  })
})

describe("dead stores", () => {
  it("are left out, with what only they need", () => {
    const source = `add r0, r1, r2\nmov r0, #1\n${RETURN}`
    expect(change(source, 0, "dead-store-elimination")).toEqual({
      before: ["%0 = GPR[1]", "%1 = GPR[2]", "GPR[0] = i32.add(%0, %1)"],
      after: [],
    })
  })

  it("do not take the access along", () => {
    const source = `ldr r0, [r1]\nmov r0, #1\n${RETURN}`
    expect(change(source, 0, "dead-store-elimination").after).toEqual(["%0 = GPR[1]", "%1 = load4.rotate %0"])
  })

  it.each([
    ["read", "add r3, r0, #1"],
    ["read on one path", "addeq r3, r0, #1"],
    ["seen by an access that may fault", "ldr r3, [r4]"],
    ["seen by an access of which nobody needs the value", "ldr r3, [r4]\nmov r3, #1"],
    ["seen by a store that may fault", "str r3, [r4]"],
    ["overwritten on one path only", "moveq r0, #2\nldr r3, [r4]"],
    ["overwritten where one path has left the region", `cmp r3, r4\nbeq . + 0x1000`],
    ["overwritten after a loop has begun", "1: subs r3, r3, #1\nbne 1b"],
    ["seen where a loop begins again, and time may be up", "1: mov r0, #3\nsubs r3, r3, #1\nbne 1b"],
    ["overwritten after a return", "bl function"],
  ])("are those of nothing that is %s", (_, between) => {
    const source = `mov r0, #1\n${between}\nmov r0, #2\n${RETURN}\nfunction: ${RETURN}`
    const { before, after } = change(source, 0, "dead-store-elimination", "lazy-flags")
    expect(before).toEqual(["GPR[0] = 1"])
    expect(after).toEqual(before)
  })

  it("are known on both paths", () => {
    const source = `mov r5, r1\ncmp r0, r1\nbeq 1f\nmov r5, #1\nb 2f\n1: mov r5, #2\n2: ${RETURN}`
    expect(change(source, 0, "dead-store-elimination").after).toEqual([])
    expect(change(source.replace("mov r5, #2", "mov r6, #2"), 0, "dead-store-elimination").after).toEqual([
      "%0 = GPR[1]",
      "GPR[5] = %0",
    ])
  })

  it("are those to what flags come from, too", () => {
    const source = (between: string) => `cmp r0, r1\n${between}\ncmp r3, #4\n${RETURN}`
    expect(change(source("mov r2, #1"), 0, "dead-store-elimination", "lazy-flags").after).toEqual([])
    expect(change(source("moveq r2, #1"), 0, "dead-store-elimination", "lazy-flags").after).toEqual([
      "%0 = GPR[0]",
      "%1 = GPR[1]",
      "operands.source[0] = %0",
      "operands.source[1] = %1",
    ])
    const { before, after } = change(source("ldr r2, [r4]"), 0, "dead-store-elimination", "lazy-flags")
    expect(before!.join()).toContain("result.source = i32.sub(%0, %1)")
    expect(after).toEqual(before)
  })
})

describe("if-conversion", () => {
  it("makes of a conditional instruction one that chooses", () => {
    const source = `cmp r0, r1\naddlt r2, r3, #1\n${RETURN}`
    expect(change(source, 1, "if-conversion", "lazy-flags")).toEqual({
      before: [
        "%0 = operands.source[0]",
        "%1 = operands.source[1]",
        "if i32.ltS(%0, %1)",
        "  %2 = GPR[3]",
        "  GPR[2] = i32.add(%2, 1)",
      ],
      after: [
        "%0 = operands.source[0]",
        "%1 = operands.source[1]",
        "%2 = GPR[3]",
        "%3 = GPR[2]",
        "GPR[2] = select(i32.ltS(%0, %1), i32.add(%2, 1), %3)",
      ],
    })
  })

  it("does so in IT blocks", () => {
    const source = `.thumb\ncmp r0, r1\nite cs\nmovcs r2, r3\nmovcc r2, #1\n${RETURN}`
    expect(change(source, 2, "if-conversion", "lazy-flags").after!.join()).toContain(
      "GPR[2] = select(i32.geU(%0, %1), %2, %3)",
    )
    expect(change(source, 3, "if-conversion", "lazy-flags").after!.join()).toContain(
      "GPR[2] = select(i32.ltU(%0, %1), 1, %2)",
    )
  })

  it("takes up to two registers", () => {
    const text = change(`cmp r0, r1\nusatlt r0, #5, r1\n${RETURN}`, 1, "if-conversion", "lazy-flags").after!
    expect(text.slice(0, 2)).toEqual(["%0 = operands.source[0]", "%1 = operands.source[1]"])
    expect(text.filter((line) => /^(?:Q|GPR\[0\]) = select\(\$0, /.test(line))).toHaveLength(2)
  })

  it.each([
    "ldrlt r2, [r3]",
    "strlt r2, [r3]",
    "udivlt r2, r3, r4",
    "mullt r2, r3, r4",
    "addslt r2, r3, r4",
    "blt . + 8",
    "ldmlt r3, {r2, r4}",
  ])("leaves %s alone", (instruction) => {
    const { before, after } = change(
      `cmp r0, r1\n${instruction}\n${RETURN}\n${RETURN}`,
      1,
      "if-conversion",
      "lazy-flags",
    )
    expect(before!.join()).toContain("if ")
    expect(after).toEqual(before)
  })
})
