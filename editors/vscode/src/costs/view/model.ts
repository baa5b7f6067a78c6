/** One model: its figures, its layers, its cache over the context, its parameters by part, its derivations. */
import {
  arithmeticLines,
  bytes,
  context,
  count,
  derivations,
  exact,
  figureName,
  flops,
  share,
  type Figure,
  type ModelCosts,
} from "../figures";
import { html } from "./dom";
import { drawLayers } from "./layers";

/** What the user has opened, kept while the drawing is replaced. */
export interface Opened {
  readonly derivations: Set<string>;
}

/** The figures that have a tile. */
const tiled: Readonly<Record<string, true>> = {
  "parameters.total": true,
  "parameters.active": true,
  "kv_cache.bytes_per_token": true,
  "state.bytes": true,
  "weights.bytes": true,
  "flops.per_token": true,
};

/** The whole of one model. */
export function drawModel(costs: ModelCosts, file: string, opened: Opened): HTMLElement {
  return html(
    "div",
    { class: "model" },
    html(
      "header",
      {},
      html("h1", {}, costs.name ?? file),
      html(
        "p",
        { class: "under" },
        ...[costs.model_type, file].flatMap((text) => (text ? [html("code", {}, text)] : [])),
        costs.context != null && html("span", {}, `${context(costs.context)} tokens of context declared`),
      ),
    ),
    drawTiles(costs),
    drawDoubts(costs),
    drawLayers(costs),
    drawCache(costs),
    drawParts(costs),
    drawDerivations(costs, opened),
  );
}

function drawTiles(costs: ModelCosts): HTMLElement {
  const { parameters, kv_cache: cache, weights, flops: work, state } = costs;
  const activeShare = share(parameters?.active, parameters?.total);
  const sparse = parameters?.active != null && parameters.active !== parameters.total;
  const tiles = [
    tile("parameters", count(parameters?.total), exact(parameters?.total), unsure(costs, "parameters.total")),
    sparse &&
      tile(
        "active per token",
        count(parameters.active),
        exact(parameters.active),
        unsure(costs, "parameters.active"),
        activeShare === undefined ? undefined : `${activeShare} of all`,
      ),
    tile(
      "KV cache per token",
      bytes(cache?.bytes_per_token),
      exact(cache?.bytes_per_token, "B, bf16, all caching layers"),
      unsure(costs, "kv_cache.bytes_per_token"),
      growing(cache),
    ),
    !!state?.bytes && tile("state per sequence", bytes(state.bytes), exact(state.bytes, "B"), unsure(costs, "state.bytes")),
    tile("weights", bytes(weights?.bytes), exact(weights?.bytes, "B"), unsure(costs, "weights.bytes"), stored(weights)),
    tile(
      "work per token",
      flops(work?.per_token),
      exact(work?.per_token, "FLOP"),
      unsure(costs, "flops.per_token"),
      work?.per_token != null && work.context !== undefined ? `at ${context(work.context)} of context` : undefined,
    ),
  ].filter((each) => each !== false);
  return html("div", { class: "tiles-place" }, html("section", { class: `tiles of-${tiles.length}` }, ...tiles));
}

function growing(cache: ModelCosts["kv_cache"]): string | undefined {
  const grows = cache?.growing_bytes_per_token;
  if (grows == null || grows === cache?.bytes_per_token) return cache?.bytes_per_token == null ? undefined : "bf16";
  return `bf16; ${bytes(grows)} beyond the windows`;
}

function stored(weights: ModelCosts["weights"]): string | undefined {
  if (weights?.bytes == null) return undefined;
  return [weights.dtype, weights.estimate === true && "estimated"].filter(Boolean).join(", ") || undefined;
}

function tile(name: string, value: string, whole: string, unverified: boolean, note?: string): HTMLElement {
  const doubtful = unverified && value !== "–";
  return html(
    "div",
    { class: doubtful ? "tile unverified" : "tile", title: doubtful ? `${whole}; not verified for this model type` : whole },
    html("div", { class: "value" }, doubtful ? `≈ ${value}` : value),
    html("div", { class: "name" }, name),
    note !== undefined && html("div", { class: "note" }, note),
  );
}

/** Why figures are missing or marked with ≈, each reason once. */
function drawDoubts(costs: ModelCosts): HTMLElement | undefined {
  const reasons = (of: Readonly<Record<string, string>> | null | undefined, before: string): string[] => {
    const figures = new Map<string, string[]>();
    for (const [figure, reason] of Object.entries(of ?? {})) {
      if (reason !== "" && figure in tiled) figures.set(reason, [...(figures.get(reason) ?? []), figureName(figure)]);
    }
    return [...figures].map(([reason, names]) => `${before} (${names.join(", ")}): ${reason}`);
  };
  const lines = [...reasons(costs.unverified, "≈ not verified"), ...reasons(costs.absent, "– not derived")];
  return lines.length === 0 ? undefined : html("ul", { class: "doubts" }, ...lines.map((line) => html("li", {}, line)));
}

function unsure(costs: ModelCosts, figure: string): boolean {
  return costs.verified?.[figure] === false;
}

function drawCache(costs: ModelCosts): HTMLElement | undefined {
  const at = Object.entries(costs.kv_cache?.at ?? {})
    .map(([tokens, value]) => [Number(tokens), value ?? Number.NaN] as const)
    .filter(([tokens, value]) => Number.isFinite(tokens) && Number.isFinite(value))
    .sort(([a], [b]) => a - b);
  const state = costs.state?.bytes ?? 0;
  if (at.every(([, value]) => value + state === 0)) return undefined;
  return html(
    "section",
    {},
    html("h2", {}, state > 0 ? "KV cache and state of one sequence" : "KV cache of one sequence"),
    bars(
      at.map(([tokens, value]) => ({
        name: context(tokens),
        value: value + state,
        text: bytes(value + state),
        note: tokens === costs.context ? "declared" : beyond(costs, tokens) ? "beyond it" : "",
        whole: `${exact(value, "B")} at ${exact(tokens, "tokens")}${state > 0 ? `, and ${exact(state, "B")} of state` : ""}`,
        kind: beyond(costs, tokens) ? "beyond" : "",
      })),
      "cache",
    ),
    html("p", { class: "aside" }, `By context, in tokens; bf16${state > 0 ? ", and the state as it is kept" : ""}.`),
  );
}

