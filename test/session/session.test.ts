// A session on small guests: what it sees of the console, when it ends, and how it sleeps.

import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { type BootOptions, boot, createHost, prepare, type SessionHost } from "../../src/index.ts"
import { busy, ender, flood, idler, panicking, printer, resetter, spiller } from "../cli/small-guests.ts"
import { loaded } from "../guests/programs.ts"

/** Ends a guest that would run for ever. */
const FAR = 10_000_000

const run = (image: Uint8Array, options: BootOptions = {}) =>
  boot({ image, machine: "virt", engine: "interpreter", semihosting: true, maxInstructions: FAR, ...options })

describe("patterns", () => {
  it("are found in a text however much is printed in one slice", async () => {
    const image = spiller("needle", 700_000)
    expect((await run(image, { expect: [/needle/] })).outcome).toBe("matched")
    expect((await run(image, { failOn: [/needle/] })).outcome).toBe("failOn")
    expect((await run(image, { expect: [/needlex/, /x{10}$/] })).outcome).toBe("matched")
  })

  it("are found in UTF-8", async () => {
    const result = await run(printer("caf\u00e9 \u20ac\n"), { expect: [/fé €/] })
    expect([result.outcome, result.output.slice(0, 5)]).toEqual(["matched", "café "])
  })

  it.each(["g", "y", "gy"])("may have the flags %s", async (flags) => {
    const once = new RegExp("and", flags)
    once.lastIndex = 100
    const result = await run(printer("this and that and those\n"), { expect: [once, once], failOn: [/never/g] })
    expect(result.outcome).toBe("matched")
  })

  it("of failOn are found in what an expected text ends", async () => {
    const result = await run(flood("ok Kernel trouble\n", 3), {
      expect: [/ok Ker/],
      send: ["", ""],
      failOn: [/Kernel t/],
    })
    expect(result.outcome).toBe("failOn")
  })

  it("match at the same instruction in every run, on every engine", async () => {
    const image = flood("line of text\n", 5000)
    const ends = await Promise.all(
      (["interpreter", "jit"] as const).map((engine) => run(image, { engine, expect: [/(line.*\s+){4000}/] })),
    )
    expect(ends[0]!.outcome).toBe("matched")
    expect(ends[1]!.instructions).toBe(ends[0]!.instructions)
  })
})

describe("the output of boot", () => {
  it("is what was printed, with nothing dropped", async () => {
    const { output, outputDropped } = await run(printer("one\ntwo\n"))
    expect([output, outputDropped]).toEqual(["one\ntwo\n", 0])
  })

  it("is bounded, and tells what was dropped", { timeout: 120_000 }, async () => {
    const { output, outputDropped } = await run(spiller("start", 1_000_000, 20), { maxInstructions: 1e9 })
    expect(output.length).toBeLessThan(17 * 1024 * 1024)
    expect(output.length).toBeGreaterThanOrEqual(16 * 1024 * 1024)
    expect(output.length + outputDropped).toBe(20 * 1_000_005)
  })
})

