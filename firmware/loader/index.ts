// Kernel and firmware images: recognising them, unpacking and parsing them, placing them in RAM.

export { type Compression, compressionOf, decompress } from "../compression/index.ts"
export { hex, ImageError, sizeText } from "../image-error.ts"
export type { Load } from "./arm-kernel.ts"
export {
  type ArmLinuxPlacement,
  type ArmLinuxRequest,
  MACHINE_TYPE_DEVICE_TREE,
  MACHINE_TYPE_VERSATILE_PB,
  placeArmLinux,
} from "./arm-linux.ts"
export { type AtagFacts, encodeAtags } from "./atags.ts"
export {
  ELF_MACHINE,
  type ElfHeader,
  type ElfImage,
  type ElfSegment,
  elfMachineName,
  parseElf,
  parseElfHeader,
  physicalEntry,
} from "./elf.ts"
export type { ElfSymbol } from "./elf-symbols.ts"
export type { LinuxImage } from "./linux-image.ts"
export { type PeDirectory, type PeImage, type PeSection, parsePe, peMachineName, peSubsystemName } from "./pe.ts"
export { describeImage, type ImageKind, recognise } from "./recognise.ts"
export { romContents } from "./rom-image.ts"
export { type ArchitectureName, describeTarget, type ImageTarget, isOfTarget, targetOf } from "./target.ts"
export { encodeUimage, parseUimage, type UImage, type UImageCompression } from "./uimage.ts"
export { type UnpackOptions, unpack } from "./unpack.ts"
export { parseZimage, type ZImage } from "./zimage.ts"
