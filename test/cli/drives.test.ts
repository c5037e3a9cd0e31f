// The drives of the command line: what the options mean, and what is wrong with them in one line.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { BlockPort } from "../../devices/kit/index.ts"
import { openDrives } from "../../src/cli/drives.ts"
import { spawnEmu } from "./run-emu.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-drives-"))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, bytes = 1024): string {
  const path = join(folder, name)
  writeFileSync(path, new Uint8Array(bytes).fill(3))
  return path
}

const disk = file("disk.img")
const comma = file("a,b.img")
const folderName = join(folder, "folder")
mkdirSync(folderName)

/** What a drive does with a write. */
function written(block: BlockPort, path: string) {
  const isTaken = block.write(5, Uint8Array.of(99))
  const read = new Uint8Array(1)
  block.read(5, read)
  return { isTaken, seen: read[0], inFile: readFileSync(path)[5] }
}

describe("drives of the command line", () => {
  it("are disks that are written through, unless they say otherwise", () => {
    const path = file("written.img")
    const open = (settings: string) => openDrives({ drive: [`file=${path}${settings}`] })[0]!
    expect(written(open(",readonly=on").image as BlockPort, path)).toEqual({ isTaken: false, seen: 3, inFile: 3 })
    expect(written(open(",snapshot=on").image as BlockPort, path)).toEqual({ isTaken: true, seen: 99, inFile: 3 })
    expect(written(open(",format=raw,if=ide").image as BlockPort, path)).toEqual({
      isTaken: true,
      seen: 99,
      inFile: 99,
    })
    const { media, index, image } = open(",media=cdrom,index=3")
    expect([media, index, (image as BlockPort).isReadOnly]).toEqual(["cdrom", 3, true])
  })

  it("have short names for usual places", () => {
    const drives = openDrives({ hda: disk, hdd: disk, cdrom: disk, drive: ["media=cdrom"] })
    expect(drives.map(({ media, index }) => [media, index])).toEqual([
      ["disk", 0],
      ["disk", 3],
      ["cdrom", 2],
      ["cdrom", undefined],
    ])
    expect(drives[3]!.image).toBeUndefined()
  })

  it("take a name with a comma, written twice", () => {
    const [drive] = openDrives({ drive: [`file=${comma.replace(",", ",,")},index=1`] })
    expect([(drive!.image as BlockPort).size, drive!.index]).toEqual([1024, 1])
  })

  it.each([
    ["file", `--drive: "file" is no setting; write NAME=VALUE.`],
    ["", `--drive: "" is no setting; write NAME=VALUE.`],
    [`file=${disk},`, `--drive: "" is no setting; write NAME=VALUE.`],
    [
      `file=${disk},cache=none`,
      "--drive: there is no setting cache; there are file, format, if, index, media, readonly, snapshot.",
    ],
    [`file=${disk},index=1,index=2`, "--drive: index is given more than once."],
    [`file=${disk},index=-1`, `--drive: index takes a whole number, not "-1".`],
    [`file=${disk},index=`, `--drive: index takes a whole number, not "".`],
    [`file=${disk},snapshot=yes`, `--drive: snapshot takes on or off, not "yes".`],
    [`file=${disk},readonly`, `--drive: "readonly" is no setting; write NAME=VALUE.`],
    [`file=${disk},media=tape`, `--drive: media takes disk or cdrom, not "tape".`],
    [`file=${disk},format=qcow2`, `--drive: format takes raw, not "qcow2".`],
    [`file=${disk},if=scsi`, `--drive: if takes ide, not "scsi".`],
    ["file=", `The disk image "" cannot be opened: no such file.`],
    ["file=missing.img", "The disk image missing.img cannot be opened: no such file."],
    ["file=missing.iso,media=cdrom", "The disc image missing.iso cannot be opened: no such file."],
    [`file=${folderName}`, `The disk image ${folderName} is a directory; name a file.`],
    ["file=/dev/zero", "The disk image /dev/zero is a device or a pipe; name a file."],
  ])("refuse %s", (text, message) => {
    expect(() => openDrives({ drive: [text] })).toThrow(message)
  })

  it("are refused in one line, with status 2", () => {
    const broken = file("broken.img", 1000)
    for (const [words, line] of [
      [["--hda", disk], "virt has no place for a drive."],
      [["-drive", `file=${broken},snapshot=maybe`], `--drive: snapshot takes on or off, not "maybe".`],
      [["-cdrom", "missing.iso"], "The disc image missing.iso cannot be opened: no such file."],
    ] as const) {
      expect(spawnEmu(["boot", "-M", "virt", ...words])).toEqual({ status: 2, out: "", err: `emu: ${line}\n` })
    }
  })
})
