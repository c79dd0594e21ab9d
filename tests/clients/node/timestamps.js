'use strict';

// Three clients that sign the milliseconds of Date.toISOString(): each asks for a role's
// credentials, or who it is, and one line tells what it got.

const ALY = require('aliyun-sdk');
const STS = require('@alicloud/sts-sdk');
const OSS = require('ali-oss');

const id = process.env.ALIBABA_CLOUD_ACCESS_KEY_ID;
const secret = process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET;
const roleArn = process.argv[2];

async function ofAliOss() {
  const client = new OSS.STS({ accessKeyId: id, accessKeySecret: secret });
  const answer = await client.assumeRole(roleArn, '', 900, 'from-ali-oss');
  return answer.credentials.AccessKeyId;
}

async function ofStsSdk() {
  const client = new STS({ endpoint: 'sts.aliyuncs.com', accessKeyId: id, accessKeySecret: secret });
  const answer = await client.getCallerIdentity();
  return answer.Arn || answer.arn;
}

function ofAliyunSdk() {
  const client = new ALY.STS({
    accessKeyId: id,
    secretAccessKey: secret,
    endpoint: 'https://sts.aliyuncs.com',
    apiVersion: '2015-04-01',
  });
  const asked = {
    Action: 'AssumeRole',
    RoleArn: roleArn,
    DurationSeconds: 900,
    RoleSessionName: 'from-aliyun-sdk',
  };
  return new Promise((resolve, reject) => {
    client.assumeRole(asked, (error, answer) =>
      error ? reject(error) : resolve(answer.Credentials.AccessKeyId));
  });
}

async function main() {
  const told = {};
  for (const each of [ofAliOss, ofStsSdk, ofAliyunSdk]) {
    try {
      told[each.name] = await each();
    } catch (error) {
      told[each.name] = `${error.code}: ${error.message}`;
    }
  }
  console.log(JSON.stringify(told));
}

main();
