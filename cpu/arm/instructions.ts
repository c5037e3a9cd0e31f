// Every instruction of the ARM architecture that some CPU model has, a module for each facility of the manual.

import * as branch from "./control/branch.ts"
import * as coprocessor from "./control/coprocessor.ts"
import * as exceptionCalls from "./control/exception-calls.ts"
import * as hints from "./control/hints.ts"
import * as itBlock from "./control/it-block.ts"
import * as status from "./control/status.ts"
import * as arithmetic from "./core/arithmetic.ts"
import * as bitField from "./core/bit-field.ts"
import * as divide from "./core/divide.ts"
import * as logical from "./core/logical.ts"
import * as moves from "./core/moves.ts"
import * as multiply from "./core/multiply.ts"
import * as multiplyHalfwords from "./core/multiply-halfwords.ts"
import * as packing from "./core/packing.ts"
import * as parallel from "./core/parallel.ts"
import * as reverse from "./core/reverse.ts"
import * as saturating from "./core/saturating.ts"
import * as shifts from "./core/shifts.ts"
import * as exclusive from "./memory/exclusive.ts"
import * as loadStore from "./memory/load-store.ts"
import * as loadStoreDual from "./memory/load-store-dual.ts"
import * as loadStoreExtra from "./memory/load-store-extra.ts"
import * as loadStoreMultiple from "./memory/load-store-multiple.ts"
import * as memoryHints from "./memory/memory-hints.ts"
import * as neonFloat from "./neon/float.ts"
import * as neonFloatUnary from "./neon/float-unary.ts"
import * as neonInteger from "./neon/integer.ts"
import * as neonLoadStore from "./neon/load-store.ts"
import * as neonPermute from "./neon/permute.ts"
import * as neonShift from "./neon/shift.ts"
import * as neonShiftRegister from "./neon/shift-register.ts"
import * as neonTransfer from "./neon/transfer.ts"
import * as neonUnary from "./neon/unary.ts"
import * as neonWide from "./neon/wide.ts"
import * as vfpConvert from "./vfp/convert.ts"
import * as vfpData from "./vfp/data.ts"
import * as vfpFused from "./vfp/fused.ts"
import * as vfpLoadStore from "./vfp/load-store.ts"
import * as vfpSystem from "./vfp/system.ts"
import * as vfpTransfer from "./vfp/transfer.ts"

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
  neonFloatUnary,
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
