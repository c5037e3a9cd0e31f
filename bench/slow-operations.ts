// The dearest single operations of each board: what one instruction of a hostile guest can cost the host.

import { type BootOptions, prepare } from "../src/index.ts"
import { loaded } from "../test/guests/programs.ts"
import { fixed, table } from "./statistics.ts"

type Program = {
  /** Runs once; may use r0 to r11. */
  readonly setup?: string
  /** Runs again and again; r12 counts. */
  readonly body: string
  /** Operations in a round of the body; 1 unless given. */
  readonly operations?: number
  /** Data behind the program. */
  readonly data?: string
}

/** Switches the MMU on with sections at r10 that map everything where it is; r11 is the SCTLR then. */
const sections = (table: string) => `
        ldr   r10, =${table}
        ldr   r2, =0x00000c02
        mov   r1, #0
1:      orr   r3, r2, r1, lsl #20
        str   r3, [r10, r1, lsl #2]
        add   r1, r1, #1
        cmp   r1, #0x1000
        bne   1b
        mcr   p15, 0, r10, c2, c0, 0
        mvn   r0, #0
        mcr   p15, 0, r0, c3, c0, 0
        mrc   p15, 0, r11, c1, c0, 0
        orr   r11, r11, #1
        mcr   p15, 0, r11, c1, c0, 0`

/** Programs for both boards; `ram` is the start of RAM. */
const common = (ram: number): Record<string, Program> => {
  const at = (offset: number) => `0x${(ram + offset).toString(16)}`
  const on = sections(at(0x20_0000))
  return {
    "TLB: all, and a page": {
      setup: `${on}\n ldr r4, =${at(0x30_0000)}`,
      body: "mcr p15, 0, r0, c8, c7, 0\n ldr r0, [r4]",
    },
    "a page of 256, after TLB: all": {
      operations: 256,
      setup: `${on}\n ldr r4, =${at(0x30_0000)}`,
      body: `mcr p15, 0, r0, c8, c7, 0
        mov r5, r4
        mov r6, #256
2:      ldr r0, [r5]\n add r5, r5, #4096
        subs r6, r6, #1
        bne 2b`,
    },
    "TLB: one of 256 pages of a section": {
      setup: `${on}\n ldr r4, =${at(0x30_0000)}\n mov r5, r4\n mov r6, #256\n2: ldr r0, [r5]\n add r5, r5, #4096\n subs r6, r6, #1\n bne 2b`,
      body: "mcr p15, 0, r4, c8, c7, 1\n ldr r0, [r4]",
    },
    "another table of 16": {
      // Copies of the first table, one behind the other.
      setup: `${on}
        add r4, r10, #0x4000
        add r5, r10, #0x40000
        mov r6, r10
2:      ldr r0, [r6], #4
        str r0, [r4], #4
        cmp r4, r5
        bne 2b`,
      body: `add r10, r10, #0x4000\n cmp r10, r5\n ldreq r10, =${at(0x20_0000)}\n mcr p15, 0, r10, c2, c0, 0`,
    },
    "MMU off and on": {
      setup: on,
      body: "bic r0, r11, #1\n mcr p15, 0, r0, c1, c0, 0\n mcr p15, 0, r11, c1, c0, 0",
    },
    "alignment checks on and off": {
      setup: on,
      body: "eor r11, r11, #2\n mcr p15, 0, r11, c1, c0, 0",
    },
    "domains, and an access": {
      setup: `${on}\n ldr r4, =${at(0x30_0000)}\n mvn r5, #0`,
      body: "mvn r5, r5\n orr r6, r5, #1\n mcr p15, 0, r6, c3, c0, 0\n ldr r0, [r4]",
    },
    "code that is written, then executed": {
      setup: "ldr r4, =made\n ldr r5, =0xe2800001\n ldr r6, =0xe12fff1e",
      body: "str r5, [r4]\n str r6, [r4, #4]\n add r5, r5, #1\n bic r5, r5, #0x80\n blx r4",
      data: "made: .word 0, 0",
    },
    "code in 15 MiB, a page each": {
      setup: `ldr r4, =${at(0x20_0000)}\n ldr r5, =0xe12fff1e\n mov r6, r4\n ldr r7, =${at(0x110_0000)}
2:      str r5, [r6]\n add r6, r6, #4096
        cmp r6, r7
        bne 2b
        mov r6, r4`,
      body: "blx r6\n add r6, r6, #4096\n cmp r6, r7\n moveq r6, r4",
    },
    "an access across pages": {
      setup: `${on}\n ldr r4, =${at(0x30_0ffe)}`,
      body: "ldr r0, [r4]\n str r0, [r4]",
    },
    "an undefined instruction": {
      setup: `ldr r0, =${at(0)}\n ldr r1, =0xe1b0f00e\n str r1, [r0, #4]\n${vectors(ram)}`,
      body: "udf #0",
    },
    "a data abort": {
      setup: `ldr r0, =${at(0)}\n ldr r1, =0xe25ef004\n str r1, [r0, #16]\n${vectors(ram)}\n ldr r4, =0xf8000000`,
      body: "ldr r0, [r4]",
    },
    "a system call": {
      setup: `ldr r0, =${at(0)}\n ldr r1, =0xe1b0f00e\n str r1, [r0, #8]\n${vectors(ram)}`,
      body: "svc #0",
    },
    "a string of 64 KiB by semihosting": {
      setup: `ldr r4, =${at(0x30_0000)}\n ldr r5, =0x41414141\n mov r6, r4\n mov r7, #0x4000\n2: str r5, [r6], #4\n subs r7, r7, #1\n bne 2b`,
      body: "mov r0, #4\n mov r1, r4\n svc #0x123456",
    },
    "a timeless loop": { body: "add r0, r0, #1" },
  }
}

