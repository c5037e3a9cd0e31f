// The guests of the benchmarks: their files, QEMU's command line for them, and what they print.

import { delimiter } from "node:path"
import { findGuest } from "../test/support/guests.ts"

/** Linux with a user space, for a board of both this emulator and QEMU. */
export type Guest = {
  readonly name: "virt" | "versatilepb" | "installer" | "g3beige" | "mac99"
  /** Name of the board in both emulators. */
  readonly machine: "virt" | "versatilepb" | "g3beige" | "mac99"
  /** QEMU's program for it. */
  readonly qemu: "qemu-system-arm" | "qemu-system-ppc"
  /** The serial port that is the kernel's console. */
  readonly console: "ttyAMA0" | "ttyPZ0"
  readonly cpu: string | undefined
  readonly memoryMiB: number
  readonly files: GuestFiles
}

/** Files of a guest: names in the guest folders, or paths. */
export type GuestFiles = { readonly kernel: string; readonly initrd: string; readonly dtb?: string }

const arm = { qemu: "qemu-system-arm", console: "ttyAMA0" } as const
const powerPc = {
  qemu: "qemu-system-ppc",
  console: "ttyPZ0",
  memoryMiB: 256,
  files: { kernel: "ppc/vmlinux", initrd: "ppc/initramfs-ppc32.cpio.gz" },
} as const

/** The guests whose /init knows the words guest.bench=N and guest.noself. */
export const benchGuests: readonly [Guest, ...Guest[]] = [
  {
    name: "virt",
    machine: "virt",
    ...arm,
    cpu: "cortex-a15",
    memoryMiB: 256,
    files: { kernel: "arm/virt-zImage", initrd: "arm/initramfs-armhf.cpio.gz" },
  },
  {
    name: "versatilepb",
    machine: "versatilepb",
    ...arm,
    cpu: undefined,
    memoryMiB: 128,
    files: {
      kernel: "arm/versatilepb-zImage",
      initrd: "arm/initramfs-armel.cpio.gz",
      dtb: "arm/versatile-pb.dtb",
    },
  },
  { ...powerPc, name: "g3beige", machine: "g3beige", cpu: "750" },
  { ...powerPc, name: "mac99", machine: "mac99", cpu: "7400" },
]

/** Debian 12's installer. */
export const installer: Guest = {
  name: "installer",
  machine: "virt",
  ...arm,
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
export const commandLine = ({ console }: Guest, ...words: readonly string[]) =>
  [`console=${console}`, ...words].join(" ")

/** Arguments of QEMU that start the guest. */
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
