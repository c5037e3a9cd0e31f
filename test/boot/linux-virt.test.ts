// Linux with a busybox user space on the virt board.

import { expect, it } from "vitest"
import type { Engine } from "../../src/index.ts"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"
import { benchSums, benchSumsOf, selfTestOf, vectorSelfTestLines } from "./self-test.ts"

const KERNEL = "arm/virt-zImage"
const INITRD = "arm/initramfs-armhf.cpio.gz"
const MINUTES = 60_000
/** Bounds against a boot that hangs, in instructions. */
const LIMIT = { selfTest: 6e9, shell: 1.5e9 }

describeGuests("Linux on virt", [KERNEL, INITRD], () => {
  const guest = (append: string) => ({
    image: guestFile(KERNEL),
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
    expect(selfTestOf(first.text)).toEqual(vectorSelfTestLines)
    for (const engine of ["jit", "interpreter"] as const) {
      const again = await selfTest(engine)
      expect(again.output).toBe(first.output)
      expect(again.instructions).toBe(first.instructions)
      expect(again.virtualSeconds).toBe(first.virtualSeconds)
    }
  })

  it("sees the machine that the device tree describes", { timeout: 2 * MINUTES }, async () => {
    const { text } = await run({ ...guest("guest.noself"), expect: [/guest# /], maxInstructions: LIMIT.shell })
    for (const line of [
      "CPU: ARMv7 Processor [414fc0f0] revision 0 (ARMv7), cr=10c5387d",
      "Machine model: linux,dummy-virt",
      "psci: PSCIv1.1 detected in firmware.",
      "ttyAMA0 at MMIO 0x9000000",
      "VFP support v0.3: implementor 41 architecture 4 part 30 variant f rev 0",
      "rtc-pl031 9010000.pl031: setting system clock to 2024-01-01T12:00:00 UTC",
    ]) {
      expect(text).toContain(line)
    }
  })

  it("runs typed commands, and is switched off by one", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      ...guest("guest.noself"),
      expect: [/guest# /, /guest# /, /guest# /, /guest# /],
      send: ["uname -a\n", "cat /proc/interrupts\n", "cat /proc/cpuinfo\n", "poweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    expect(text).toMatch(
      /guest# uname -a\nLinux guest 6\.1\.192-guest #1 SMP 2024-01-01 00:00:00 UTC armv7l GNU\/Linux\n/,
    )
    expect(text).toMatch(/^ 26: +[1-9]\d* GIC-0 +27 Level +arch_timer$/m)
    // As the same kernel sees QEMU's Cortex-A15.
    expect(text).toMatch(
      /^Features\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm *$/m,
    )
    // Typing it took interrupts of the serial port.
    expect(text).toMatch(/^ 28: +[1-9]\d* GIC-0 +33 Level +uart-pl011$/m)
    expect(text.trimEnd()).toMatch(/reboot: Power down$/)
  })

  it("loses nothing of what is typed before it listens", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      ...guest("guest.noself"),
      send: ["echo $((1234567 * 9))\npoweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    expect(text).toContain("guest# echo $((1234567 * 9))\n11111103\n")
  })

  it("starts again when it is told to, with the console still alive", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      ...guest("guest.noself"),
      expect: [/guest# /, /Booting Linux/, /guest# /],
      send: ["reboot -f\n", "", "poweroff -f\n"],
      maxInstructions: LIMIT.shell,
    })
    expect(end.outcome).toBe("off")
    expect(text.match(/Booting Linux on physical CPU 0x0/g)).toHaveLength(2)
    expect(text).toContain("reboot: Restarting system")
  })

  it("ends at a restart if it is not to start again", { timeout: 2 * MINUTES }, async () => {
    const end = await run({
      ...guest("guest.noself"),
      expect: [/guest# /],
      send: ["reboot -f\n"],
      reboot: false,
      maxInstructions: LIMIT.shell,
    })
    expect(end.outcome).toBe("off")
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
