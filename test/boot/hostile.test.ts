// Programs that do their worst: whatever they try, the host goes on, and its memory stays bounded.

import { describe, expect, it } from "vitest"
import { assemble, firmware, loaded } from "../guests/programs.ts"
import { registerNonsense } from "../guests/register-nonsense.ts"
import { Random } from "../support/random.ts"
import { type Damage, endure } from "./endure.ts"

const MiB = 1024 * 1024
/** Most growth of the host's memory that counts as none. */
const NOISE = 6 * MiB
/** Two banks of flash on virt: their contents come into being as they are programmed. */
const FLASH = 128 * MiB
/** Most lines that a run may log, however long it is: some of each kind. */
const LOG_LINES = 4096

function expectBounded(damage: Damage, growth = NOISE): void {
  expect(damage.grown).toBeLessThan(growth)
  expect(damage.logged.length).toBeLessThan(LOG_LINES)
}

/** Runs that end by the limit, after exactly as many instructions. */
async function expectLimit(
  options: Parameters<typeof endure>[0],
  maxInstructions: number,
  growth = NOISE,
): Promise<Damage> {
  const damage = await endure({ ...options, maxInstructions })
  expect(damage).toMatchObject({ outcome: "limit", instructions: maxInstructions })
  expect(damage.reason).toBe(`${maxInstructions} instructions have been executed`)
  expectBounded(damage, growth)
  return damage
}

describe("a program that never gets anywhere", { timeout: 180_000 }, () => {
  const programs: Record<string, string> = {
    "loops on one instruction": "b .",
    "jumps into nothing, its vectors being there as well": `
        ldr   r0, =0xf0000000
        mcr   p15, 0, r0, c12, c0, 0    @ VBAR
        bx    r0`,
    "has an undefined instruction as its handler of undefined instructions": "b first\nfirst: udf #0\n",
    "calls the supervisor from the supervisor call": "svc #0\n nop\n svc #0",
    "aborts in its handler of aborts": `
        b     start
        b     .
        b     .
        b     .
    abort:
        ldr   r1, [r0]
    start:
        ldr   r0, =0xf0000000
        b     abort`,
    "switches on an MMU whose tables are nowhere": `
        ldr   r0, =0xf0000000
        mcr   p15, 0, r0, c2, c0, 0     @ TTBR0
        mrc   p15, 0, r0, c1, c0, 0
        orr   r0, r0, #1
        mcr   p15, 0, r0, c1, c0, 0     @ SCTLR.M
        b     .`,
    "waits for interrupts that it masks": `
        mov   r0, #0
        mcr   p15, 0, r0, c14, c2, 0    @ CNTP_TVAL: now
        mov   r0, #1
        mcr   p15, 0, r0, c14, c2, 1    @ CNTP_CTL: on
        ldr   r1, =0x08000000           @ distributor and CPU interface of the GIC
        str   r0, [r1]
        mvn   r2, #0
        str   r2, [r1, #0x100]
        add   r1, r1, #0x10000
        str   r0, [r1]
        str   r2, [r1, #4]
    wait:
        wfi
        b     wait`,
  }
  for (const [what, source] of Object.entries(programs)) {
    it(`${what}: the limit ends it`, () => expectLimit(firmware(source), 2e6).then(() => {}))
  }

  it("waits for an interrupt that never comes: the run ends and says so", async () => {
    const damage = await endure(firmware("wfi\n b ."))
    expect(damage.outcome).toBe("failed")
    expect(damage.reason).toBe("the guest waits for an interrupt that will never come")
  })

  it("resets itself for ever: the time limit ends it", async () => {
    const damage = await endure({ ...firmware("ldr r0, =0x84000009\n hvc #0"), timeoutSeconds: 0.15 })
    expect(damage).toMatchObject({ outcome: "limit", reason: "0.15 seconds have passed" })
    expectBounded(damage)
  })
})

