// OpenBIOS, as Debian has it, as the firmware of the Macintosh boards.

import { expect, it } from "vitest"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"

const FIRMWARE = "qemu-system-data/openbios-ppc"
const KERNEL = "ppc/vmlinux"
const INITRD = "ppc/initramfs-ppc32.cpio.gz"
const MINUTES = 60_000
const LIMIT = 5e9
const MACHINES = ["g3beige", "mac99", "mac99,via=pmu"] as const

describeGuests("OpenBIOS", [FIRMWARE], () => {
  it.each(MACHINES)(
    "comes to its prompt on %s, finds a drive, and resets the board",
    {
      timeout: 4 * MINUTES,
    },
    async (machine) => {
      const prompt = /\d > /
      const { text, ...end } = await run({
        bios: guestFile(FIRMWARE),
        machine,
        // An empty CD-ROM drive makes it run wild, on QEMU too.
        drives: [{ media: "disk", image: new Uint8Array(1 << 20) }],
        expect: [prompt, prompt, prompt, /OpenBIOS 1\.1/, prompt],
        send: ["decimal 6 7 * .\r", "dev hd pwd\r", "reset-all\r", ""],
        maxInstructions: LIMIT,
      })
      expect(end).toMatchObject({ outcome: "matched", reason: "" })
      expect(text).toContain(machine === "g3beige" ? "CPU type PowerPC,750" : "CPU type PowerPC,G4")
      expect(text).toContain("Memory: 256M")
      expect(text).toContain("42 ")
      expect(text).toMatch(/mac-io@\w+\/ata-3@20000\/disk@0/)
    },
  )
})

describeGuests("Linux by OpenBIOS", [FIRMWARE, KERNEL, INITRD], () => {
  it.each(MACHINES)(
    "comes to its shell on %s, restarts, and is switched off",
    {
      timeout: 6 * MINUTES,
    },
    async (machine) => {
      const { text, ...end } = await run({
        bios: guestFile(FIRMWARE),
        image: guestFile(KERNEL),
        initrd: guestFile(INITRD),
        machine,
        append: "console=ttyPZ0 guest.noself",
        failOn: linuxTrouble,
        expect: [/guest# /, /OpenBIOS 1\.1/, /guest# /],
        send: ["reboot -f\n", "", "poweroff -f\n"],
        clockRate: 1e8,
        maxInstructions: LIMIT,
      })
      expect(end).toMatchObject({ outcome: "off", reason: "" })
      expect(text.match(/Quiescing Open Firmware/g)).toHaveLength(2)
      expect(text.trimEnd()).toMatch(/reboot: Power down$/)
    },
  )
})
