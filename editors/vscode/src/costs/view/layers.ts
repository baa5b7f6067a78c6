/** The architecture's layers: one column each, its mixer above and its feed-forward below, coloured by kind. */
import { bytes, count, type LayerCosts, type ModelCosts } from "../figures";
import { html, svg, title } from "./dom";

/** Kinds in the order of their colours and of the legend; what each is called. */
const mixers: Readonly<Record<string, string>> = {
  global: "global attention",
  sliding: "sliding-window attention",
  chunked: "chunked attention",
  mla: "latent attention (MLA)",
  sparse: "sparse attention",
  compressed: "compressed attention",
  linear: "linear attention",
  mamba: "state space (Mamba)",
  conv: "short convolution",
  recurrent: "recurrence",
  none: "no mixer",
};
const feedForwards: Readonly<Record<string, string>> = { dense: "dense MLP", experts: "experts", none: "no MLP" };

const column = 12;
const gap = 2;
const tallest = 34;
const lowest = 8;
const middle = 3;

/** The drawing with its legend; undefined when nothing is known about the layers. */
export function drawLayers(costs: ModelCosts, columnsPerRow = 48): HTMLElement | undefined {
  const layers = sequence(costs);
  if (layers.length === 0) return undefined;
  const rows: SVGElement[] = [];
  const height = scale(layers);
  for (let start = 0; start < layers.length; start += columnsPerRow) {
    rows.push(drawRow(layers.slice(start, start + columnsPerRow), start, Math.min(layers.length, columnsPerRow), height));
  }
  const drawing = html("div", { class: "layers" }, ...rows);
  const heights = columnsPerRow > 24 && layers.some((layer) => layer.kv_bytes_per_token != null);
  const heading = html(
    "h2",
    {},
    `${layers.length} layers`,
    heights && html("span", { class: "aside" }, "above: KV cache per token, below: parameters"),
  );
  return html("section", {}, heading, drawing, legend(layers));
}

interface Heights {
  mixer(layer: LayerCosts): number;
  feedForward(layer: LayerCosts): number;
}

/** Heights say what a layer costs, where that is known: cache above, parameters below. */
function scale(layers: readonly LayerCosts[]): Heights {
  const cache = Math.max(0, ...layers.map((layer) => layer.kv_bytes_per_token ?? 0));
  const parameters = Math.max(0, ...layers.map((layer) => layer.parameters ?? 0));
  const between = (value: number | null | undefined, most: number): number =>
    value == null || most === 0 ? tallest : lowest + ((tallest - lowest) * value) / most;
  return {
    mixer: (layer) => (layer.kv_bytes_per_token === 0 ? lowest : between(layer.kv_bytes_per_token, cache)),
    feedForward: (layer) => between(layer.parameters, parameters),
  };
}

function drawRow(layers: readonly LayerCosts[], first: number, columns: number, height: Heights): SVGElement {
  const width = Math.max(columns, 16) * (column + gap);
  const whole = 2 * tallest + middle;
  const last = first + layers.length;
  const row = svg("svg", {
    class: "row",
    viewBox: `0 0 ${width} ${whole + 12}`,
    role: "img",
    "aria-label": `layers ${first} to ${last - 1}`,
  });
  layers.forEach((layer, index) => {
    const x = index * (column + gap);
    const above = height.mixer(layer);
    const below = height.feedForward(layer);
    row.append(
      svg(
        "g",
        { class: "layer" },
        title(tooltip(layer, first + index)),
        svg("rect", { class: "hit", x, y: 0, width: column + gap, height: whole }),
        svg("rect", { class: `mixer ${kind(layer.mixer, mixers)}`, x, y: tallest - above, width: column, height: above, rx: 2 }),
        layer.feed_forward !== "none" &&
          svg("rect", {
            class: `feed-forward ${kind(layer.feed_forward, feedForwards)}`,
            x,
            y: tallest + middle,
            width: column,
            height: below,
            rx: 2,
          }),
      ),
    );
    if ((first + index) % 8 === 0) {
      row.append(svg("text", { class: "index", x: x + column / 2, y: whole + 10 }, String(first + index)));
    }
  });
  return row;
}

function tooltip(layer: LayerCosts, index: number): string {
  const lines = [`layer ${index}: ${mixers[layer.mixer] ?? layer.mixer}, ${feedForwards[layer.feed_forward] ?? layer.feed_forward}`];
  if (layer.kv_bytes_per_token != null) lines.push(`${bytes(layer.kv_bytes_per_token)} KV cache per token`);
  if (layer.parameters != null) lines.push(`${count(layer.parameters)} parameters`);
  return lines.join("\n");
}

function legend(layers: readonly LayerCosts[]): HTMLElement {
  const list = html("ul", { class: "legend" });
  const entries = (names: Readonly<Record<string, string>>, of: (layer: LayerCosts) => string, role: string): void => {
    const counts = new Map<string, number>();
    for (const layer of layers) counts.set(of(layer), (counts.get(of(layer)) ?? 0) + 1);
    for (const [name, number] of counts) {
      if (name === "none" && role === "feed-forward") continue;
      list.append(
        html(
          "li",
          {},
          html("span", { class: `swatch ${role} ${kind(name, names)}` }),
          html("b", {}, String(number)),
          ` ${names[name] ?? name}`,
        ),
      );
    }
  };
  entries(mixers, (layer) => layer.mixer, "mixer");
  entries(feedForwards, (layer) => layer.feed_forward, "feed-forward");
  return list;
}

/** A class name from the known ones only: a kind is text from elsewhere. */
function kind(name: string, known: Readonly<Record<string, string>>): string {
  return Object.hasOwn(known, name) ? `kind-${name}` : "kind-other";
}

function sequence(costs: ModelCosts): readonly LayerCosts[] {
  const written = costs.layers?.sequence;
  if (written != null && written.length > 0) return written;
  const above = spread(costs.layers?.mixers);
  const below = spread(costs.layers?.feed_forwards);
  return above.map((mixer, index) => ({ mixer, feed_forward: below[index] ?? "none" }));
}

function spread(counts: Readonly<Record<string, number>> | null | undefined): string[] {
  return Object.entries(counts ?? {}).flatMap(([name, number]) => Array<string>(number).fill(name));
}
