// UEFI firmware (edk2) on the virt board.

import { expect, it } from "vitest"
import { describeGuests, guestFile, run } from "./guests.ts"

const FIRMWARE = "qemu-efi-arm/AAVMF32_CODE.fd"
const MINUTES = 60_000

describeGuests("UEFI on virt", [FIRMWARE], () => {
  it("starts its shell, answers typed commands, and is switched off by one", { timeout: 5 * MINUTES }, async () => {
    const prompt = /Shell> /
    const { text, ...end } = await run({
      bios: guestFile(FIRMWARE),
      expect: [/startup\.nsh/, prompt, prompt, prompt],
      send: ["\r", "ver\r", "memmap\r", "reset -s\r"],
      // It counts seconds in a loop: let them be short.
      clockRate: 1e8,
      maxInstructions: 4e9,
    })
    expect(end).toMatchObject({ outcome: "off", reason: "" })
    expect(text).toContain("UEFI firmware")
    expect(text).toContain("UEFI Interactive Shell v2.2")
    expect(text).toMatch(/^Available +0000000040000000-/m)
  })
})
