// Linux with a busybox user space on the Versatile/PB926EJ-S board.

import { expect, it } from "vitest"
import type { Engine } from "../../src/index.ts"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"
import { benchSums, benchSumsOf, selfTestLines, selfTestOf } from "./self-test.ts"

const KERNEL = "arm/versatilepb-zImage"
const TREE = "arm/versatile-pb.dtb"
const INITRD = "arm/initramfs-armel.cpio.gz"
const MINUTES = 60_000
/** Bounds against a boot that hangs, in instructions. */
const LIMIT = { selfTest: 7e9, shell: 2.5e9 }

describeGuests("Linux on versatilepb", [KERNEL, TREE, INITRD], () => {
  const guest = (append: string) => ({
    image: guestFile(KERNEL),
    dtb: guestFile(TREE),
    initrd: guestFile(INITRD),
    append: `console=ttyAMA0 ${append}`,
    failOn: linuxTrouble,
  })
  const selfTest = (engine: Engine) =>
    run({ ...guest(""), engine, expect: [/GUEST-SELFTEST-\w+/], maxInstructions: LIMIT.selfTest })

  it("passes its self test, twice with the same bytes and the same number of instructions, and so on the interpreter", {
    timeout: 8 * MINUTES,
  }, async () => {
    const first = await selfTest("jit")
    expect(first).toMatchObject({ outcome: "matched", reason: "" })
    expect(selfTestOf(first.text)).toEqual(selfTestLines)
    for (const engine of ["jit", "interpreter"] as const) {
      const again = await selfTest(engine)
      expect(again.output).toBe(first.output)
      expect(again.instructions).toBe(first.instructions)
      expect(again.virtualSeconds).toBe(first.virtualSeconds)
    }
  })

  it("sees the board's parts", { timeout: 2 * MINUTES }, async () => {
    const { text } = await run({ ...guest("guest.noself"), expect: [/guest# /], maxInstructions: LIMIT.shell })
    for (const line of [
      "CPU: ARM926EJ-S [41069265] revision 5 (ARMv5TEJ)",
      "OF: fdt: Machine model: ARM Versatile PB",
      "101f1000.uart: ttyAMA0 at MMIO 0x101f1000 (irq = 28, base_baud = 0) is a PL011 rev1",
      "Switched to clocksource arm,sp804",
      "pl061_gpio 101e7000.gpio: PL061 GPIO chip registered",
      "rtc-pl031 101e8000.rtc: setting system clock to 2024-01-01T12:00:00 UTC",
    ]) {
      expect(text).toContain(line)
    }
  })

  it("runs typed commands, and halts by one", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      ...guest("guest.noself"),
      expect: [/guest# /, /guest# /, /guest# /, /System halted/],
      send: ["uname -a\n", "cat /proc/interrupts\n", "poweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    // The board has no switch by which it could turn itself off.
    expect(end).toMatchObject({ outcome: "matched", reason: "" })
    expect(text).toMatch(
      /guest# uname -a\nLinux guest 6\.1\.192-guest #1 2024-01-01 00:00:00 UTC armv5tejl GNU\/Linux\n/,
    )
    expect(text).toMatch(/^ 20: +[1-9]\d* +VIC +4 Edge +timer$/m)
    expect(text).toMatch(/^ 28: +[1-9]\d* +VIC +12 Edge +uart-pl011$/m)
  })

  it("starts again when it is told to, with the console still alive", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      ...guest("guest.noself"),
      expect: [/guest# /, /Booting Linux/, /guest# /, /System halted/],
      send: ["reboot -f\n", "", "poweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    expect(end.outcome).toBe("matched")
    expect(text.match(/Booting Linux on physical CPU 0x0/g)).toHaveLength(2)
  })

  it("computes what other computers compute", { timeout: 3 * MINUTES }, async () => {
    const { text } = await run({
      ...guest("guest.noself guest.bench=1"),
      expect: [/GUEST-BENCH-DONE/],
      maxInstructions: LIMIT.shell,
    })
    expect(benchSumsOf(text)).toEqual(benchSums)
  })
})
