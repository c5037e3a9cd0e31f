// Layout of the one linear memory that an engine, its MMU and guest RAM share.

/** The mailbox: words that generated code and TypeScript exchange, by byte address; i32 unless stated. */
export const MAILBOX = {
  /** Instructions that may still be executed before the engine returns. */
  budget: 0,
  /** Nonzero while an interrupt line of the CPU is asserted. */
  interrupt: 4,
  /** Nonzero after a helper changed the translation of code: the next instruction must be looked up anew. */
  refetch: 8,
  /** Why the engine stops: index into `EXIT_REASONS`. */
  exit: 12,
  /** Kinds of alignment whose misaligned accesses go to TypeScript: a bit for each, as numbered in `ALIGNMENTS`. */
  aligned: 16,
  /** Arrivals after which the code at an entry is hot; 0 for never. */
  hot: 20,
  /** Table index of the region called last. */
  region: 24,
  /** Countdown of exits from one region to another; at 0 the exit is reported to the JIT as a sample. */
  exitSample: 28,
  /** Four words: address of the TLB block that each regime probes. */
  blocks: 32,
  /** Four words: address of the TLB block that unprivileged accesses probe in each regime. */
  unprivilegedBlocks: 48,
  /** Guest address at which execution continues after a region: i32 or i64, by the architecture's address type. */
  target: 64,
  /** f64: count of instructions since power-on at which the budget is spent. */
  clock: 72,
  /** f64: instructions per second of virtual time. */
  clockRate: 80,
  /** f64: virtual time skipped while the machine was idle, in ns. */
  skipped: 88,
} as const

/** The frame: locals of the interpreter's main function, 8 bytes each, while a cold handler runs. */
export const FRAME = 0x100
/** Most locals in the frame. */
export const FRAME_LOCALS = 32
/** Address of the current predecoded page: the slot of LOCAL.page in the frame. */
export const CURRENT_PAGE = FRAME + 4 * 8
/** Lazy flags between regions (lazy-flags.ts): words of recipe numbers, then the sources of each group. */
export const LAZY_FLAGS = 0x200
/** End of the lazy flags. */
export const LAZY_FLAGS_END = 0x400
/** The CPU's register files. */
export const STATE = 0x400
/** Scratch entries: of an instruction that crosses a page border, or of one in a decode context of its own. */
export const SCRATCH = 0x8000
/** Executions of each handler, i64 by handler number; only a profiling interpreter counts them. */
export const PROFILE = 0xa000
/** Records of region entries: `REGION_ENTRY.size` bytes each, by table index. */
export const REGION_ENTRIES = 0x8_0000
/** Addresses of predecoded pages, i32 by page number: -1 for a page that is not in memory. */
export const PAGE_POINTERS = 0x10_0000
/** Most predecoded pages that are known by number, in memory or not. */
export const PAGE_NUMBERS = 32_768
/** Arrivals at each entry, i32 at the offset that `counterOf` gives. */
export const COUNTERS = 0x20_0000
/** Bytes of the counters of arrivals. */
export const COUNTERS_BYTES = 0x80_0000
/** Counters of regions, when the JIT profiles them. */
export const REGION_COUNTERS = COUNTERS + COUNTERS_BYTES
/** The software TLB: a block for each of at most four privilege levels, then one that is always empty. */
export const TLB = 0x100_0000
/** Predecoded pages. */
export const CODE = 0x600_0000
/** End of the predecoded pages. */
export const CODE_END = 0x1600_0000
/** Guest RAM, then ROM and flash. */
export const RAM = CODE_END

/** The kinds of alignment by number. */
export const ALIGNMENTS = ["any", "required", "rotate", "unchecked"] as const

/** A predecoded instruction, 16 bytes: byte offsets of its fields. */
export const ENTRY = {
  size: 16,
  /** u16: handler to run. */
  handler: 0,
  /** u16: handler to run after the guard has passed. `beginContext` has its length here, in entries. */
  guarded: 2,
  /** i32: the computed operand. */
  computed: 4,
  /** The instruction word: i32, or i64 of at most 48 bits. */
  word: 8,
  /**
   * i32: decode context with `CONTEXT_CONTINUES`, in formats with words of 32 bits. A crossing instruction keeps the
   * address of its second predecoded page here.
   */
  context: 12,
  /** u16: table index of the first region that begins here; it takes the place of the context, which counts as 0 then. */
  region: 14,
} as const

