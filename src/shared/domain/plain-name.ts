// oxlint-disable-next-line no-control-regex -- these are what is looked for
const odd = /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g

/** Signs of a name that do not show, or turn what comes after them, written out. */
export const shownName = (text: string) =>
  text.replaceAll(odd, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`)

/** Whether letters of several scripts are mixed: one may be made to look like another. */
export const isMixed = (text: string) =>
  /[A-Za-z]/.test(text) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(text)
