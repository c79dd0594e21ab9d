'use strict';
// The current Node SDKs; credentials as @alicloud/credentials finds them.

const readline = require('readline');
const { cast } = require('@darabonba/typescript');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const Credential = require('@alicloud/credentials').default;

const PRODUCTS = { ram: require('@alicloud/ram20150501'), sts: require('@alicloud/sts20150401') };

function clientOf(product, key) {
  const given = key
    ? { accessKeyId: key.id, accessKeySecret: key.secret, securityToken: key.token || undefined }
    : { credential: new Credential() };
  const config = new $OpenApiUtil.Config({ regionId: 'cn-hangzhou', ...given });
  return new PRODUCTS[product].default(config);
}

async function call({ product, action, parameters, key }) {
  const client = clientOf(product, key);
  const method = action[0].toLowerCase() + action.slice(1);
  const Request = PRODUCTS[product][action + 'Request'];
  try {
    const answer = await client[method](...(Request ? [cast(parameters, new Request({}))] : []));
    return { answer: answer.body.toMap() };
  } catch (refused) {
    if (!refused.statusCode) throw refused;
    return {
      refused: {
        code: refused.code,
        status: refused.statusCode,
        message: refused.message,
        detail: refused.accessDeniedDetail || null,
      },
    };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(JSON.parse(line))));
  }
})();
