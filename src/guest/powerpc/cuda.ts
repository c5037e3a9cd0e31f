// The monitor's talk with CUDA, the microcontroller behind a VIA: clock, reset, power (Linux: drivers/macintosh/via-cuda.c).

import { enter, leave } from "./frame.ts"

/** `off`, `reset`, `read_clock`. */
export const cuda = String.raw`
off:
    li      r3, 10                      # power down
    b       1f
reset:
    li      r3, 17                      # reset the system
1:  bl      ask_cuda
    b       .

# Seconds since 1970.
read_clock:
${enter}    li      r3, 3
    bl      ask_cuda
    lwz     r3, answer-BASE+4(r2)
    lis     r4, 2082844800@h            # seconds from 1904 to 1970
    ori     r4, r4, 2082844800@l
    subf    r3, r4, r3
${leave}
# Sends the command r3. Stores the answer so that its fourth byte is the first one of "answer + 4".
ask_cuda:
${enter}    mr      r30, r3
    lwz     r31, mac_io-BASE(r2)
    addis   r31, r31, VIA@ha
    addi    r31, r31, VIA@l
    li      r3, 0x7f                    # no interrupts
    stb     r3, VIA_IER(r31)
    li      r3, 0x30                    # the host drives BYTEACK and TIP; both are active low, as TREQ is
    stb     r3, VIA_ORB(r31)
    stb     r3, VIA_DDRB(r31)
    li      r3, 0x1c                    # shift out
    stb     r3, VIA_ACR(r31)
    li      r3, 1                       # a packet for CUDA itself
    stb     r3, VIA_SR(r31)
    eieio
    li      r3, 0x10                    # TIP
    stb     r3, VIA_ORB(r31)
    eieio
    bl      wait_shifted
    stb     r30, VIA_SR(r31)
    eieio
    li      r3, 0                       # BYTEACK
    stb     r3, VIA_ORB(r31)
    eieio
    bl      wait_shifted
    li      r3, 0x0c                    # shift in
    stb     r3, VIA_ACR(r31)
    lbz     r3, VIA_SR(r31)
    eieio
    li      r3, 0x30
    stb     r3, VIA_ORB(r31)
    eieio
1:  lbz     r3, VIA_ORB(r31)            # until CUDA asks for attention
    eieio
    andi.   r3, r3, 8
    bne     1b
    bl      wait_shifted
    lbz     r3, VIA_SR(r31)
    addi    r29, r2, answer-BASE
    li      r28, 0x10
    li      r27, 8                      # bytes that are stored
2:  stb     r28, VIA_ORB(r31)
    eieio
    xori    r28, r28, 0x10
    bl      wait_shifted
    lbz     r3, VIA_SR(r31)
    eieio
    cmpwi   r27, 0
    beq     3f
    addi    r27, r27, -1
    stbu    r3, 1(r29)
3:  lbz     r3, VIA_ORB(r31)
    eieio
    andi.   r3, r3, 8                   # with its last byte, CUDA no longer asks
    beq     2b
    li      r3, 0x30
    stb     r3, VIA_ORB(r31)
    eieio
    bl      wait_shifted
    lbz     r3, VIA_SR(r31)
${leave}
# Waits for the interrupt flag of the shift register.
wait_shifted:
    lbz     r3, VIA_IFR(r31)
    eieio
    andi.   r3, r3, 4
    beq     wait_shifted
    blr

answer:
    .space  12
`