describe("a program that floods the host", { timeout: 180_000 }, () => {
  it("sends bytes for ever: each is passed on, none is kept", async () => {
    const damage = await expectLimit(
      {
        ...firmware("ldr r1, =0x09000000\n mov r0, #'x'\nmore: str r0, [r1]\n b more"),
        // With something to look for, what is sent must be looked at.
        expect: [/never/],
      },
      6e6,
    )
    expect(damage.sent).toBeGreaterThan(2.9e6)
  })

  it("misuses parts for ever: the log ends", async () => {
    const damage = await expectLimit(
      firmware(`
        b     start
        b     .
        b     .
        b     .
        subs  pc, lr, #4
    start:
        ldr   r1, =0x09000004
        ldr   r2, =0xb0000000
        mov   r0, #0
    more:
        add   r0, r0, #4
        bic   r3, r0, #0xff000
        str   r0, [r1, r3, lsr #20]
        ldr   r3, [r2, r0]
        str   r3, [r1, #0x14]
        b     more`),
      2e6,
    )
    expect(damage.logged.length).toBeLessThan(100)
  })

  it("executes from every page of its memory, again and again", async () => {
    const damage = await expectLimit(
      loaded(
        "virt",
        `
        ldr   r0, =0xe12fff1e           @ bx lr
        ldr   r5, =0xe2866001           @ add r6, r6, #1
    again:
        ldr   r1, =0x40100000
        mov   r2, #0x3e00               @ pages
    next:
        stm   r1, {r0}
        add   r3, r1, #0x800
        stm   r3, {r5}
        str   r0, [r3, #4]
        blx   r1
        blx   r3
        add   r1, r1, #0x1000
        subs  r2, r2, #1
        bne   next
        b     again`,
      ),
      2e6,
    )
    // More pages than are kept.
    expect(damage.stats["code"]!["evictions"]).toBeGreaterThan(10_000)
  })

  it("rewrites instructions that cross a page border", async () => {
    const damage = await expectLimit(
      loaded(
        "virt",
        `
        ldr   r4, =0x40200ffe
        ldr   r5, =0xb000f04f           @ mov.w r0, #..., in Thumb code, across the border
        ldr   r6, =0x4770               @ bx lr
    again:
        strh  r5, [r4]
        add   r7, r5, #0x10000
        lsr   r8, r7, #16
        bic   r8, r8, #0xff00
        strh  r8, [r4, #2]
        mov   r5, r7
        bic   r5, r5, #0xff000000
        strh  r6, [r4, #4]
        add   r0, r4, #1
        blx   r0
        b     again`,
      ),
      2e6,
    )
    expect(damage.stats["code"]!["decoded"]).toBeGreaterThan(100_000)
  })

  it("invalidates a page of a block of 1 GiB, of which it has touched many, again and again", async () => {
    await expectLimit(
      loaded(
        "virt",
        `
        ldr   r10, =0x40200000          @ the first level of long descriptors: four blocks, mapped where they are
        ldr   r2, =0x00000701
        mov   r3, #0
        mov   r1, #4
  block:
        str   r2, [r10], #4
        str   r3, [r10], #4
        add   r2, r2, #0x40000000
        subs  r1, r1, #1
        bne   block
        ldr   r0, =0x80000000
        mcr   p15, 0, r0, c2, c0, 2     @ TTBCR.EAE
        ldr   r0, =0x40200000
        mov   r1, #0
        mcrr  p15, 0, r0, r1, c2        @ TTBR0
        mov   r0, #0xff
        mcr   p15, 0, r0, c10, c2, 0    @ MAIR0
        mrc   p15, 0, r0, c1, c0, 0
        orr   r0, r0, #1
        mcr   p15, 0, r0, c1, c0, 0
        ldr   r4, =0x40300000
        mov   r5, r4
        mov   r6, #256
  touch:
        ldr   r0, [r5]
        add   r5, r5, #0x1000
        subs  r6, r6, #1
        bne   touch
  again:
        ldr   r5, =0x40400000
        mov   r6, #60
  more: ldr   r0, [r5]
        mcr   p15, 0, r4, c8, c7, 1     @ TLBIMVA
        add   r5, r5, #0x100000
        subs  r6, r6, #1
        bne   more
        b     again`,
      ),
      3e6,
    )
  })

  it("switches through address spaces without end", async () => {
    const damage = await expectLimit(
      loaded(
        "virt",
        `
        @ TTBR1: sections, all mapped where they are. TTBR0: tables of 128 bytes for the first 32 MiB (TTBCR.N = 7).
        ldr   r0, =0x40104000
        mcr   p15, 0, r0, c2, c0, 1
        ldr   r2, =0x00000c02
        mov   r1, #0
    section:
        orr   r3, r2, r1, lsl #20
        str   r3, [r0, r1, lsl #2]
        add   r1, r1, #1
        cmp   r1, #0x1000
        bne   section
        mov   r0, #7
        mcr   p15, 0, r0, c2, c0, 2
        mvn   r0, #0
        mcr   p15, 0, r0, c3, c0, 0
        ldr   r4, =0x40200000
        ldr   r5, =0x43f00000
        mcr   p15, 0, r4, c2, c0, 0
        mrc   p15, 0, r0, c1, c0, 0
        orr   r0, r0, #1
        mcr   p15, 0, r0, c1, c0, 0
        ldr   r6, =0x40020c02           @ maps address 0 to RAM, not global
        mov   r7, #0
        mov   r8, #0
    next:
        str   r6, [r4]
        mcr   p15, 0, r4, c2, c0, 0
        add   r7, r7, #1
        and   r0, r7, #0xff
        mcr   p15, 0, r0, c13, c0, 1    @ CONTEXTIDR
        isb   sy
        ldr   r0, [r8]
        str   r0, [r8, #0x10]
        add   r4, r4, #0x80
        cmp   r4, r5
        ldreq r4, =0x40200000
        b     next`,
      ),
      2e6,
    )
    // More spaces than are kept, so that old ones had to go.
    expect(damage.stats["mmu"]!["evictions"]).toBeGreaterThan(100_000)
  })
})

