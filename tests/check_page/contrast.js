// Elements with text of their own, and those of them whose contrast with their ground is too low: WCAG 2.2, 1.4.3.
(() => {
  const parts = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parts(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
      if (color[3] !== 0) throw new Error("a ground that is partly transparent");
    }
    return [255, 255, 255];
  };
  const ratio = (element) => {
    const style = getComputedStyle(element);
    const color = parts(element.ownerSVGElement ? style.fill : style.color);
    const [low, high] = [luminance(color), luminance(ground(element))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.querySelectorAll("body *")].filter(
    (e) =>
      e.localName !== "title" &&
      e.checkVisibility() &&
      [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()),
  );
  const faint = texts.map((e) => [ratio(e), e]).filter(([r]) => r < 4.5);
  return {
    texts: texts.length,
    faint: faint.map(([r, e]) => `${r.toFixed(2)} ${e.outerHTML.slice(0, 120)}`),
  };
})();
