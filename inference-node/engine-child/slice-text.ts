// Cuts long text into slices that a tokenizer can take. llama.cpp's tokenizers need time that grows with the square of the
// length for some texts (a megabyte of line breaks: minutes), and some overflow the stack and kill the process (from 32,768
// letters without a space). Cuts are in front of a space, where words and so tokens begin anyway.

/** UTF-16 units of one slice: a quarter of what was seen to crash, and some 10 ms at the worst. */
export const MAX_SLICE_LENGTH = 8192;

const WORD_START = /\S[ \n](?=\S)/g;

/** The text in slices, in order. Joined they are the text; none splits a surrogate pair. */
export function sliceText(text: string, maxLength = MAX_SLICE_LENGTH): string[] {
  const slices: string[] = [];
  let from = 0;
  while (text.length - from > maxLength) {
    const end = from + cutOf(text.slice(from, from + maxLength));
    slices.push(text.slice(from, end));
    from = end;
  }
  slices.push(text.slice(from));
  return slices;
}

/** Where to cut a window that is full: before its last word, or at its end when there is no word in its second half. */
function cutOf(window: string): number {
  const half = Math.floor(window.length / 2);
  WORD_START.lastIndex = half;
  let cut = 0;
  for (let match = WORD_START.exec(window); match !== null; match = WORD_START.exec(window)) cut = match.index + 1;
  if (cut > 0) return cut;
  return isHighSurrogate(window.charCodeAt(window.length - 1)) ? window.length - 1 : window.length;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
