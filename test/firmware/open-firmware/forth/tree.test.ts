// The user interface of the device tree, packages and their instances (IEEE 1275-1994, sections 3.1, 5.3 and 7.4).

import { describe, expect, it } from "vitest"
import { ForthBench } from "./bench.ts"
import { TestTree } from "./test-tree.ts"

function benchWithTree() {
  const tree = new TestTree()
  return { tree, bench: new ForthBench({ tree }) }
}

/** What the last of some lines printed. */
const answer = (...lines: readonly string[]) =>
  benchWithTree()
    .bench.lines(...lines)
    .trim()

/** A package in Forth below /pci. */
const NEW_DEVICE = [
  '" args" " 1,2,3" " /pci" begin-package',
  '" newdev" device-name',
  "instance variable count  7 instance value size  10 instance buffer: data",
  ": open size count ! true ;",
  ': close ." closing " ;',
  ": get count @ ;",
  ": grow 1 count +! ;",
  "end-package",
] as const

describe("browsing", () => {
  it.each([
    [["dev /pci", "pwd"], "/pci@80000000"],
    [["dev /pci", "dev disk", "pwd"], "/pci@80000000/disk@1f"],
    [["dev hd", "dev ..", "pwd"], "/pci@80000000"],
    [["dev /pci", "ls"], "00001020 disk@1f\n00001030 display"],
    [["dev /nothing"], "/nothing: no such device"],
    [["dev /pci", "device-end", "pwd"], "No package is active"],
    [["show-devs /pci"], "/pci@80000000\n/pci@80000000/disk@1f\n/pci@80000000/display"],
    [["devalias"], "hd                        /pci/disk@1f"],
    [["devalias cd /pci/disk@1f:0", "devalias cd"], "cd                        /pci/disk@1f:0"],
    [["devalias nothing"], "nothing: no such alias"],
    [["dev /pci", ".properties"], 'name                      "pci"\n#address-cells            3'],
    [['" /pci" find-package . .'], "-1 1010"],
    [['" deblocker" find-package . .'], "-1 1060"],
    [['" nothing" find-package .'], "0"],
    [["dev /", "active-package child dup . peer ."], "1010 1040"],
    [["0 peer . 12345 child"], "1000 There is no such package"],
  ])("%j", (lines, expected) => {
    expect(answer(...lines).replaceAll(" \n", " ")).toBe(expected)
  })
})

describe("properties", () => {
  it.each([
    ['5 encode-int " x" property " x" get-my-property . decode-int . nip .', "0 5 0"],
    ['" one" encode-string " two" encode-string encode+ " x" property .properties', '{"one", "two"}'],
    ['" x" get-my-property .', "-1"],
    ["1 2 3 encode-phys decode-phys . . . nip .", "3 2 1 0"],
    ["1 2 3 44 reg .properties", "00000003 00000002 00000001 00000044"],
    ['" #address-cells" get-inherited-property . decode-int . 2drop', "0 3"],
    ['" abc" encode-bytes 2 decode-bytes type 2drop', "ab"],
    ['" ab" encode-string 2 encode-int encode+ decode-string type decode-int . nip .', "ab2 0"],
    ['0 0 encode-bytes " x" property " x" get-my-property . nip .', "0 0"],
    ['5 encode-int " x" property " x" delete-property " x" get-my-property .', "-1"],
    ["0 0 active-package next-property . type", "-1 name"],
    ['" name" active-package next-property .', "0"],
    ['" a" encode-bytes decode-int', "The property value is too short"],
  ])("%s", (line, expected) => {
    expect(answer("dev /pci/display", line)).toContain(expected)
  })

  it("keeps the standard's encoding: cells most significant byte first, strings with a NUL", () => {
    const { tree, bench } = benchWithTree()
    bench.lines("dev /pci/display", '12345678 encode-int " ab" encode-string encode+ " x" property')
    expect([...tree.property(tree.find("/pci/display")!.node, "x")!]).toEqual([0x12, 0x34, 0x56, 0x78, 0x61, 0x62, 0])
  })

  it("says which package is missing", () => {
    expect(answer('5 encode-int " x" property')).toBe("No package is active")
  })
})

