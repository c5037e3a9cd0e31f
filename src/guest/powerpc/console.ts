// The monitor's console, channel A of a Z8530 (Zilog UM010903): direct writes, reads by interrupts, formatted output, line
// input.

import { enter, leave } from "./frame.ts"

/** `console_start`, `put`, `print`, `read_line`. */
export const console = String.raw`
# Writes the pairs of register and value; a read first makes the channel expect a register's number.
console_start:
    lwz     r3, mac_io-BASE(r2)
    addis   r3, r3, SERIAL@ha
    addi    r3, r3, SERIAL@l
    stw     r3, serial-BASE(r2)
    lbz     r4, 0(r3)
    eieio
    addi    r5, r2, serial_setup-BASE-1
1:  lbzu    r4, 1(r5)
    cmpwi   r4, 255
    beqlr
    stb     r4, 0(r3)
    eieio
    b       1b

# Prints the character r3; a line feed starts a new line.
put:
    cmpwi   r3, 10
    bne     put_byte
    mflr    r0
    stwu    r1, -16(r1)
    stw     r0, 20(r1)
    li      r3, 13
    bl      put_byte
    lwz     r0, 20(r1)
    mtlr    r0
    addi    r1, r1, 16
    li      r3, 10
put_byte:
    lwz     r4, serial-BASE(r2)
1:  lbz     r5, 0(r4)
    eieio
    andi.   r5, r5, 4                   # transmit buffer empty
    beq     1b
    stb     r3, SERIAL_DATA(r4)
    eieio
    blr

put_text:
${enter}    addi    r31, r3, -1
1:  lbzu    r3, 1(r31)
    cmpwi   r3, 0
    beq     2f
    bl      put
    b       1b
2:
${leave}
put_decimal:
${enter}    li      r4, 10
    divwu   r5, r3, r4
    mullw   r4, r5, r4
    subf    r31, r4, r3
    mr.     r3, r5
    beq     1f
    bl      put_decimal
1:  addi    r3, r31, '0'
    bl      put
${leave}
put_hex:
${enter}    mr      r31, r3
    li      r30, 8
1:  rotlwi  r31, r31, 4
    clrlwi  r3, r31, 28
    cmpwi   r3, 10
    addi    r3, r3, '0'
    blt     2f
    addi    r3, r3, 'a' - '0' - 10
2:  bl      put
    addic.  r30, r30, -1
    bne     1b
${leave}
# Prints the format r3 with r4 to r6: %u decimal, %x eight hexadecimal digits, %s text, %c character.
print:
${enter}    addi    r31, r3, -1
    mr      r30, r4
    mr      r29, r5
    mr      r28, r6
1:  lbzu    r3, 1(r31)
    cmpwi   r3, 0
    beq     6f
    cmpwi   r3, '%'
    bne     5f
    lbzu    r4, 1(r31)
    mr      r3, r30
    mr      r30, r29
    mr      r29, r28
    cmpwi   r4, 'u'
    bne     2f
    bl      put_decimal
    b       1b
2:  cmpwi   r4, 'x'
    bne     3f
    bl      put_hex
    b       1b
3:  cmpwi   r4, 's'
    bne     5f
    bl      put_text
    b       1b
5:  bl      put
    b       1b
6:
${leave}
# Buffers received characters; drops them if the buffer is full.
console_interrupt:
    lwz     r3, serial-BASE(r2)
    addi    r4, r2, input-BASE
1:  lbz     r5, 0(r3)
    eieio
    andi.   r5, r5, 1                   # a character is there
    beqlr
    lbz     r5, SERIAL_DATA(r3)
    eieio
    lwz     r6, 0(r4)
    lwz     r7, 4(r4)
    subf    r7, r7, r6
    cmplwi  r7, INPUT_BYTES
    bge     1b
    clrlwi  r7, r6, 26                  # the buffer has 64 bytes
    addi    r7, r7, 8
    stbx    r5, r4, r7
    addi    r6, r6, 1
    stw     r6, 0(r4)
    b       1b

# Waits for a character and returns it in r3. The processor dozes meanwhile.
read_byte:
    addi    r4, r2, input-BASE
    mfmsr   r5
1:  rlwinm  r6, r5, 0, 17, 15           # without MSR[EE]
    mtmsr   r6
    lwz     r6, 0(r4)
    lwz     r7, 4(r4)
    cmpw    r6, r7
    bne     2f
    oris    r6, r5, MSR_POW
    sync
    mtmsr   r6
    isync
    b       1b
2:  mtmsr   r5
    clrlwi  r3, r7, 26
    addi    r3, r3, 8
    lbzx    r3, r4, r3
    addi    r7, r7, 1
    stw     r7, 4(r4)
    blr

# Reads a line and echoes it: Backspace deletes a character, Ctrl-U all of them. Returns the text in r3.
read_line:
${enter}    addi    r31, r2, line-BASE
    li      r30, 0                      # characters so far
1:  bl      read_byte
    cmpwi   r3, 13
    beq     5f
    cmpwi   r3, 10
    beq     5f
    cmpwi   r3, 8
    beq     3f
    cmpwi   r3, 127
    beq     3f
    cmpwi   r3, 21
    beq     4f
    cmpwi   r3, 27
    beq     7f
    cmplwi  r3, 32
    blt     1b
    cmplwi  r3, 126
    bgt     1b
    cmplwi  r30, LINE_BYTES - 1
    bge     1b
    stbx    r3, r31, r30
    addi    r30, r30, 1
    bl      put
    b       1b
3:  cmpwi   r30, 0
    beq     1b
    bl      6f
    b       1b
4:  cmpwi   r30, 0
    beq     1b
    bl      6f
    b       4b
5:  li      r3, 0
    stbx    r3, r31, r30
    li      r3, 10
    bl      put
    mr      r3, r31
${leave}6:  addi    r30, r30, -1
    addi    r3, r2, rubout-BASE
    b       put_text
7:  bl      read_byte                   # ESC [ ... letter: a key that means nothing here
    cmpwi   r3, '['
    beq     8f
    cmpwi   r3, 'O'
    bne     1b
8:  bl      read_byte
    cmplwi  r3, '@'
    blt     8b
    b       1b

serial:
    .long   0
# Both directions, eight bits, sixteen clocks a bit, an interrupt for each character.
serial_setup:
    .byte   4, 0x44, 3, 0xc1, 5, 0xea, 1, 0x10, 9, 0x08, 255
    .balign 4
input:
    .long   0                           # characters received
    .long   0                           # characters taken
    .space  INPUT_BYTES
line:
    .space  LINE_BYTES
rubout:
    .asciz  "\b \b"
    .balign 4
`
