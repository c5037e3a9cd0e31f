// Debian's own ARMv7 kernel, with its installer and with the busybox user space, on the virt board.

import { expect, it } from "vitest"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"
import { selfTestOf, vectorSelfTestLines } from "./self-test.ts"

const KERNEL = "debian-installer-12-netboot-armhf/vmlinuz"
const INITRD = "debian-installer-12-netboot-armhf/initrd.gz"
const BUSYBOX = "arm/initramfs-armhf.cpio.gz"
const MINUTES = 60_000
const MiB = 1024 * 1024

describeGuests("the Debian installer on virt", [KERNEL, INITRD], () => {
  it("shows its dialogs and answers keys", { timeout: 8 * MINUTES }, async () => {
    const { text, ...end } = await run({
      image: guestFile(KERNEL),
      initrd: guestFile(INITRD),
      append: "console=ttyAMA0",
      memoryBytes: 512 * MiB,
      expect: [/Select a language[\s\S]*activates buttons/, /Select your location/],
      send: ["\r"],
      failOn: linuxTrouble,
      maxInstructions: 20e9,
    })
    expect(end).toMatchObject({ outcome: "matched", reason: "" })
    expect(text).toContain("Choose the language to be used for the installation process.")
    expect(text).toContain("English")
  })
})

describeGuests("Debian's kernel on virt", [KERNEL, BUSYBOX], () => {
  it("runs the self test of another user space", { timeout: 6 * MINUTES }, async () => {
    const { text, ...end } = await run({
      image: guestFile(KERNEL),
      initrd: guestFile(BUSYBOX),
      append: "console=ttyAMA0 guest.off",
      memoryBytes: 512 * MiB,
      failOn: linuxTrouble,
      maxInstructions: 10e9,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    // That kernel has its loop devices in a module.
    expect(selfTestOf(text)).toEqual(vectorSelfTestLines.filter((line) => !line.includes("ext2loop")))
  })
})
