// Text from files and guests, made safe for a terminal: nothing in it moves the cursor, colours or reorders.

/** Control and format characters of Unicode, separators of lines and paragraphs, and halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The text with each character that could steer a terminal written as `\x1b` or `\u{202e}`; it is one line. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`
  })
}
