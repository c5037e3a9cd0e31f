// Makes the i386 guest in which v86 runs the bench: npx tsx test/guests/i386.ts [FOLDER]

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { findGuest, findTool } from "../support/guests.ts"
import { Failure, fetchPackage, run, runRecipe } from "./debian.ts"

const COMPILER = "i686-linux-gnu-gcc"
const BENCH = "bench/bench.c"
const INIT = fileURLToPath(new URL("i386-init.c", import.meta.url))
// SSE2, because the bench's checksums are those of doubles that x87 would round otherwise.
const FLAGS = ["-O2", "-ffp-contract=off", "-march=pentium4", "-msse2", "-mfpmath=sse", "-static", "-s"]
const INSTALLER = "usr/lib/debian-installer/images/12/i386/text/debian-installer/i386"

const PACKAGES = [
  { package: "debian-installer-12-netboot-i386", files: { [`${INSTALLER}/linux`]: "i386/linux" } },
  { package: "seabios", files: { "usr/share/seabios/bios.bin": "i386/bios.bin" } },
]

runRecipe((folder, work) => {
  const bench = [join(folder, BENCH)].find((path) => existsSync(path)) ?? findGuest(BENCH)
  if (!bench)
    throw new Failure(`there is no ${BENCH} in the guest folders: it comes with the guests of bench/README.md`)
  if (!findTool(COMPILER))
    throw new Failure(`there is no ${COMPILER}: run apt-get install gcc-i686-linux-gnu libc6-dev-i386-cross`)
  for (const one of PACKAGES) fetchPackage(one, folder, work)
  const programs = { init: INIT, bench }
  const files = Object.entries(programs).map(([name, source]) => {
    const output = join(work, name)
    run(work, COMPILER, [...FLAGS, "-o", output, source], "is libc6-dev-i386-cross installed?")
    return [name, readFileSync(output)] as const
  })
  mkdirSync(join(folder, "i386"), { recursive: true })
  const target = join(folder, "i386/initramfs.cpio")
  writeFileSync(target, archive(files))
  console.log(target)
})

/** Programs as a cpio archive of the form that kernels take (`newc`). */
function archive(programs: readonly (readonly [name: string, bytes: Uint8Array])[]): Buffer {
  const entries = [
    ...programs.map(([name, bytes]) => entry(name, 0o100755, bytes)),
    entry("TRAILER!!!", 0, Buffer.of()),
  ]
  return Buffer.concat(entries)
}

function entry(name: string, mode: number, bytes: Uint8Array): Buffer {
  const [links, size, nameSize] = [1, bytes.length, name.length + 1]
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const words = [0, mode, 0, 0, links, 0, size, 0, 0, 0, 0, nameSize, 0]
  const head = `070701${words.map((word) => word.toString(16).padStart(8, "0")).join("")}${name}\0`
  return Buffer.concat([padded(Buffer.from(head)), padded(bytes)])
}

// Header with name, and contents, each to a multiple of 4.
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