/** A record of `REGION_ENTRIES`, 8 bytes: byte offsets of its fields. */
export const REGION_ENTRY = {
  size: 8,
  /** i32: bytes from the first page of the region to the page of the entry. */
  page: 0,
  /** u16: handler of the instruction at the entry, for the interpreter. */
  handler: 4,
  /** u16: table index of the next variant, a region at the same entry for other register values; 0 if none. */
  next: 6,
} as const

/** Bytes of a predecoded page: an entry for every two bytes of code, sentinels behind them, and padding. */
export const CODE_PAGE_BYTES = (4096 / 2 + 4) * ENTRY.size
/** Most predecoded pages in memory at a time. */
export const CODE_PAGES = Math.floor((CODE_END - CODE) / CODE_PAGE_BYTES)

/** Bit of an entry's context: the context block continues with the next instruction. */
export const CONTEXT_CONTINUES = 1 << 31

/** Right shift of an entry's address, for its counter. */
export const COUNTER_SHIFT = 2
/** Mask of the shifted address: a multiple of 4 below `COUNTERS_BYTES`. */
export const COUNTER_MASK = COUNTERS_BYTES - 4

/** Byte offset from COUNTERS of an entry's counter; entries far from each other may share one. */
export const counterOf = (entry: number): number => (entry >>> COUNTER_SHIFT) & COUNTER_MASK

/**
 * Signature of a translated region. Parameters: guest address of entry, address of the regime's TLB block, table index.
 * Result: number of the special handler to run next; MAILBOX.target has its address.
 */
export const regionType = (addressType: "i32" | "i64") =>
  ({ params: [addressType, "i32", "i32"], result: "i32" }) as const

/** Most region entries at a time: table slots behind those of the cold handlers. */
export const REGIONS = 32_768

/** Why an entry is reported to the JIT. */
export const HOT = {
  /** Branches have often arrived there. */
  arrived: 0,
  /** Regions have often left the instruction there to the interpreter. */
  interpreted: 1,
  /** MAILBOX.exitSample has reached 0: region MAILBOX.region has exited to the one that begins there. */
  regionExit: 2,
  /** All regions that begin there are variants for other register values. */
  variant: 3,
} as const

/** Reasons why the engine returns, by number. */
export const EXIT_REASONS = ["budget", "wait", "halt", "debug"] as const

/** Special handlers, which belong to no instruction; their numbers come first. */
export const SPECIAL = {
  /** Decodes the entry, then runs its handler. */
  undecoded: 0,
  /** The sentinel behind a page or scratch entries: continues in the next page. */
  pageEnd: 1,
  /** Runs an instruction from scratch entries: it crosses a page border, or was entered without its entry's context. */
  crossing: 2,
  /** Finds the predecoded page of LOCAL.target. */
  far: 3,
  /** `far` with the decode context in CONTEXT. */
  farContext: 4,
  /** Takes an exception that TypeScript recorded between two instructions. */
  pending: 5,
  /** Runs the entry sequence of the exception in EXCEPTION. */
  fault: 6,
  /** The head of a context block: enters its first instruction in context. */
  beginContext: 7,
  /** An entry without an instruction. */
  skip: 8,
  /** First handler of each run: takes up the state in PC, CONTEXT and EXCEPTION. */
  start: 9,
  /** Looks the next instruction up anew, after a helper changed the translation of code. */
  refetch: 10,
  /** Records address and context of the instruction that raised an exception. */
  raised: 11,
  /** Calls the regions that begin at the entry. */
  region: 12,
  /** Interprets the instruction at the target, even if a region begins there. */
  interpret: 13,
  /** A region has changed the regime, and with it perhaps the TLB block. */
  otherRegime: 14,
  /** No region at the entry is made for the current register values. */
  otherVariant: 15,
  /** Number of special handlers. */
  count: 16,
} as const