// The vectors are where the program put them: at the start of RAM on virt by VBAR; there anyway on versatilepb.
const vectors = (ram: number) => (ram === 0 ? "" : `ldr r0, =0x${ram.toString(16)}\n mcr p15, 0, r0, c12, c0, 0`)

const onVirt: Record<string, Program> = {
  "TLB: a page of a block of 1 GiB, 256 of them touched": {
    setup: `ldr r10, =0x40200000
        ldr   r2, =0x00000701
        mov   r3, #0
        mov   r1, #0
1:      str   r2, [r10]
        str   r3, [r10, #4]
        add   r10, r10, #8
        add   r2, r2, #0x40000000
        add   r1, r1, #1
        cmp   r1, #4
        bne   1b
        ldr   r0, =0x80000000
        mcr   p15, 0, r0, c2, c0, 2
        ldr   r0, =0x40200000
        mov   r1, #0
        mcrr  p15, 0, r0, r1, c2
        mvn   r0, #0
        mov   r0, #0xff
        mcr   p15, 0, r0, c10, c2, 0
        mrc   p15, 0, r11, c1, c0, 0
        orr   r11, r11, #1
        mcr   p15, 0, r11, c1, c0, 0
        ldr   r4, =0x40300000
        mov   r5, r4
        mov   r6, #256
2:      ldr r0, [r5]\n add r5, r5, #4096
        subs  r6, r6, #1
        bne   2b`,
    body: "mcr p15, 0, r4, c8, c7, 1\n ldr r0, [r4]",
  },
  "a Thumb instruction across pages, after TLB: all": {
    setup: `${sections("0x40200000")}
        ldr r4, =0x40300ffe
        ldr r5, =0xf105
        strh r5, [r4]
        ldr r5, =0x0501
        strh r5, [r4, #2]
        ldr r5, =0x4770
        strh r5, [r4, #4]
        add r4, r4, #1`,
    body: "mcr p15, 0, r0, c8, c7, 0\n blx r4",
  },
  "a PSCI call": { body: "ldr r0, =0x84000000\n hvc #0" },
  "an interrupt that it raises itself": {
    setup: `ldr r4, =0x08000000
        mov r0, #1
        str r0, [r4]
        add r5, r4, #0x10000
        str r0, [r5]
        mov r0, #0xf0
        str r0, [r5, #4]
        ldr r6, =0x02000001
        ldr r7, =0x08010000`,
    body: "str r6, [r4, #0xf00]\n ldr r0, [r7, #12]\n str r0, [r7, #16]",
  },
  "an address translated for software": {
    setup: `${sections("0x40200000")}\n ldr r4, =0x40300000`,
    body: "mcr p15, 0, r4, c7, c8, 0",
  },
  "flash: into its command mode and back": {
    setup: "mov r4, #0x4000000\n mov r5, #0x90\n mov r6, #0xff",
    body: "str r5, [r4]\n str r6, [r4]",
  },
  "flash: a block erased": {
    setup: "mov r4, #0x4000000\n mov r5, #0x20\n mov r6, #0xd0\n mov r7, #0x50\n mov r8, #0xff",
    body: "str r5, [r4]\n str r6, [r4]\n str r7, [r4]\n str r8, [r4]",
  },
}

