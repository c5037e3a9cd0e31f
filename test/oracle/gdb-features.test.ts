// Target descriptions of gdb, by small documents written for the purpose.
import { expect, it } from "vitest"
import { includedDocuments, parseRegisters } from "../../src/host/gdb-features.ts"

const main = `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>arm</architecture>
<xi:include href="core.xml"/><xi:include href="system.xml"/></target>`
const core = `<feature name="org.gnu.gdb.arm.core">
  <reg name="r0" bitsize="32"/><reg name="sp" bitsize="32" type="data_ptr"/>
  <!-- a gap --> <reg name="cpsr" bitsize="32" regnum="25"/></feature>`
const system = `<feature name="org.qemu.gdb.arm.sys.regs"><reg name="PAR" bitsize="64"/></feature>`

it("lists the documents that the main one includes", () => {
  expect(includedDocuments(main)).toEqual(["core.xml", "system.xml"])
})

it("numbers registers one after the other, unless told", () => {
  expect(parseRegisters([main, core, system])).toEqual([
    { name: "r0", number: 0, bytes: 4, feature: "org.gnu.gdb.arm.core" },
    { name: "sp", number: 1, bytes: 4, feature: "org.gnu.gdb.arm.core" },
    { name: "cpsr", number: 25, bytes: 4, feature: "org.gnu.gdb.arm.core" },
    { name: "PAR", number: 26, bytes: 8, feature: "org.qemu.gdb.arm.sys.regs" },
  ])
})
