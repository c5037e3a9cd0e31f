// Files as block devices: what is written is in the file at once, and errors of the host are values.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { type BlockFailure, FileBlock } from "../../src/host/file-block.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-block-"))
afterAll(() => rmSync(folder, { recursive: true }))

function make(name: string, isReadOnly = false) {
  const path = join(folder, name)
  writeFileSync(
    path,
    Uint8Array.from({ length: 2048 }, (_, n) => n),
  )
  const failures: BlockFailure[] = []
  return { path, failures, block: new FileBlock(path, isReadOnly, (failure) => failures.push(failure)) }
}

describe("a file as a block device", () => {
  it("is read and written at any byte", () => {
    const { path, block, failures } = make("plain")
    expect([block.size, block.isReadOnly]).toEqual([2048, false])
    expect(block.write(300, Uint8Array.of(9, 8, 7))).toBe(true)
    expect([...readFileSync(path).subarray(299, 304)]).toEqual([299 & 0xff, 9, 8, 7, 303 & 0xff])
    const read = new Uint8Array(5)
    expect(block.read(299, read)).toBe(true)
    expect([...read]).toEqual([299 & 0xff, 9, 8, 7, 303 & 0xff])
    expect([block.flush(), failures]).toEqual([true, []])
  })

  it("keeps its size", () => {
    const { path, block } = make("size")
    expect(block.write(2047, Uint8Array.of(1, 2))).toBe(false)
    expect(readFileSync(path).length).toBe(2048)
  })

  it("is not written if it is only read", () => {
    const { path, block, failures } = make("only-read", true)
    expect([block.write(0, Uint8Array.of(77)), block.flush(), failures]).toEqual([false, true, []])
    expect(readFileSync(path)[0]).toBe(0)
  })

  it("reports each kind of error once", () => {
    const { path, block, failures } = make("shorter")
    truncateSync(path, 100)
    const into = new Uint8Array(64)
    expect([block.read(0, into), block.read(512, into), block.read(80, into)]).toEqual([true, false, false])
    expect(failures.map(({ what, error }) => [what, error.message])).toEqual([["read", "it has become shorter"]])
  })

  it("has what was written when its process is killed", () => {
    const path = join(folder, "killed")
    writeFileSync(path, new Uint8Array(1024))
    const module = new URL("../../src/host/file-block.ts", import.meta.url).href
    const program = `
      const { FileBlock } = await import(${JSON.stringify(module)})
      new FileBlock(${JSON.stringify(path)}, false, () => {}).write(512, new Uint8Array(512).fill(5))
      process.kill(process.pid, "SIGKILL")`
    expect(() =>
      execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], { stdio: "ignore" }),
    ).toThrow()
    expect(
      readFileSync(path)
        .subarray(512)
        .every((byte) => byte === 5),
    ).toBe(true)
  })
})
