// GRUB for Open Firmware on the Macintosh boards: from its CD, by our firmware and by OpenBIOS, and as a bare program.

import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { expect, it } from "vitest"
import { BytesBlock } from "../../devices/block/bytes-block.ts"
import type { BootOptions } from "../../src/index.ts"
import { skipReason } from "../support/guests.ts"
import { describeGuests, guestFile, linuxTrouble, run } from "./guests.ts"

const CD = "ppc/grub/grubppc.iso.gz"
const PROGRAM = "ppc/grub/grubppc.elf"
const OPENBIOS = "qemu-system-data/openbios-ppc"
const KERNEL = "ppc/vmlinux"
const INITRD = "ppc/initramfs-ppc32.cpio.gz"
const MINUTES = 60_000
const LIMIT = 2e10
/** Unit tests of GRUB's own that its menu runs. */
const UNIT_TESTS = "setjmp mul div shift cmp bswap ctz strtoull pbkdf2 sleep"

/** Runs GRUB until its unit tests have passed. */
async function runUnitTests(options: BootOptions): Promise<string> {
  const { text, ...end } = await run({
    expect: [/GRUB-PPC-OK/, /GRUB-PPC-CHECKS-DONE/, /GRUB-PPC-FUNCTIONAL-DONE/],
    // It counts seconds by the time base: let them be short.
    clockRate: 1e8,
    maxInstructions: LIMIT,
    ...options,
  })
  expect(end).toMatchObject({ outcome: "matched", reason: "" })
  const passed = Array.from(text.matchAll(/^(\w+)_test: PASS$/gm), ([, name]) => name)
  expect(passed.join(" ")).toBe(UNIT_TESTS)
  return text
}

const disc = () => ({
  media: "cdrom" as const,
  index: 2,
  name: "disc",
  image: new BytesBlock(new Uint8Array(gunzipSync(guestFile(CD)))),
})

describeGuests("GRUB", [CD, PROGRAM], () => {
  it("starts from the blessed folder of its CD, and passes its unit tests", { timeout: 6 * MINUTES }, async () => {
    const text = await runUnitTests({ machine: "mac99", drives: [disc()] })
    // What other computers make of the same file.
    expect(text).toContain("ac039de0d9ee276cbc72e70bdc5de9a6  (memdisk)/boot/grub/hello.txt")
    expect(text).toContain("772bdf56f6c11cb42d763a1e9418de4ffa396e4cc7b9654ee75068e59c0d5480")
  })

  it("starts as a bare program, where its headers say", { timeout: 6 * MINUTES }, async () => {
    const text = await run({
      image: guestFile(PROGRAM),
      machine: "g3beige",
      expect: [/GRUB-PPC-OK/, /GRUB-PPC-CHECKS-DONE/],
      clockRate: 1e8,
      maxInstructions: LIMIT,
    })
    expect(text).toMatchObject({ outcome: "matched", reason: "" })
  })
})

describeGuests("GRUB by OpenBIOS", [CD, OPENBIOS], () => {
  it("starts from its CD, and passes its unit tests", { timeout: 6 * MINUTES }, async () => {
    await runUnitTests({ bios: guestFile(OPENBIOS), machine: "g3beige", drives: [disc()] })
  })
})

const noTool = skipReason({ tools: ["mke2fs"] })

describeGuests("GRUB with a disk", [CD, KERNEL, INITRD], () => {
  it.skipIf(noTool)("boots Linux from it", { timeout: 6 * MINUTES }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "emu-grub-"))
    mkdirSync(join(folder, "root"))
    writeFileSync(join(folder, "root/vmlinux"), guestFile(KERNEL))
    writeFileSync(join(folder, "root/initrd.gz"), guestFile(INITRD))
    const path = join(folder, "disk.img")
    const { status } = spawnSync("mke2fs", ["-q", "-t", "ext2", "-b", "1024", "-d", join(folder, "root"), path, "16M"])
    expect(status).toBe(0)
    const image = new BytesBlock(new Uint8Array(readFileSync(path)))
    rmSync(folder, { recursive: true })
    const { text, ...end } = await run({
      machine: "mac99",
      drives: [{ media: "disk", index: 0, name: "disk", image }, disc()],
      failOn: linuxTrouble,
      expect: [/GRUB-PPC-KERNEL-FOUND/, /GRUB-PPC-ENTRY-1/, /GUEST-INIT-START/],
      clockRate: 1e8,
      maxInstructions: LIMIT,
    })
    expect(end).toMatchObject({ outcome: "matched", reason: "" })
  })
})
