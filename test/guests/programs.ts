// Small ARM programs without a system, assembled by the tests that run them, and how boards start them.

import { arm } from "../../cpu/arm/index.ts"
import { armDialect } from "../../cpu/arm/text/dialect.ts"
import { assembleSource } from "../../cpu/isa/index.ts"
import type { BootOptions } from "../../src/index.ts"
import { elf32 } from "../firmware/sample-images.ts"

type Model = "cortex-a15" | "arm926"

/** Assembles a program for an address and a CPU model. */
export function assemble(source: string, origin: number, model: Model = "cortex-a15"): Uint8Array {
  const [a32, thumb] = arm(model).formats
  return assembleSource(source, armDialect(a32!, thumb!), { file: "program", origin }).bytes
}

/** A program as an ELF file that starts at its first instruction, at a virtual address that is the physical one, too. */
export function elfProgram(source: string, address: number, model?: Model): Uint8Array {
  const data = assemble(source, address, model)
  return elf32({ entry: address, segments: [{ virtualAddress: address, physicalAddress: address, data }] })
}

/** A program as the firmware of the virt board: it starts at address 0. */
export const firmware = (source: string): BootOptions => ({ machine: "virt", bios: assemble(source, 0) })

/** Offset in RAM of a program that is loaded as a kernel. */
const LOADED_AT = 0x1_0000

/** A program in RAM, started as a kernel is. */
export function loaded(machine: "virt" | "versatilepb", source: string): BootOptions {
  const isVirt = machine === "virt"
  const address = (isVirt ? 0x4000_0000 : 0) + LOADED_AT
  return { machine, image: elfProgram(source, address, isVirt ? "cortex-a15" : "arm926") }
}