const SECONDS = 0.4
const SLICE = 200_000
const SHOWN = 20
const MISSING = 1e9

type Cost = { readonly what: string; readonly us: number; readonly longestMs: number }

/** CPU time of this process, of all its threads. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** CPU time of one round of a program's loop, in µs, and the time on the wall of its longest slice, in ms. */
async function costOf(
  what: string,
  machine: "virt" | "versatilepb",
  { setup = "", body, operations = 1, data = "" }: Program,
): Promise<Cost> {
  const source = `${setup}\n mov r12, #0\nagain: ${body}\n add r12, r12, #1\n b again\n .ltorg\n${data}`
  const options: BootOptions = { ...loaded(machine, source), memoryBytes: 128 * 1024 * 1024, semihosting: true }
  const { board } = await prepare(options)
  let longestMs = 0
  const start = performance.now()
  let measured = cpuUs()
  let rounds = 0
  const counted = () => Number(board.cpu.register("r12"))
  while (performance.now() < start + 2 * SECONDS * 1000) {
    const began = performance.now()
    if (rounds === 0 && began > start + SECONDS * 1000) {
      rounds = counted()
      measured = cpuUs()
    }
    board.machine.slice(SLICE, () => performance.now() > began + 10)
    longestMs = Math.max(longestMs, performance.now() - began)
  }
  const done = (counted() - rounds) * operations
  return { what, us: done === 0 ? MISSING : (cpuUs() - measured) / done, longestMs }
}

// The least of some batches: whatever interrupts the host makes others longer.
function leastUs(work: () => void): number {
  const batches = Array.from({ length: 5 }, () => {
    const began = performance.now()
    for (let n = 0; n < 10; n++) work()
    return ((performance.now() - began) * 1000) / 10
  })
  return Math.min(...batches)
}

/** Host time of an access to each register of each part, in µs: the dearest of each part. */
async function costOfRegisters(machine: "virt" | "versatilepb"): Promise<Cost[]> {
  const { board } = await prepare(loaded(machine, "b ."))
  const costs: Cost[] = []
  for (const { name, ranges } of board.machine.parts) {
    let dearest = { what: "", us: 0, longestMs: 0 }
    for (const { at, region } of ranges) {
      for (let offset = 0; offset < Math.min(region.size, 4096); offset += 4) {
        for (const value of [undefined, 0, 0xffff_ffff]) {
          const us = leastUs(() => {
            if (value === undefined) board.machine.bus.read(at + offset, 4)
            else board.machine.bus.write(at + offset, 4, value)
          })
          const how = value === undefined ? "read" : `write of ${value}`
          if (us > dearest.us) dearest = { what: `${name}: ${how} at ${offset.toString(16)}`, us, longestMs: us / 1000 }
        }
      }
    }
    costs.push(dearest)
  }
  return costs
}

/** A table of the dearest operations of each board. */
export async function slowOperations(): Promise<string> {
  let text = ""
  for (const [machine, programs] of [
    ["virt", { ...common(0x4000_0000), ...onVirt }],
    ["versatilepb", common(0)],
  ] as const) {
    const costs: Cost[] = await costOfRegisters(machine)
    for (const [what, program] of Object.entries(programs)) costs.push(await costOf(what, machine, program))
    costs.sort((a, b) => b.us - a.us)
    const rows = costs
      .slice(0, SHOWN)
      .map(({ what, us, longestMs }) => [what, us === MISSING ? "-" : fixed(us, 2), fixed(longestMs, 1)])
    text += `\n${machine}\n\n${table(["a round of", "us", "longest slice, ms"], rows)}`
  }
  return text
}
