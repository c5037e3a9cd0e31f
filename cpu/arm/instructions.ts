// Every instruction of the ARM architecture that some CPU model has, a module for each facility of the manual.

import * as arithmetic from "./arithmetic.ts"
import * as bitField from "./bit-field.ts"
import * as branch from "./branch.ts"
import * as coprocessor from "./coprocessor.ts"
import * as divide from "./divide.ts"
import * as exceptionCalls from "./exception-calls.ts"
import * as exclusive from "./exclusive.ts"
import * as hints from "./hints.ts"
import * as itBlock from "./it-block.ts"
import * as loadStore from "./load-store.ts"
import * as loadStoreDual from "./load-store-dual.ts"
import * as loadStoreExtra from "./load-store-extra.ts"
import * as loadStoreMultiple from "./load-store-multiple.ts"
import * as logical from "./logical.ts"
import * as memoryHints from "./memory-hints.ts"
import * as moves from "./moves.ts"
import * as multiply from "./multiply.ts"
import * as multiplyHalfwords from "./multiply-halfwords.ts"
import * as neonFloat from "./neon-float.ts"
import * as neonInteger from "./neon-integer.ts"
import * as neonLoadStore from "./neon-load-store.ts"
import * as neonPermute from "./neon-permute.ts"
import * as neonShift from "./neon-shift.ts"
import * as neonShiftRegister from "./neon-shift-register.ts"
import * as neonTransfer from "./neon-transfer.ts"
import * as neonUnary from "./neon-unary.ts"
import * as neonWide from "./neon-wide.ts"
import * as packing from "./packing.ts"
import * as parallel from "./parallel.ts"
import * as reverse from "./reverse.ts"
import * as saturating from "./saturating.ts"
import * as shifts from "./shifts.ts"
import * as status from "./status.ts"
import * as vfpConvert from "./vfp-convert.ts"
import * as vfpData from "./vfp-data.ts"
import * as vfpFused from "./vfp-fused.ts"
import * as vfpLoadStore from "./vfp-load-store.ts"
import * as vfpSystem from "./vfp-system.ts"
import * as vfpTransfer from "./vfp-transfer.ts"

/** The modules of instructions. */
export const modules: readonly object[] = [
  arithmetic,
  bitField,
  branch,
  coprocessor,
  divide,
  exceptionCalls,
  exclusive,
  hints,
  itBlock,
  loadStore,
  loadStoreDual,
  loadStoreExtra,
  loadStoreMultiple,
  logical,
  memoryHints,
  moves,
  multiply,
  multiplyHalfwords,
  neonFloat,
  neonInteger,
  neonLoadStore,
  neonPermute,
  neonShift,
  neonShiftRegister,
  neonTransfer,
  neonUnary,
  neonWide,
  packing,
  parallel,
  reverse,
  saturating,
  shifts,
  status,
  vfpConvert,
  vfpData,
  vfpFused,
  vfpLoadStore,
  vfpSystem,
  vfpTransfer,
]
