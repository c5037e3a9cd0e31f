// Gets guests from Debian's packages: npx tsx test/guests/fetch.ts [FOLDER]

import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"
import { findTool } from "../support/guests.ts"

interface Guest {
  /** A package name as apt-get takes it; a foreign architecture would follow a colon. */
  package: string
  /** Files of the package and their names in the guest folder. */
  files: Record<string, string>
}

const INSTALLER = "usr/lib/debian-installer/images/12/armhf/text/debian-installer/armhf"

const GUESTS: readonly Guest[] = [
  {
    package: "debian-installer-12-netboot-armhf",
    files: {
      [`${INSTALLER}/vmlinuz`]: "debian-installer-12-netboot-armhf/vmlinuz",
      [`${INSTALLER}/initrd.gz`]: "debian-installer-12-netboot-armhf/initrd.gz",
    },
  },
  { package: "u-boot-qemu", files: { "usr/lib/u-boot/qemu_arm/u-boot.bin": "u-boot-qemu/u-boot.bin" } },
  { package: "qemu-efi-arm", files: { "usr/share/AAVMF/AAVMF32_CODE.fd": "qemu-efi-arm/AAVMF32_CODE.fd" } },
]

/** A failure that the user can do something about: one line. */
class Failure extends Error {}

function main(): void {
  const listed = (process.env["EMU_GUESTS"] ?? "").split(delimiter)[0]
  const given = process.argv[2] ?? (listed || undefined)
  if (given === undefined) throw new Failure("say where to put the guests: give a folder, or set EMU_GUESTS")
  for (const tool of ["apt-get", "dpkg"]) {
    if (!findTool(tool))
      throw new Failure(`there is no ${tool} here: run this on Debian or Ubuntu (or in a container of it)`)
  }
  const folder = resolve(given)
  const work = mkdtempSync(join(tmpdir(), "emu-guests-"))
  try {
    for (const guest of GUESTS) fetchGuest(guest, work, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  console.log(`Done. Use them with: export EMU_GUESTS=${folder}`)
}

function fetchGuest(guest: Guest, work: string, folder: string): void {
  const wanted = Object.entries(guest.files)
  if (wanted.every(([, name]) => isPresent(join(folder, name)))) {
    console.log(`${guest.package}: already there`)
    return
  }
  const target = join(work, guest.package.replace(":", "-"))
  mkdirSync(target)
  run(target, "apt-get", ["download", guest.package], downloadAdvice(guest))
  const archive = readdirSync(target).find((name) => name.endsWith(".deb"))
  if (archive === undefined)
    throw new Failure(`apt-get made no .deb file for ${guest.package}: run apt-get update first`)
  run(target, "dpkg", ["-x", archive, "files"], "is there room left on the disk?")
  for (const [from, name] of wanted) {
    const source = join(target, "files", from)
    if (!isPresent(source)) throw new Failure(`${archive} has no file ${from}: this Debian release has moved it`)
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    copyFileSync(source, join(folder, name))
    console.log(`${join(folder, name)} (${archive})`)
  }
}

function downloadAdvice(guest: Guest): string {
  const architecture = guest.package.split(":")[1]
  if (architecture) return `run dpkg --add-architecture ${architecture} and apt-get update first`
  return "run apt-get update first; the package is part of Debian 12 (bookworm), section main"
}

function run(folder: string, tool: string, args: string[], advice: string): void {
  try {
    execFileSync(tool, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] })
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : ""
    const why = output.split("\n").find((line) => line.startsWith("E:")) ?? "it failed"
    throw new Failure(`${tool} ${args.join(" ")}: ${why.replace(/^E: /, "")} (${advice})`)
  }
}

function isPresent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

try {
  main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`fetch: ${error.message}`)
  process.exitCode = 2
}
