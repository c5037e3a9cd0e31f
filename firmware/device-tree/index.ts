// Flattened device trees: model, blob, source text, and a boot loader's patches (Devicetree Specification v0.4).

export { ImageError } from "../image-error.ts"
export { decodeBlob } from "./decode-blob.ts"
export { type BlobOptions, encodeBlob } from "./encode-blob.ts"
export { type Chosen, setChosen, setMemory } from "./patch.ts"
export { printSource } from "./print-source.ts"
export {
  cells,
  type DeviceTree,
  type DeviceTreeNode,
  empty,
  findNode,
  type MemoryRange,
  node,
  type PropertyItem,
  type PropertyValue,
  phandles,
  readCells,
  readStrings,
  readU64s,
  strings,
  u64s,
} from "./tree.ts"
