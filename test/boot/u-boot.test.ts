// U-Boot as the firmware of the virt board.

import { expect, it } from "vitest"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"

const FIRMWARE = "u-boot-qemu/u-boot.bin"
const MINUTES = 60_000
const LIMIT = 3e9
/** Instructions to a second where the guest waits in a loop for time to pass. */
const SLOW = 1e8

describeGuests("U-Boot on virt", [FIRMWARE], () => {
  const prompt = /=> /

  it("shows its prompt and answers typed commands", { timeout: 2 * MINUTES }, async () => {
    const commands = ["version\n", "bdinfo\n", "coninfo\n", "printenv bootdelay cpu\n", "md.l 0 4\n", "poweroff\n"]
    const { text, ...end } = await run({
      bios: guestFile(FIRMWARE),
      expect: [/Hit any key/, ...commands.map(() => prompt)],
      send: [" ", ...commands],
      maxInstructions: LIMIT,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    expect(text).toMatch(/=> version\nU-Boot 20\d\d\.\d\d/)
    expect(text).toContain("DRAM:  256 MiB")
    expect(text).toMatch(/=> bdinfo\n[^=]*= 0x0+\n[^=]*= 0x0+\n-> start {4}= 0x40000000\n-> size {5}= 0x10000000\n/)
    expect(text).toMatch(/pl011@9000000 +\d+ IO stdin stdout stderr/)
    expect(text).toContain("bootdelay=2\ncpu=armv7\n")
    // The reset vector of the image itself.
    const first = new DataView(guestFile(FIRMWARE).slice(0, 4).buffer).getUint32(0, true).toString(16)
    expect(text).toMatch(new RegExp(`^00000000: ${first.padStart(8, "0")} `, "m"))
  })

  it("keeps its environment in flash over a reset", { timeout: 2 * MINUTES }, async () => {
    const { text, ...end } = await run({
      bios: guestFile(FIRMWARE),
      expect: [/Hit any key/, prompt, prompt, prompt, /Hit any key/, prompt, prompt],
      send: [" ", "setenv greeting hello\n", "saveenv\n", "reset\n", " ", "printenv greeting\n", "poweroff\n"],
      maxInstructions: LIMIT,
    })
    expect(end.outcome).toBe("off")
    expect(text).toContain("=> printenv greeting\ngreeting=hello\n")
  })

  it("counts down to its automatic boot, finds nothing to boot, and comes to its prompt", {
    timeout: 3 * MINUTES,
  }, async () => {
    const { text, ...end } = await run({
      bios: guestFile(FIRMWARE),
      expect: [prompt],
      clockRate: SLOW,
      maxInstructions: 1e9,
    })
    expect(end.outcome).toBe("matched")
    expect(text).toContain("Hit any key to stop autoboot")
    // Two seconds of its own time.
    expect(end.virtualSeconds).toBeGreaterThan(2)
    expect(end.virtualSeconds).toBeLessThan(4)
  })
})

const KERNEL = "arm/virt-zImage"
const INITRD = "arm/initramfs-armhf.cpio.gz"

describeGuests("U-Boot and Linux in the flash of virt", [FIRMWARE, KERNEL, INITRD], () => {
  it("start one after the other, to the shell", { timeout: 2 * MINUTES }, async () => {
    const parts = [
      { at: 0, bytes: guestFile(FIRMWARE) },
      { at: 0x10_0000, bytes: guestFile(KERNEL) },
      { at: 0x50_0000, bytes: guestFile(INITRD) },
    ]
    const bios = new Uint8Array(0x80_0000)
    for (const { at, bytes } of parts) bios.set(bytes, at)
    const [kernelBytes, initrdBytes] = parts.slice(1).map(({ bytes }) => bytes.length.toString(16))
    const { text, ...end } = await run({
      bios,
      expect: [/Hit any key/, /=> /, /=> /, /=> /, /=> /, /guest# /],
      send: [
        " ",
        "setenv bootargs console=ttyAMA0 guest.noself\n",
        `cp.b 0x100000 0x41000000 ${kernelBytes}\n`,
        `cp.b 0x500000 0x48000000 ${initrdBytes}\n`,
        `bootz 0x41000000 0x48000000:${initrdBytes} 0x40000000\n`,
        "poweroff -f\n",
      ],
      failOn: linuxTrouble,
      maxInstructions: LIMIT,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    expect(text).toContain("Starting kernel ...")
    expect(text).toContain("Machine model: linux,dummy-virt")
    expect(text.trimEnd()).toMatch(/reboot: Power down$/)
  })
})