/** Whether a context is longer than the config declares. */
export function beyond(costs: ModelCosts, tokens: number): boolean {
  return costs.context != null && tokens > costs.context;
}

/** Parts in the colours that their layers have. */
const partKinds: Readonly<Record<string, string>> = { attention: "kind-global", mixer: "kind-linear", experts: "kind-experts" };

function drawParts(costs: ModelCosts): HTMLElement | undefined {
  const total = costs.parameters?.total;
  const parts = Object.entries(costs.parameters?.by_part ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] > 0)
    .sort(([, a], [, b]) => b - a);
  if (parts.length === 0) return undefined;
  return html(
    "section",
    {},
    html("h2", {}, "Parameters by part"),
    bars(
      parts.map(([name, value]) => ({
        name: name.replaceAll("_", " "),
        value,
        text: count(value),
        note: share(value, total) ?? "",
        whole: exact(value),
        kind: Object.hasOwn(partKinds, name) ? (partKinds[name] ?? "") : "",
      })),
      "parts",
    ),
  );
}

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly note: string;
  readonly whole: string;
  readonly kind: string;
}

function bars(of: readonly Bar[], kind: string): HTMLElement {
  const most = Math.max(...of.map(({ value }) => value), 1);
  return html(
    "dl",
    { class: `bars ${kind}` },
    ...of.flatMap((each) => {
      const bar = html("span", { class: `bar ${each.kind}` });
      bar.style.width = `${Math.max(0.4, (100 * each.value) / most)}%`;
      return [
        html("dt", {}, each.name),
        html(
          "dd",
          { title: each.whole },
          html("span", { class: "track" }, bar),
          html("span", { class: "text" }, each.text),
          html("span", { class: "text note" }, each.note),
        ),
      ];
    }),
  );
}

function drawDerivations(costs: ModelCosts, opened: Opened): HTMLElement | undefined {
  const shown = derivations(costs);
  if (shown.length === 0) return undefined;
  return html(
    "section",
    {},
    html("h2", {}, "Derivations"),
    ...shown.map(([figure, arithmetic]) => drawDerivation(figure, arithmetic, opened)),
  );
}

function drawDerivation(figure: string, arithmetic: string, opened: Opened): HTMLElement {
  const details = html(
    "details",
    { id: `derivation-${figure}` },
    html("summary", {}, figureName(figure)),
    html("pre", {}, arithmeticLines(arithmetic)),
  ) as HTMLDetailsElement;
  details.open = opened.derivations.has(figure);
  details.addEventListener("toggle", () => {
    if (details.open) opened.derivations.add(figure);
    else opened.derivations.delete(figure);
  });
  return details;
}

/** Two figures beside each other; a side is `pale` where its model is not made for what is counted. */
export interface Row {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly ratio: string | undefined;
  readonly pale: readonly [boolean, boolean];
}

/** The figures of two models, row by row. */
export function rows(left: ModelCosts, right: ModelCosts): Row[] {
  const of = (
    name: string,
    read: (costs: ModelCosts) => Figure,
    write: (value: Figure, costs: ModelCosts) => string,
    pale: readonly [boolean, boolean] = [false, false],
  ): Row => {
    const [a, b] = [read(left), read(right)];
    return { name, left: write(a, left), right: write(b, right), ratio: a && b ? ratio(b / a) : undefined, pale };
  };
  const plain = (value: Figure): string => value?.toLocaleString("en") ?? "–";
  const contexts = [...new Set([left, right].flatMap(({ kv_cache }) => Object.keys(kv_cache?.at ?? {})))]
    .map(Number)
    .sort((a, b) => a - b);
  const workAt = [left, right].map(({ flops: work }) => work?.context).find((tokens) => tokens !== undefined);
  return [
    of("parameters", ({ parameters }) => parameters?.total, count),
    of("active per token", ({ parameters }) => parameters?.active, count),
    of("layers", ({ layers }) => layers?.total, plain),
    of("declared context", (costs) => costs.context, (value) => (value == null ? "–" : context(value))),
    of("KV cache per token", ({ kv_cache }) => kv_cache?.bytes_per_token, bytes),
    ...contexts.map((tokens) =>
      of(`KV cache at ${context(tokens)}`, ({ kv_cache }) => kv_cache?.at?.[String(tokens)], bytes, [
        beyond(left, tokens),
        beyond(right, tokens),
      ]),
    ),
    ...([left, right].some(({ state }) => !!state?.bytes)
      ? [of("state per sequence", ({ state }) => state?.bytes, bytes)]
      : []),
    of("weights", ({ weights }) => weights?.bytes, (value, { weights }) =>
      [bytes(value), value != null && weights?.dtype].filter(Boolean).join(" "),
    ),
    of(
      `work per token${workAt === undefined ? "" : ` at ${context(workAt)}`}`,
      ({ flops: work }) => work?.per_token,
      flops,
    ),
  ];
}

function ratio(value: number): string {
  if (Math.abs(value - 1) < 0.0005) return "=";
  if (value >= 10) return `× ${value.toFixed(0)}`;
  return value < 0.1 ? `× ${value.toPrecision(2)}` : `× ${value.toFixed(2)}`;
}
