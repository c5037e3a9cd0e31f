// Where things stand in the one linear memory that an engine, its MMU and guest RAM share.

/** Words by which generated code and TypeScript talk to each other, from address 0. */
export const MAILBOX = {
  /** Instructions that may still be executed before the engine returns. */
  budget: 0,
  /** Not zero while some interrupt line of the CPU is asserted. */
  interrupt: 4,
  /** Not zero if a helper changed the translation of code: the next instruction is looked up anew. */
  refetch: 8,
  /** Why the engine stops, if not for its budget: index into `EXIT_REASONS`. */
  exit: 12,
  /** Accesses that must be aligned or go to TypeScript: a bit for each kind of alignment, as numbered in `ALIGNMENTS`. */
  aligned: 16,
  /** Arrivals at an entry after which its code counts as hot; 0 for never. */
  hot: 20,
  /** The region called last: its entry's place in the interpreter's table. */
  region: 24,
  /** Countdown of exits from one region to another; at 0 the exit is reported to the JIT. */
  exitSample: 28,
  /** Four words: the address of the TLB block that each regime probes. */
  blocks: 32,
  /** Four words: the address of the TLB block that unprivileged accesses probe in each regime. */
  unprivilegedBlocks: 48,
  /** Where execution goes on after a region: an address of either width. */
  target: 64,
  /** f64: instructions that will have been executed since power-on when the budget is spent. */
  clock: 72,
  /** f64: instructions that make a second of virtual time. */
  clockRate: 80,
  /** f64: virtual time skipped while the machine was idle, in ns. */
  skipped: 88,
} as const

/** Locals of the interpreter, 8 bytes each, while a handler in a function of its own runs; at most so many. */
export const FRAME = 0x100
export const FRAME_LOCALS = 32
/** Pointer to the predecoded page that is being executed: LOCAL.page's place in the frame. */
export const CURRENT_PAGE = FRAME + 4 * 8
/** Lazy flags between regions (lazy-flags.ts): words of recipe numbers, then the sources of each group. */
export const LAZY_FLAGS = 0x200
export const LAZY_FLAGS_END = 0x400
/** The CPU's register files. */
export const STATE = 0x400
/** How often each handler was executed: i64 by handler number, counted only by a profiling interpreter. */
export const PROFILE = 0xa000
/** Predecoded entries of an instruction that no page holds whole. */
export const SCRATCH = 0x8000
/** What is known of each region entry: `REGION_ENTRY.size` bytes by its place in the interpreter's table. */
export const REGION_ENTRIES = 0x8_0000
/** How often branches arrived at each entry, i32 by `counterOf`. */
export const COUNTERS = 0x20_0000
export const COUNTERS_BYTES = 0x80_0000
/** Counters of regions, if they count. */
export const REGION_COUNTERS = COUNTERS + COUNTERS_BYTES
/** The software TLB. */
export const TLB = 0x100_0000
/** Predecoded pages. */
export const CODE = 0x400_0000
/** End of the predecoded pages. */
export const CODE_END = 0xc00_0000
/** Guest RAM and ROM. */
export const RAM = CODE_END

/** The kinds of alignment by number. */
export const ALIGNMENTS = ["any", "required", "rotate", "unchecked"] as const

/** A predecoded instruction: 16 bytes. */
export const ENTRY = {
  size: 16,
  /** u16: handler to run. */
  handler: 0,
  /** u16: handler to run once the guard has passed. */
  guarded: 2,
  /** i32: the computed operand. */
  computed: 4,
  /** The instruction word: i32, or i64 of at most 48 bits. */
  word: 8,
  /** i32: decode context, in formats that have one, whose words are 32 bits; with `CONTEXT_CONTINUES`. */
  context: 12,
  /** u16: where a region begins, which is in no decode context, the place of its function in the table. */
  region: 14,
} as const

/** A region entry: what its place in the table tells. */
export const REGION_ENTRY = {
  size: 8,
  /** i32: bytes from the first page of the region to the page of the entry. */
  page: 0,
  /** u16: handler of the instruction at the entry, for the interpreter. */
  handler: 4,
  /** u16: place of the next region that begins at the same entry, for other register values; 0 if there is none. */
  next: 6,
} as const

/** In an entry's context: the next instruction has one too. */
export const CONTEXT_CONTINUES = 1 << 31

/** log2 of the distance between entries in the counters' index, and the mask of that index in bytes. */
export const COUNTER_SHIFT = 2
export const COUNTER_MASK = COUNTERS_BYTES - 4

/** Offset from COUNTERS of an entry's counter: entries far from each other may share one. */
export const counterOf = (entry: number): number => (entry >>> COUNTER_SHIFT) & COUNTER_MASK

/**
 * Parameters and result of a translated region: the address that it is entered at, base of the regime's TLB block, the
 * entry's place in the table; the special handler to go on with, which finds the address in MAILBOX.target.
 */
export const regionType = (addressType: "i32" | "i64") =>
  ({ params: [addressType, "i32", "i32"], result: "i32" }) as const

/** Most entries of regions at a time: places in the interpreter's table, behind the handlers in functions. */
export const REGIONS = 16_384

/** Why an entry is reported to the JIT. */
export const HOT = {
  /** Branches have arrived there often. */
  arrived: 0,
  /** A region has often left the instruction there to the interpreter. */
  interpreted: 1,
  /** MAILBOX.exitSample has come to 0: the region that MAILBOX.region tells has left to the one that begins there. */
  regionExit: 2,
  /** The regions that begin there are made for other register values. */
  variant: 3,
} as const

/** Reasons for leaving the engine, by number. */
export const EXIT_REASONS = ["budget", "wait", "halt", "debug"] as const

/** Handlers that no instruction stands behind, in order from 0. */
export const SPECIAL = {
  undecoded: 0,
  pageEnd: 1,
  crossing: 2,
  far: 3,
  farContext: 4,
  pending: 5,
  fault: 6,
  beginContext: 7,
  skip: 8,
  start: 9,
  refetch: 10,
  raised: 11,
  region: 12,
  interpret: 13,
  /** A region leaves to where it changed the translation regime: the block of the TLB may be another one. */
  otherRegime: 14,
  /** A region was made for other register values than those at hand: no handler. */
  otherVariant: 15,
  count: 16,
} as const