describe("a panic", () => {
  const linux = "[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs"

  it.each([
    ["Linux", `${linux}\r\n`],
    ["Linux behind a prompt", `~ # ${linux}\r\n`],
    ["FreeBSD", "panic: vm_fault: fault on nofault entry\ncpuid = 0\ntime = 1\n"],
    ["FreeBSD with one CPU", "panic: no init\ntime = 1\n"],
    ["NetBSD", "[   1.0000] panic: init died\n[   1.0000] cpu0: Begin traceback...\n"],
    ["OpenBSD", "panic: init died\nStopped at      db_enter+0x4:\n"],
    ["U-Boot", "initcall failed\n### ERROR ### Please RESET the board ###\n"],
  ])("of %s fails a test", async (_, text) => {
    const result = await run(printer(text), { failOn: [/never/] })
    expect([result.outcome, result.reason]).toEqual(["panic", expect.stringMatching(/^the guest panicked: "/)])
  })

  it.each([
    ["a Go program", "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n"],
    ["a word in a line", "do not panic: time = money\nKernel panic is what we avoid\n"],
    ["a setting", "kernel.panic = 10\npanic: 10\n"],
  ])("is not what %s says", async (_, text) => {
    expect((await run(printer(text), { panic: "fail" })).outcome).toBe("off")
  })

  it("is ignored when asked to, and when nothing is tested", async () => {
    expect((await run(printer(linux))).outcome).toBe("off")
    expect((await run(printer(linux), { failOn: [/never/], panic: "ignore" })).outcome).toBe("off")
    expect((await run(printer(linux), { panic: "fail" })).outcome).toBe("panic")
  })

  it("fails the run although what is expected comes behind it", async () => {
    expect((await run(printer(`${linux}\nlogin:`), { expect: [/login:/] })).outcome).toBe("panic")
  })

  it("is none if it is expected, in whatever pieces it comes", async () => {
    const ended = `${linux}\n---[ end Kernel panic - not syncing: VFS ]---\nlast\n`
    expect((await run(printer(ended), { expect: [/Kernel panic/, /last/] })).outcome).toBe("matched")
    expect((await run(printer(ended), { expect: [/panic - not syncing: VFS/] })).outcome).toBe("matched")
    expect((await run(panicking(linux, 1_000_000), { expect: [/Kernel panic[\s\S]*later/] })).outcome).toBe("matched")
  })

  it("gives way to a pattern that must not appear", async () => {
    expect((await run(printer(linux), { failOn: [/Kernel panic/] })).outcome).toBe("failOn")
  })

  it("ends the run at a reset, and shows what the kernel prints behind it", async () => {
    const result = await run(resetter(`${linux}\nCPU: 0\n`), { panic: "fail", reboot: true })
    expect([result.outcome, result.output]).toEqual(["panic", `${linux}\nCPU: 0\n`])
    expect((await run(resetter(linux), { panic: "fail", reboot: false })).outcome).toBe("panic")
  })

  it("ends a guest that goes on for ever, or only waits", async () => {
    const loop = await run(busy(linux), { panic: "fail", maxInstructions: 1e9, engine: "jit" })
    expect(loop.outcome).toBe("panic")
    expect(loop.instructions).toBeLessThan(110_000_000)
    expect((await run(idler(linux), { panic: "fail" })).outcome).toBe("panic")
  })
})

describe("a guest's status", () => {
  it.each([1, 5, 256, -1])("is told unchanged: %i", async (status) => {
    const result = await run(ender("", status))
    expect([result.outcome, result.status, result.reason]).toEqual([
      "failed",
      status,
      `the guest ended with status ${status}`,
    ])
  })
})

/** A host whose clock stands still, and which notes how long it is to sleep. */
function sleepless(slept: number[], wake: () => void): SessionHost {
  return {
    now: () => 0,
    async sleep(ms) {
      if (ms > 0) slept.push(ms)
      if (slept.length === 5) wake()
      await new Promise((resolve) => setImmediate(resolve))
    },
    wake() {},
  }
}

describe("sleep", () => {
  it("lasts a minute at most, whatever the alarm", async () => {
    const slept: number[] = []
    const host: SessionHost = sleepless(slept, () => booted.session.quit())
    // The real-time clock's alarm is 30 days ahead.
    const image = idler("", "ldr r0, =0x09010000\n ldr r1, [r0]\n ldr r2, =2592000\n add r1, r1, r2\n str r1, [r0, #4]")
    const booted = await prepare({ image, machine: "virt", engine: "evaluator", realTime: true, host })
    expect((await booted.run()).outcome).toBe("quit")
    expect(booted.board.machine.clock.nextDeadlineNs()).toBeGreaterThan(29 * 86_400e9)
    expect(slept).toEqual([60_000, 60_000, 60_000, 60_000, 60_000])
  })

  it("ends when the session is quit", async () => {
    const { session, run } = await prepare({ image: idler(""), machine: "virt", engine: "evaluator", realTime: true })
    setTimeout(() => session.quit(), 100)
    const started = performance.now()
    expect((await run()).outcome).toBe("quit")
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it("of a host may be longer than a timer, and is ended by a call", async () => {
    const host = createHost()
    let ended = false
    const sleep = host.sleep(2 ** 31 + 1000).then(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(ended).toBe(false)
    host.wake()
    await sleep
  })
})

describe("a limit of time", () => {
  it("includes loading", async () => {
    const image = gzipSync(new Uint8Array(50_000_000))
    const result = await boot({ image, machine: "virt", timeoutSeconds: 1e-6 })
    expect(result).toMatchObject({ outcome: "limit", instructions: 0 })
    expect(result.reason).toMatch(/seconds have passed while loading/)
  })

  it("ends a guest that waits for its output to be taken, which executes nothing meanwhile", async () => {
    const result = await run(flood("text\n", 100_000), {
      timeoutSeconds: 0.3,
      whenOutputTaken: () => new Promise(() => {}),
    })
    expect(result.outcome).toBe("limit")
    expect(result.instructions).toBeLessThanOrEqual(200_000)
  })
})

describe("a slice of slow instructions", () => {
  /** A host whose clock moves on by a millisecond with each look at it. */
  function hasty(): SessionHost {
    let ms = 0
    return { ...createHost(), now: () => ms++ }
  }
  /** Each round drops every translation, then prints. */
  const slow = loaded(
    "virt",
    `
        ldr   r6, =0x09000000
        mov   r0, #'a'
  more: mcr   p15, 0, r0, c8, c7, 0
        str   r0, [r6]
        add   r0, r0, #1
        cmp   r0, #'z'
        movhi r0, #'a'
        b     more`,
  )

  it("is paused, so that the limit of time holds", async () => {
    const { outcome, instructions } = await boot({ ...slow, timeoutSeconds: 0.1, host: hasty() })
    expect([outcome, instructions > 0, instructions < 50_000]).toEqual(["limit", true, true])
  })

  it("is searched when the session is quit while it is paused", async () => {
    const host = hasty()
    const options = { ...slow, failOn: [/abc/], host }
    const booted = await prepare({ ...options, onOutput: () => booted.session.quit() })
    expect((await booted.run()).outcome).toBe("failOn")
  })

  it("matches at the same instruction, however often it is paused", async () => {
    const options = { ...slow, expect: Array.from({ length: 5000 }, () => /z/), maxInstructions: 5e6 }
    const [calm, hurried] = [await boot(options), await boot({ ...options, host: hasty() })]
    expect([calm.outcome, hurried.outcome]).toEqual(["matched", "matched"])
    expect(hurried.instructions).toBe(calm.instructions)
  })
})
