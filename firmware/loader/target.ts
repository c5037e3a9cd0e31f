// What code an image holds: architecture, width and byte order, whatever its format says of them.

import type { Endian } from "../byte-reader.ts"
import type { ImageKind } from "./recognise.ts"

/** Architectures by the names that recognition gives them. */
export type ArchitectureName =
  | "AArch64"
  | "ARM"
  | "IA-64"
  | "MIPS"
  | "PowerPC"
  | "RISC-V"
  | "S/390"
  | "SPARC"
  | "x86"
  | "x86-64"

/** Code of an architecture. What is left out is not said, or does not matter. */
export type ImageTarget = {
  /** An `ArchitectureName`, or a phrase with the number that the file gives. */
  readonly architecture: string
  readonly bits?: 32 | 64
  readonly byteOrder?: Endian
}

/** The code that an image holds; undefined where its format does not tell. */
export function targetOf(kind: ImageKind): ImageTarget | undefined {
  switch (kind.format) {
    case "elf":
      return { architecture: kind.machineName, bits: kind.class, byteOrder: kind.endian }
    case "pe":
      return { architecture: kind.machineName, bits: kind.class, byteOrder: "little" }
    case "uimage":
      return { architecture: kind.architectureName }
    case "zimage":
      return { architecture: "ARM", bits: 32, byteOrder: kind.endian }
    case "linux-image":
      return { architecture: kind.architecture, bits: 64, byteOrder: "little" }
    default:
      return undefined
  }
}

/** Whether code of that target is of a kind that `taken` describes. */
export function isOfTarget(target: ImageTarget, taken: ImageTarget): boolean {
  const agrees = <T>(a: T | undefined, b: T | undefined) => a === undefined || b === undefined || a === b
  return (
    target.architecture === taken.architecture &&
    agrees(target.bits, taken.bits) &&
    agrees(target.byteOrder, taken.byteOrder)
  )
}

/** A target for people: "PowerPC, 32 bits, big-endian". */
export function describeTarget({ architecture, bits, byteOrder }: ImageTarget): string {
  return [architecture, ...(bits ? [`${bits} bits`] : []), ...(byteOrder ? [`${byteOrder}-endian`] : [])].join(", ")
}