describe("nonsense", { timeout: 180_000 }, () => {
  for (const machine of ["virt", "versatilepb"] as const) {
    for (const seed of [1, 2, 3]) {
      it(`written to and read from every register of ${machine} does no harm (seed ${seed})`, async () => {
        const program = { ...(await registerNonsense(machine, seed)), expect: [/never, never/] }
        const damage = await expectLimit(program, 12e6, FLASH + NOISE)
        // It has come to most of the parts, and misused them.
        const parts = new Set(damage.logged.map((line) => line.split(":")[0]))
        expect(parts.size).toBeGreaterThan(5)
      })
    }
  }

  it("as a firmware does no harm", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Random(seed)
      const bios = new Uint8Array(64 * 1024)
      random.fill(bios)
      // Half of them start in Thumb code.
      if (seed % 2 === 0) bios.set(assemble("add r0, pc, #1\n bx r0", 0))
      const damage = await endure({ machine: "virt", bios, maxInstructions: 1e6 })
      expect(["limit", "off", "failed"], `seed ${seed}`).toContain(damage.outcome)
      expectBounded(damage)
    }
  })

  it("as page tables does no harm", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const long = seed % 2 === 0 ? "0x80000000" : "0"
      const damage = await endure({
        ...loaded(
          "virt",
          `
        ldr   r4, =${1 + seed * 0x9e37}
        ldr   r0, =0x40100000
        ldr   r1, =0x40300000
    fill:
        eor   r4, r4, r4, lsl #13
        eor   r4, r4, r4, lsr #17
        eor   r4, r4, r4, lsl #5
        bic   r2, r4, #0xc0000000       @ addresses and attributes at random, but for most tables in RAM
        orr   r2, r2, #0x40000000
        bic   r2, r2, #0x0f000000
        str   r2, [r0], #4
        cmp   r0, r1
        bne   fill
        ldr   r0, =${long}
        mcr   p15, 0, r0, c2, c0, 2     @ TTBCR
        ldr   r0, =0x40100000
        mov   r1, #0
        mcrr  p15, 0, r0, r1, c2        @ TTBR0
        ldr   r0, =0x55555555
        mcr   p15, 0, r0, c3, c0, 0     @ DACR
        mrc   p15, 0, r0, c1, c0, 0
        orr   r0, r0, #1
        mcr   p15, 0, r0, c1, c0, 0
    touch:
        eor   r4, r4, r4, lsl #13
        eor   r4, r4, r4, lsr #17
        eor   r4, r4, r4, lsl #5
        ldr   r0, [r4]
        str   r0, [r4, #8]
        b     touch`,
        ),
        maxInstructions: 3e6,
      })
      expect(["limit", "off", "failed"], `seed ${seed}`).toContain(damage.outcome)
      expectBounded(damage)
    }
  })
})
