// A server of Node that answers each request with what Node read of the request.
import { createServer } from "node:http";

const bytes = (text) => Buffer.from(text, "latin1").toString("base64");

const server = createServer({ maxHeaderSize: 65536 }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const read = {
      method: bytes(request.method),
      target: bytes(request.url),
      headers: request.rawHeaders.map(bytes),
      body: Buffer.concat(parts).toString("base64"),
    };
    response.end(JSON.stringify(read) + "\n");
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
