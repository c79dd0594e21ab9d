'use strict';
// The first Node SDK: any operation by name, signed in the oldest way.

const readline = require('readline');
const { RPCClient } = require('@alicloud/pop-core');

const PRODUCTS = {
  ram: { endpoint: 'https://ram.aliyuncs.com', apiVersion: '2015-05-01' },
  kms: { endpoint: 'https://kms.cn-hangzhou.aliyuncs.com', apiVersion: '2016-01-20' },
  sts: { endpoint: 'https://sts.cn-hangzhou.aliyuncs.com', apiVersion: '2015-04-01' },
};

function clientOf(product, key) {
  const given = key
    ? { accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token }
    : {
        accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,
        accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
      };
  return new RPCClient({ ...PRODUCTS[product], ...given });
}

// Objects are for the caller to write as JSON; lists it numbers itself.
function sent(parameters) {
  const isObject = (value) => value && typeof value === 'object' && !Array.isArray(value);
  const each = ([name, value]) => [name, isObject(value) ? JSON.stringify(value) : value];
  return Object.fromEntries(Object.entries(parameters).map(each));
}

async function call({ product, action, parameters, key }) {
  const client = clientOf(product, key);
  try {
    return { answer: await client.request(action, sent(parameters), { method: 'POST' }) };
  } catch (refused) {
    if (!refused.entry) throw refused;
    return {
      refused: {
        code: refused.code,
        status: refused.entry.response.statusCode,
        message: refused.data.Message,
        detail: refused.data.AccessDeniedDetail || null,
      },
    };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(JSON.parse(line))));
  }
})();
