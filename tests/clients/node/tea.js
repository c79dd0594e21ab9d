'use strict';
// The current Node SDKs; credentials as @alicloud/credentials finds them.

const readline = require('readline');
const { cast } = require('@darabonba/typescript');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const Credential = require('@alicloud/credentials').default;

const { Config: OlderConfig } = require('@alicloud/rpc-client');

const PRODUCTS = {
  ram: require('@alicloud/ram20150501'),
  sts: require('@alicloud/sts20150401'),
  kms: require('@alicloud/kms20160120'),
};
// Of the generation before: it has another configuration, other errors, and answers without `body`.
// By itself it calls `undefined.cn-hangzhou.aliyuncs.com`, so that everybody names the endpoint.
const OLDER = { kms: 'kms.cn-hangzhou.aliyuncs.com' };

function clientOf(product, key) {
  const given = key
    ? { accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token || undefined }
    : { credential: new Credential() };
  const config = OLDER[product]
    ? new OlderConfig({ endpoint: OLDER[product], ...given })
    : new $OpenApiUtil.Config({ regionId: 'cn-hangzhou', ...given });
  return new PRODUCTS[product].default(config);
}

function requestOf(product, Request, parameters) {
  if (!OLDER[product]) return cast(parameters, new Request({}));
  const request = new Request({});
  for (const [member, name] of Object.entries(Request.names())) {
    const value = parameters[name];
    // It leaves it to its caller to write objects as JSON.
    request[member] = value && typeof value === 'object' ? JSON.stringify(value) : value;
  }
  return request;
}

function refusalOf(refused) {
  if (refused.statusCode) {
    const { code, statusCode, message, accessDeniedDetail } = refused;
    return { code, status: statusCode, message, detail: accessDeniedDetail || null };
  }
  if (!refused.data || !refused.data.Code) throw refused;
  const { Code, HttpStatus, Message, AccessDeniedDetail } = refused.data;
  return { code: Code, status: HttpStatus, message: Message, detail: AccessDeniedDetail || null };
}

async function call({ product, action, parameters, key }) {
  const client = clientOf(product, key);
  const method = action[0].toLowerCase() + action.slice(1);
  const Request = PRODUCTS[product][action + 'Request'];
  try {
    const request = Request ? [requestOf(product, Request, parameters)] : [];
    const answer = await client[method](...request);
    return { answer: (OLDER[product] ? answer : answer.body).toMap() };
  } catch (refused) {
    return { refused: refusalOf(refused) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(JSON.parse(line))));
  }
})();
