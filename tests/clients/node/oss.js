'use strict';
// ali-oss lives through the story: no endpoint but the one that it makes of the region.
// Arguments: `http` or `https`, `v1` or `v4`, and the bucket. Prints one line of JSON.

const http = require('http');
const https = require('https');
const OSS = require('ali-oss');

const KEY = 'folder/a b+é.txt';

function read(address) {
  const module = address.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    module.get(address, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve(Buffer.concat(parts).toString()));
    }).on('error', reject);
  });
}

async function tell(scheme, signature, name) {
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    secure: scheme === 'https',
    authorizationV4: signature === 'v4',
    bucket: name,
  });
  await client.putBucket(name);
  await client.put(KEY, Buffer.from('words of a client'), { meta: { owner: 'ann' } });
  const found = await client.get(KEY);
  const told = { body: found.content.toString(), owner: found.res.headers['x-oss-meta-owner'] };
  told.listed = (await client.listV2({})).objects.map((each) => each.name);
  told.presigned = await read(
    signature === 'v4'
      ? await client.signatureUrlV4('GET', 60, {}, KEY)
      : client.signatureUrl(KEY, { expires: 60 }));
  await client.get('absent').catch((error) => { told.absent = error.code; });
  await client.deleteMulti([KEY]);
  await client.deleteBucket(name);
  console.log(JSON.stringify(told));
}

tell(...process.argv.slice(2)).catch((error) => { console.error(error); process.exit(1); });
