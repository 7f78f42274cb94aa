const longest = 160;

/** Returns the first paragraph of a page in Markdown as plain text, cut at a word: what search engines show of it. */
export function descriptionOf(markdown: string): string {
  const blocks = markdown
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replaceAll(/^<(script|style)[\s\S]*?^<\/\1>/gm, '')
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .split(/\n\s*\n/);
  const paragraph = blocks.find((block) => /^[^\s#|<>!:*-]|^\*\*/.test(block.trim())) ?? '';
  const text = plain(paragraph);
  if (text.length <= longest) return text;
  return `${text.slice(0, text.lastIndexOf(' ', longest - 2))} …`;
}

function plain(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\\([^\w\s])|[`*]|<[^>]*>/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
