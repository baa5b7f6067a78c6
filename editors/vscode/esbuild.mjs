// Bundles the extension in three files:
//   out/extension.js  what every window loads: the content test and the commands, a few KiB
//   out/session.js    the language client and everything that needs it, loaded with the first spec file
//   out/view.js       the script of the costs view
import * as esbuild from "esbuild";

const minify = process.argv.includes("--minify");
const common = { bundle: true, minify, sourcemap: minify ? false : "linked", outdir: "out", logLevel: "warning" };

const builds = [
  {
    ...common,
    entryPoints: ["src/extension.ts", "src/session.ts"],
    platform: "node",
    format: "cjs",
    target: "node18",
    external: ["vscode", "./session.js"],
    supported: { "dynamic-import": false }, // a plain require, so that VS Code can answer it
  },
  { ...common, entryPoints: { view: "src/costs/view/main.ts" }, platform: "browser", format: "iife", target: "es2022" },
];

if (process.argv.includes("--watch")) {
  for (const build of builds) await (await esbuild.context(build)).watch();
} else {
  await Promise.all(builds.map((build) => esbuild.build(build)));
}
