// Runs inside a page (see the tests that read this file): an expression whose value holds the checks.
({
  /** Every text that is seen and whose contrast with what lies behind it is below 4.5:1 (WCAG 2.2, 1.4.3). */
  faintTexts() {
    const channels = (colour) => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
      return { rgb: [red, green, blue], alpha };
    };
    const luminance = (rgb) => {
      const [red, green, blue] = rgb.map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const backgroundOf = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
        if (alpha > 0) return rgb;
      }
      return [255, 255, 255];
    };
    const faint = [];
    let checked = 0;
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      if (!own || !element.checkVisibility() || element.tagName.toLowerCase() === 'style') continue;
      const style = getComputedStyle(element);
      const text = channels(element instanceof SVGElement ? style.fill : style.color).rgb;
      const [lighter, darker] = [luminance(text), luminance(backgroundOf(element))].sort((a, b) => b - a);
      const ratio = (lighter + 0.05) / (darker + 0.05);
      checked++;
      if (ratio < 4.5) faint.push({ text: element.textContent.trim().slice(0, 40), ratio });
    }
    return { checked, faint };
  },

  /** Elements whose content is wider than they are, besides those that only screen readers shall find. */
  cutTexts() {
    return [...document.querySelectorAll('main *')]
      .filter((element) => element instanceof HTMLElement && element.clientWidth > 1)
      .filter((element) => !element.closest('thead') || getComputedStyle(element.closest('thead')).clipPath === 'none')
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 40)}`);
  },

  /** How wide the content is, and how wide the window. */
  widths() {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  },

  size() {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { width: scrollWidth, height: scrollHeight };
  },

  openDetails() {
    for (const details of document.querySelectorAll('details')) details.open = true;
  },
});
