// Reads bodies as programs for Node do: lines of JSON in, the names and texts that were read out.
import { createInterface } from "node:readline";

const texts = (value) => {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...texts(each),
  ]);
};

const read = async (kind, body) => {
  if (/^application\/json(;|$)/i.test(kind)) return texts(JSON.parse(body.toString("utf8")));
  const form = await new Response(body, { headers: { "content-type": kind } }).formData();
  return [...form.entries()].flatMap(([key, value]) => [
    key,
    typeof value === "string" ? value : value.name,
  ]);
};

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, body } = JSON.parse(line);
  const found = await read(kind, Buffer.from(body, "base64")).catch(() => []);
  console.log(JSON.stringify(found));
}
