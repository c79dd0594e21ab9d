"""Reads the object that Terraform stored, and stores another one beside it."""

import sys

import oss2

provider = oss2.credentials.EnvironmentVariableCredentialsProvider()
endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
bucket = oss2.Bucket(oss2.ProviderAuthV4(provider), endpoint, sys.argv[1], region="cn-hangzhou")
print(bucket.get_object("a/words.txt").read().decode())
bucket.put_object("unknown to Terraform", b"body")