describe("instances", () => {
  it("opens a path from the root on and closes it from the leaf on", () => {
    const { tree, bench } = benchWithTree()
    expect(bench.type('" /pci/disk:abc" open-dev close-dev .s')).toBe("Empty ")
    expect(tree.calls).toEqual(["open pci", "open disk abc", "close disk", "close pci"])
    expect(tree.instances.size).toBe(0)
  })

  it("closes what is open if a node refuses", () => {
    const { tree, bench } = benchWithTree()
    expect(bench.type('" /pci/disk:broken" open-dev .')).toBe("0 ")
    expect(tree.calls).toEqual(["open pci", "open disk broken", "close pci"])
    expect(tree.instances.size).toBe(0)
  })

  it.each([
    [['" /nothing" open-dev .'], "0"],
    [['" hd" " block-size" execute-device-method . .'], "-1 200"],
    [['" hd" " fail" execute-device-method .'], "0"],
    [['" hd" open-dev value ih', '" fail" ih $call-method'], "The disk is broken."],
    [['" hd" open-dev value ih', '" nope" ih $call-method'], "/pci@80000000/disk@1f has no method nope"],
    [['" hd" select-dev', "block-size ."], "200"],
    [['" hd" select-dev', '1 " map-in" $call-parent .'], "1001"],
    [['" hd:x,y" select-dev', "my-args type"], "x,y"],
    [['" hd" select-dev', "nonsense", "my-self 0<> ."], "-1"],
    [['" hd" select-dev', "unselect-dev my-self ."], "0"],
    [["dev hd", "block-size"], "block-size needs an instance of its package"],
    [['0 0 " deblocker" $open-package', 'dup " block-size" rot $call-method . close-package'], "800"],
    [['" block-size" 12345 $call-method'], "There is no such instance"],
    [["12345 close-dev"], "There is no such instance"],
    [["my-args"], "There is no such instance"],
  ])("%j", (lines, expected) => {
    expect(answer(...lines)).toBe(expected)
  })

  it("keeps the data of each instance of a package in Forth apart", () => {
    const { bench } = benchWithTree()
    bench.lines(...NEW_DEVICE, '" /pci/newdev" open-dev value one', '" /pci/newdev" open-dev value two')
    expect(bench.type('" grow" one $call-method " get" one $call-method . " get" two $call-method .').trim()).toBe(
      "8 7",
    )
    expect(bench.type("one close-dev two close-dev").trim()).toBe("closing closing")
  })

  it("frees all that it took when an instance is closed", () => {
    const { tree, bench } = benchWithTree()
    bench.lines(...NEW_DEVICE)
    bench.type(': many 1000 0 do " /pci/newdev" open-dev ?dup 0= if leave then close-dev loop ; many', 20_000_000)
    expect(tree.instances.size).toBe(0)
  })

  it("lists and decompiles the words of a package, which are found only there", () => {
    const { bench } = benchWithTree()
    bench.lines(...NEW_DEVICE, "dev /pci/newdev")
    expect(bench.type("words")).toBe("grow get close open data size count ")
    expect(bench.type("see get")).toBe(": get\n  count @\n;")
    expect(bench.lines("device-end", "get")).toBe("get: undefined word")
  })

  it("gives new nodes the unit address and the arguments of begin-package", () => {
    expect(answer('" args" " 1,2,3" " /pci" begin-package', "my-args type space my-unit . . .")).toBe("args 1 2 3")
  })
})

describe("configuration variables", () => {
  it.each([
    [["setenv boot-file  -v single", "boot-file type"], "-v single"],
    [["setenv auto-boot? false", "auto-boot? ."], "0"],
    [["setenv auto-boot? false", "set-default auto-boot?", "auto-boot? ."], "-1"],
    [["setenv boot-file x", "set-defaults", "boot-file nip ."], "0"],
    [["setenv load-base 0x4000", "load-base ."], "4000"],
    [["setenv auto-boot? maybe"], "auto-boot? must be true or false"],
    [["setenv load-base x"], "load-base must be a number"],
    [["setenv nothing 1"], "nothing: no such configuration variable"],
    [['" -s" " boot-file" $setenv', "boot-file type"], "-s"],
    [["nvalias foo /pci/disk", "nvramrc type"], "devalias foo /pci/disk"],
    [["nvalias foo /pci/disk", "nvunalias foo", "nvramrc nip ."], "0"],
  ])("%j", (lines, expected) => {
    expect(answer(...lines)).toBe(expected)
  })

  it("keeps what differs from the defaults, as text", () => {
    const { bench } = benchWithTree()
    bench.lines("setenv boot-file  -v single", "setenv auto-boot? FALSE")
    expect([...bench.variables]).toEqual([
      ["boot-file", "-v single"],
      ["auto-boot?", "false"],
    ])
  })

  it("shows value and default", () => {
    const { bench } = benchWithTree()
    bench.type("setenv auto-boot? false")
    expect(bench.type("printenv auto-boot?").split(/\s+/)).toEqual(["auto-boot?", "false", "true"])
  })
})

describe("the machine", () => {
  it.each([
    ["boot", "This machine loads no programs"],
    ["go", "This machine starts no programs"],
    ["reset-all", "This machine cannot be reset"],
    ["power-off", "This machine cannot be turned off"],
  ])("says what it cannot do: %s", (line, message) => {
    expect(answer(line)).toBe(message)
  })

  it("shows an error of the loader, and does not start", () => {
    const calls: string[] = []
    const bench = new ForthBench({
      system: { load: () => "hd:1: no such file", go: () => void calls.push("go") },
    })
    expect(bench.type("boot hd:1")).toBe("hd:1: no such file")
    expect(calls).toEqual([])
  })
})
