// The guests of the benchmarks: their files, QEMU's command line for them, and what they print.

import { delimiter } from "node:path"
import { findGuest } from "../test/support/guests.ts"

/** Linux with a user space, for a board of both this emulator and QEMU. */
export type Guest = {
  readonly name: "virt" | "versatilepb" | "installer"
  /** Name of the board in both emulators. */
  readonly machine: "virt" | "versatilepb"
  readonly cpu: string | undefined
  readonly memoryMiB: number
  readonly files: GuestFiles
}

/** Files of a guest: names in the guest folders, or paths. */
export type GuestFiles = { readonly kernel: string; readonly initrd: string; readonly dtb?: string }

/** The guests whose /init knows the words guest.bench=N and guest.noself. */
export const benchGuests: readonly [Guest, Guest] = [
  {
    name: "virt",
    machine: "virt",
    cpu: "cortex-a15",
    memoryMiB: 256,
    files: { kernel: "arm/virt-zImage", initrd: "arm/initramfs-armhf.cpio.gz" },
  },
  {
    name: "versatilepb",
    machine: "versatilepb",
    cpu: undefined,
    memoryMiB: 128,
    files: {
      kernel: "arm/versatilepb-zImage",
      initrd: "arm/initramfs-armel.cpio.gz",
      dtb: "arm/versatile-pb.dtb",
    },
  },
]

/** Debian 12's installer. */
export const installer: Guest = {
  name: "installer",
  machine: "virt",
  cpu: "cortex-a15",
  memoryMiB: 512,
  files: {
    kernel: "debian-installer-12-netboot-armhf/vmlinuz",
    initrd: "debian-installer-12-netboot-armhf/initrd.gz",
  },
}

/** The guest in which v86 runs the bench. */
export const i386 = {
  memoryMiB: 256,
  files: { kernel: "i386/linux", initrd: "i386/initramfs.cpio", bios: "i386/bios.bin" },
}

/** Puts a folder in front of the guest folders. */
export function addGuestFolder(folder: string): void {
  process.env["EMU_GUESTS"] = [folder, process.env["EMU_GUESTS"] ?? ""].filter((f) => f !== "").join(delimiter)
}

/** Paths of a guest's files, or the names of missing ones. */
export function findFiles<Files extends object>(files: Files): Files | { readonly missing: readonly string[] } {
  const missing = Object.values(files).filter((name) => !findGuest(name))
  if (missing.length > 0) return { missing }
  return Object.fromEntries(Object.entries(files).map(([part, name]) => [part, findGuest(name)])) as Files
}

/** The kernel command line, with further words. */
export const commandLine = (...words: readonly string[]) => ["console=ttyAMA0", ...words].join(" ")

/** Arguments of `qemu-system-arm` that start the guest. */
export function qemuArguments(guest: Guest, files: GuestFiles, append: string): string[] {
  return [
    ...["-M", guest.machine],
    ...(guest.cpu ? ["-cpu", guest.cpu] : []),
    ...["-m", String(guest.memoryMiB), "-nographic", "-no-reboot", "-nic", "none"],
    ...["-kernel", files.kernel, "-initrd", files.initrd],
    ...(files.dtb ? ["-dtb", files.dtb] : []),
    ...["-append", append],
  ]
}

/** Events that a line of console output marks, in the order in which they happen. */
export const EVENTS = {
  /** The kernel's console works, and prints all earlier messages. */
  banner: /Linux version /,
  init: /GUEST-INIT-START/,
  selftest: /GUEST-SELFTEST-(?:OK|FAILED)/,
  bench: /^# bench scale/,
  done: /GUEST-BENCH-DONE/,
  shell: /GUEST-SHELL/,
} as const

/** A result of the guest's bench: name, guest seconds, checksum, verdict. */
export const KERNEL = /^(\w+) +[\d.]+ [0-9a-f]{8} (ok|BAD\S*)/
