/** An element whose style attribute is set by script, which the policy allows, instead of as markup. */
function byScript(element: HTMLElement): HTMLElement {
  const set = element.setAttribute.bind(element)
  element.setAttribute = (name, value) => {
    if (name === 'style') element.style.cssText = value
    else set(name, value)
  }
  return element
}

/**
 * The document, but that a style element of it is a sheet made by script: xterm writes its colours into such elements,
 * and the page's policy allows no inline style. `dispose` takes the sheets away again.
 */
export function styledDocument() {
  const sheets: CSSStyleSheet[] = []
  const own = document.createElement.bind(document)

  function styleElement(): HTMLElement {
    const sheet = new CSSStyleSheet()
    sheets.push(sheet)
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
    const holder = own('span')
    holder.hidden = true
    let text = ''
    Object.defineProperty(holder, 'textContent', {
      get: () => text,
      set: (css: string) => {
        text = css
        sheet.replaceSync(css)
      },
    })
    return holder
  }
  const create = (name: string, options?: ElementCreationOptions) =>
    name === 'style' ? styleElement() : byScript(own(name, options))

  return {
    document: new Proxy(document, {
      get(target, key) {
        if (key === 'createElement') return create
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    }),
    /** For what asks the page's document itself: xterm 6 does, for its scroll bar, while it opens. */
    opening(work: () => void) {
      Object.defineProperty(document, 'createElement', { value: create, configurable: true })
      try {
        work()
      } finally {
        Reflect.deleteProperty(document, 'createElement')
      }
    },
    dispose: () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet))
    },
  }
}
