// The guests of the benchmarks: which files they are made of, how QEMU is started with them, what they print.

import { delimiter } from "node:path"
import { findGuest } from "../test/support/guests.ts"

/** A Linux guest whose /init knows the words guest.bench=N, guest.noself and guest.off. */
export type BenchGuest = {
  /** Board, by the name that both emulators know it by. */
  readonly machine: "virt" | "versatilepb"
  readonly cpu: string | undefined
  readonly memoryMiB: number
  readonly kernel: string
  readonly initrd: string
  readonly dtb: string | undefined
}

/** Paths of a guest's files, all of them there. */
export type GuestFiles = { readonly kernel: string; readonly initrd: string; readonly dtb: string | undefined }

/** The guests by board. */
export const benchGuests: readonly BenchGuest[] = [
  {
    machine: "virt",
    cpu: "cortex-a15",
    memoryMiB: 256,
    kernel: "arm/virt-zImage",
    initrd: "arm/initramfs-armhf.cpio.gz",
    dtb: undefined,
  },
  {
    machine: "versatilepb",
    cpu: undefined,
    memoryMiB: 128,
    kernel: "arm/versatilepb-zImage",
    initrd: "arm/initramfs-armel.cpio.gz",
    dtb: "arm/versatile-pb.dtb",
  },
]

/** Makes a folder the first in which guests are looked for. */
export function addGuestFolder(folder: string): void {
  process.env["EMU_GUESTS"] = [folder, process.env["EMU_GUESTS"] ?? ""].filter((f) => f !== "").join(delimiter)
}

/** Where a guest's files are; the names of those that are missing if some are. */
export function findFiles(guest: BenchGuest): GuestFiles | { readonly missing: readonly string[] } {
  const names = [guest.kernel, guest.initrd, ...(guest.dtb ? [guest.dtb] : [])]
  const missing = names.filter((name) => !findGuest(name))
  if (missing.length > 0) return { missing }
  return {
    kernel: findGuest(guest.kernel)!,
    initrd: findGuest(guest.initrd)!,
    dtb: guest.dtb && findGuest(guest.dtb),
  }
}

/** Kernel command line with further words. */
export const commandLine = (...words: readonly string[]) => ["console=ttyAMA0", ...words].join(" ")

/** What `qemu-system-arm` takes to start the guest. */
export function qemuArguments(guest: BenchGuest, files: GuestFiles, append: string): string[] {
  return [
    ...["-M", guest.machine],
    ...(guest.cpu ? ["-cpu", guest.cpu] : []),
    ...["-m", String(guest.memoryMiB), "-nographic", "-no-reboot", "-nic", "none"],
    ...["-kernel", files.kernel, "-initrd", files.initrd],
    ...(files.dtb ? ["-dtb", files.dtb] : []),
    ...["-append", append],
  ]
}

/** Events that a line of console output stands for, in the order in which they happen. */
export const EVENTS = {
  /** The kernel's console works, and what it had to say until then is printed. */
  banner: /Linux version /,
  init: /GUEST-INIT-START/,
  selftest: /GUEST-SELFTEST-(?:OK|FAILED)/,
  bench: /^# bench scale/,
  done: /GUEST-BENCH-DONE/,
  shell: /GUEST-SHELL/,
} as const

/** A result of the guest's bench: name, guest seconds, checksum, verdict. */
export const KERNEL = /^(\w+) +[\d.]+ [0-9a-f]{8} (ok|BAD\S*)/
