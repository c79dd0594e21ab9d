'use strict';
// ali-oss signs a policy, and a form is posted as a page posts one: FormData makes its body.
// Arguments: `http` or `https`, `v1` or `v4`, and the bucket. Prints one line of JSON.

const http = require('http');
const https = require('https');
const OSS = require('ali-oss');

async function post(address, fields, name, text) {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([text], { type: 'text/plain' }), name);
  const sent = new Response(form);
  const body = Buffer.from(await sent.arrayBuffer());
  const headers = {
    'Content-Type': sent.headers.get('content-type'),
    'Content-Length': body.length,
  };
  const module = address.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const request = module.request(address, { method: 'POST', headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function signed(client, signature, name) {
  const expiration = new Date(Date.now() + 3600 * 1000).toISOString();
  const conditions = [{ bucket: name }, ['content-length-range', 1, 20]];
  if (signature === 'v1') return client.calculatePostSignature({ expiration, conditions });
  const now = new Date();
  const date = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`;
  const fields = {
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${client.options.accessKeyId}/${scope}`,
    'x-oss-date': date,
  };
  for (const [field, value] of Object.entries(fields)) conditions.push({ [field]: value });
  const policy = { expiration, conditions };
  return {
    ...fields,
    policy: Buffer.from(JSON.stringify(policy)).toString('base64'),
    'x-oss-signature': client.signPostObjectPolicyV4(policy, now),
  };
}

async function tell(scheme, signature, name) {
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    secure: scheme === 'https',
    bucket: name,
  });
  await client.putBucket(name);
  const address = `${scheme}://${name}.oss-cn-hangzhou.aliyuncs.com/`;
  const fields = {
    key: 'folder/${filename}', success_action_status: '201', ...signed(client, signature, name),
  };
  const posted = await post(address, fields, 'a b+é".txt', 'words of a page');
  const long = await post(address, fields, 'long.txt', 'words of a page that are too many');
  const { objects } = await client.listV2({});
  const found = await client.get(objects[0].name);
  const told = {
    status: posted.status,
    document: /<PostResponse>/.test(posted.text),
    keys: objects.map((each) => each.name),
    body: found.content.toString(),
    type: found.res.headers['content-type'],
    refused: [long.status, /<Code>(.*)<\/Code>/.exec(long.text)[1]],
  };
  await client.deleteMulti(told.keys);
  await client.deleteBucket(name);
  console.log(JSON.stringify(told));
}

tell(...process.argv.slice(2)).catch((error) => { console.error(error); process.exit(1); });
