// For each line of JSON {"path", "chunk", "links"} the CID of the file, as ipfs-unixfs-importer makes it.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { BlackHoleBlockstore } from "blockstore-core";
import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";

for await (const line of createInterface({ input: process.stdin })) {
  const { path, chunk, links } = JSON.parse(line);
  const profile = {
    cidVersion: 1, rawLeaves: true, reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize: chunk }), layout: balanced({ maxChildrenPerNode: links }),
  };
  const store = new BlackHoleBlockstore();
  for await (const { cid } of importer([{ content: createReadStream(path) }], store, profile)) console.log(`${cid}`);
}
