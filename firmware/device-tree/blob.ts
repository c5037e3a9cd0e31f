// Numbers of the flattened device tree format (Devicetree Specification v0.4, chapter 5).

export const FDT_MAGIC = 0xd00d_feed
export const FDT_VERSION = 17
export const FDT_LAST_COMPATIBLE_VERSION = 16
export const FDT_HEADER_BYTES = 40

export const FDT_BEGIN_NODE = 1
export const FDT_END_NODE = 2
export const FDT_PROP = 3
export const FDT_NOP = 4
export const FDT_END = 9
