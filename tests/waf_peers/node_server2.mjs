// A server of Node that speaks HTTP/2 in clear, and answers with what Node read of each request.
import { createServer } from "node:http2";

const bytes = (text) => Buffer.from(text, "latin1").toString("base64");

const server = createServer({ maxHeaderListPairs: 512 }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const read = {
      method: bytes(request.method),
      target: bytes(request.url),
      headers: request.rawHeaders.map(bytes),
      body: Buffer.concat(parts).toString("base64"),
    };
    response.end(JSON.stringify(read));
  });
});
server.on("sessionError", () => {});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
