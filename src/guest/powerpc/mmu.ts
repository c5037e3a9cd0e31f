// The monitor's address map (Programming Environments Manual, chapter 7): blocks for memory and devices, and a hashed page
// table for the window.

import { enter, leave } from "./frame.ts"

/** `mmu_start`, `map_page`, `find_entry`. */
export const mmu = String.raw`
# Sets registers and page table, and turns translation on.
mmu_start:
${enter}    li      r3, 0
    mtibatu 1, r3
    mtibatu 2, r3
    mtibatu 3, r3
    mtdbatu 2, r3
    mtdbatu 3, r3
    li      r3, 0x1ffe                  # 256 MiB at 0, for the kernel
    li      r4, 0x12                    # M, read and write
    mtibatu 0, r3
    mtibatl 0, r4
    mtdbatu 0, r3
    mtdbatl 0, r4
    lis     r3, 0x8000                  # 256 MiB of devices
    ori     r4, r3, 0x2a                # cache-inhibited, guarded, read and write
    ori     r3, r3, 0x1ffe
    mtdbatu 1, r3
    mtdbatl 1, r4
    lis     r3, TABLE@h                 # an empty table
    lis     r4, 1
    srwi    r4, r4, 2
    mtctr   r4
    li      r5, 0
    addi    r4, r3, -4
1:  stwu    r5, 4(r4)
    bdnz    1b
    mtsdr1  r3
    li      r4, 0                       # segment n has the VSID n * 0x1000; users have a key
    lis     r3, 0x2000
2:  mtsrin  r3, r4
    addi    r3, r3, 0x1000
    addis   r4, r4, 0x1000
    cmpwi   r4, 0
    bne     2b
    lis     r3, NO_EXECUTE@h            # N, key and VSID of that segment
    ori     r3, r3, 0x3000
    mtsr    3, r3
    li      r3, 64                      # the TLB has 64 pairs of entries, chosen by the low bits of the page number
    mtctr   r3
    li      r3, 0
3:  tlbie   r3
    addi    r3, r3, 0x1000
    bdnz    3b
    sync
    addi    r31, r2, window_pages-BASE-4
4:  lwzu    r3, 4(r31)
    cmpwi   r3, 0
    beq     5f
    lwzu    r4, 4(r31)
    bl      map_page
    b       4b
5:  mfspr   r3, 1008                    # HID0: caches, and the doze mode
    oris    r3, r3, 0x80
    ori     r3, r3, 0xc000
    sync
    mtspr   1008, r3
    isync
    mfmsr   r3
    ori     r3, r3, 0x30
    mtmsr   r3
    isync
${leave}
# The group of the page r3 in r7 (primary hash), and the first word of its entry in r8.
find_group:
    srwi    r5, r3, 28
    slwi    r5, r5, 12                  # VSID
    rlwinm  r6, r3, 20, 16, 31          # number of the page
    xor     r7, r5, r6
    rlwinm  r7, r7, 6, 16, 25
    addis   r7, r7, TABLE@ha
    slwi    r8, r5, 7
    rlwinm  r6, r6, 22, 26, 31          # abbreviated page index
    or      r8, r8, r6
    oris    r8, r8, 0x8000
    blr

# The entry of the page r3, or one that is free.
find_entry:
    mflr    r10
    bl      find_group
    mtlr    r10
    li      r0, 8
    mtctr   r0
1:  lwz     r0, 0(r7)
    cmpw    r0, r8
    beqlr
    cmpwi   r0, 0
    beqlr
    addi    r7, r7, 8
    bdnz    1b
    b       give_up

# Makes r4 the second word of the entry of the page r3.
map_page:
    mflr    r11
    bl      find_entry
    mtlr    r11
    li      r0, 0
    stw     r0, 0(r7)
    sync
    tlbie   r3
    sync
    tlbsync
    sync
    stw     r4, 4(r7)
    eieio
    stw     r8, 0(r7)
    sync
    isync
    blr

window_pages:
    .long   READ_WRITE, PAGE + PAGE_KERNEL
    .long   READ_ONLY, PAGE + PAGE_RO
    .long   USER_CODE, PAGE + PAGE_USER_RO
    .long   MOVING, PAGE + PAGE_KERNEL
    .long   NO_EXECUTE, PAGE + PAGE_KERNEL
    .long   0
`
