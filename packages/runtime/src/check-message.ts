import { OmniError } from "@omni/core";

/** Most UTF-8 bytes of one message: the gateway's own default for a body. */
export const mostMessageBytes = 1_048_576;

/** What is neither space nor made to be passed over: a message of nothing else says nothing, and asks no model. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}]/u;

/** Throws `message.empty`, `message.too-large` or `message.invalid`, each with what to do. */
export function checkMessage(text: string, hasAttachments: boolean): void {
  if (text.length > mostMessageBytes || Buffer.byteLength(text) > mostMessageBytes) {
    throw new OmniError("message.too-large", `The message has more than ${mostMessageBytes} bytes; put it into a file of the workspace and name the file.`);
  }
  if (!visible.test(text) && !hasAttachments) throw new OmniError("message.empty", "The message is empty; say what to do.");
  const nul = text.indexOf("\u0000");
  if (nul !== -1) throw new OmniError("message.invalid", `The message holds a NUL character at position ${nul}; remove it.`);
  if (!text.isWellFormed()) throw new OmniError("message.invalid", `The message holds half of a surrogate pair at position ${firstLoneSurrogate(text)}; send valid Unicode.`);
}

function firstLoneSurrogate(text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index) ?? 0;
    if (point >= 0xd800 && point <= 0xdfff) return index;
    if (point > 0xffff) index += 1;
  }
  return -1;
}
