import { expect, test } from 'vitest'
import { inert, segmentsOf, shownText } from './sgr'

test('L3 colours of a line are kept and nothing else of its escapes acts', () => {
  expect(segmentsOf('\u001b[31mred\u001b[0m plain')).toEqual([
    { text: 'red', colour: 1, bold: false, dim: false },
    { text: ' plain', colour: null, bold: false, dim: false },
  ])
})

test('L3 escapes for clipboard, title, links and device strings are shown inert', () => {
  for (const hostile of [
    '\u001b]52;c;cm0gLXJm\u0007',
    '\u001b]8;;file:///etc\u0007x',
    '\u001b]0;title\u0007',
    '\u001bPq\u001b\\',
    '\u001b[2J',
    '\u009b2J',
  ]) {
    const shown = shownText(hostile)
    // oxlint-disable-next-line no-control-regex -- none may be left
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(shown.length).toBeGreaterThan(0)
  }
})

test('L3 characters that turn or hide text are named instead', () => {
  expect(inert('a\u202egnp.exe')).toBe('a⟨U+202E⟩gnp.exe')
  expect(inert('a\u200bb')).toBe('a⟨U+200B⟩b')
  expect(inert('over\rwritten')).toBe('over␍written')
})

test('L3 markup stays characters', () => {
  expect(shownText('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>')
})

test('colours of the long forms do not swallow what follows them', () => {
  expect(shownText('\u001b[38;5;196mx\u001b[38;2;1;2;3my')).toBe('xy')
})
