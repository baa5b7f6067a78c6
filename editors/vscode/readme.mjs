// Writes out/README.md, what the extension's page shows: VS Code shows no picture by a relative path, so they go inside.
import fs from "node:fs";

const mimeTypes = { png: "image/png" };
const text = fs.readFileSync("README.md", "utf8");
const whole = text.replaceAll(/!\[([^\]]*)\]\((images\/[^)]+\.(png))\)/g, (_, alternative, file, kind) => {
  return `![${alternative}](data:${mimeTypes[kind]};base64,${fs.readFileSync(file).toString("base64")})`;
});
fs.writeFileSync("out/README.md", whole);
