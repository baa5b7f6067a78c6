/** Building elements without ever parsing text as markup: names from files are data. */

type Child = Node | string | undefined | false;

/** An HTML element. */
export function html(tag: string, attributes: Readonly<Record<string, string>> = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}
