// What the TLB holds for the user stays there while the kernel denies the user's domain, and is never used meanwhile
// (ARM DDI 0406C, B3.7.3 Domains; table B3-23 for the fault status: 0b01001, domain fault of a section).

import { beforeEach, describe, expect, it } from "vitest"
import { BareArm } from "./bare-arm.ts"

const TABLE = 0x4000
const KERNEL = 0x8000
/** User code and, behind it, data: a section of its own in domain 1. */
const USER = 0x10_0000
const DATA = USER + 0x8000
const BOTH = 0b0101
const KERNEL_ONLY = 0b0001
const [USR, SVC, ABT] = [0x10, 0x13, 0x17]

/** A section (B3.5.1): base, AP[1:0] in bits 11:10, domain in bits 8:5. */
const section = (base: number, ap: number, domain: number) => base | (ap << 10) | (domain << 5) | 2

const bare = new BareArm("cortex-a15")

beforeEach(() => {
  bare.reset()
  bare.memory.setUint32(TABLE, section(0, 1, 0), true)
  bare.memory.setUint32(TABLE + 4, section(USER, 3, 1), true)
  bare.memory.setUint32(DATA, 0x1234_5678, true)
  bare.place(8, `b . + ${KERNEL + 0x100 - 8}`)
  bare.place(KERNEL, "mcr p15, 0, r0, c2, c0, 0\nmcr p15, 0, r1, c3, c0, 0\nmcr p15, 0, r2, c1, c0, 0\nmovs pc, lr")
  bare.place(KERNEL + 0x100, "mcr p15, 0, r1, c3, c0, 0\nmcr p15, 0, r3, c3, c0, 0\nmovs pc, lr")
  bare.place(KERNEL + 0x200, "ldrt r0, [r5]")
  bare.place(KERNEL + 0x210, "strt r0, [r5]")
  bare.place(USER, "ldr r4, [r5]\nstr r4, [r5, #4]\nsvc #0\nldr r4, [r5]\nstr r4, [r5, #8]\nb .")
  // Into user mode: SPSR first, which the start of a run does not set.
  bare.place(KERNEL + 0x300, "msr spsr_cxsf, r6")
  bare.run(KERNEL + 0x300, 1, { 6: USR })
  bare.run(KERNEL, 4, { 0: TABLE, 1: BOTH, 2: 0x00c5_0079, 5: DATA, 14: USER })
  bare.go(2)
  expect([bare.mode, bare.pc, bare.register(4)]).toEqual([USR, USER + 8, 0x1234_5678])
})

/** Through the system call to the return: the kernel writes DACR at its entry, and again before it returns. */
function call(atEntry: number, atReturn: number, instructions: number): void {
  bare.run(USER + 8, instructions, { 1: atEntry, 3: atReturn })
}

describe("user entries of the TLB", () => {
  it("serve the user again once its domain is back", () => {
    call(KERNEL_ONLY, BOTH, 7)
    const { walks, fills } = bare.cpu.guest.counters
    const { load, store } = bare.cpu.interpreter!.exits
    call(KERNEL_ONLY, BOTH, 7)
    expect([bare.mode, bare.pc, bare.memory.getUint32(DATA + 8, true)]).toEqual([USR, USER + 20, 0x1234_5678])
    expect(bare.cpu.interpreter!.exits).toMatchObject({ load, store })
    expect(bare.cpu.guest.counters).toMatchObject({ walks, fills })
  })

  it("do not let user code run whose domain was not given back", () => {
    call(KERNEL_ONLY, KERNEL_ONLY, 6)
    expect([bare.mode, bare.pc]).toEqual([ABT, 0x0c])
    expect([bare.system("IFSR"), bare.system("IFAR")]).toEqual([0x009, USER + 12])
  })

  it.each([
    ["ldrt", KERNEL + 0x200, 0x019],
    ["strt", KERNEL + 0x210, 0x819],
  ])("do not serve %s while the domain is denied, but before and after", (_, at, status) => {
    call(BOTH, BOTH, 3)
    bare.run(at, 1, { 0: 5, 5: DATA + 4 })
    expect(bare.mode).toBe(SVC)
    bare.place(KERNEL + 0x400, "mcr p15, 0, r1, c3, c0, 0")
    bare.run(KERNEL + 0x400, 1, { 1: KERNEL_ONLY })
    bare.memory.setUint32(DATA + 4, 99, true)
    bare.run(at, 1, { 0: 5, 5: DATA + 4 })
    expect([bare.mode, bare.system("DFSR"), bare.system("DFAR")]).toEqual([ABT, status, DATA + 4])
    expect([bare.register(0), bare.memory.getUint32(DATA + 4, true)]).toEqual([5, 99])
    bare.run(KERNEL + 0x400, 1, { 1: BOTH })
    bare.run(at, 1, { 0: 99, 5: DATA + 4 })
    expect([bare.mode, bare.register(0)]).toEqual([ABT, 99])
    expect(bare.pc).toBe(at + 4)
  })

  it("do not serve big-endian ldrt either", () => {
    call(KERNEL_ONLY, BOTH, 3)
    bare.place(KERNEL + 0x400, "setend be")
    bare.run(KERNEL + 0x400, 1)
    bare.run(KERNEL + 0x200, 1, { 0: 5, 5: DATA })
    expect([bare.mode, bare.system("DFSR")]).toEqual([ABT, 0x019])
  })
})
