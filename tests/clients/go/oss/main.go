// The first Go SDK of OSS, which Terraform and the CLI have inside, lives through the story.
//
// Arguments: `http` or `https`, `v1` or `v4`, and the bucket. Prints one line of JSON.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"strings"

	"github.com/aliyun/aliyun-oss-go-sdk/oss"
)

const key = "folder/a b+é.txt"

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func text(body io.ReadCloser, err error) string {
	must(err)
	read, err := io.ReadAll(body)
	must(err)
	return string(read)
}

func main() {
	scheme, version, name := os.Args[1], oss.AuthVersionType(os.Args[2]), os.Args[3]
	provider, err := oss.NewEnvironmentVariableCredentialsProvider()
	must(err)
	client, err := oss.New(scheme+"://oss-cn-hangzhou.aliyuncs.com", "", "",
		oss.SetCredentialsProvider(&provider), oss.AuthVersion(version), oss.Region("cn-hangzhou"))
	must(err)
	must(client.CreateBucket(name))
	bucket, err := client.Bucket(name)
	must(err)
	must(bucket.PutObject(key, strings.NewReader("words of a client"), oss.Meta("owner", "ann")))
	headers, err := bucket.GetObjectDetailedMeta(key)
	must(err)
	told := map[string]any{"owner": headers.Get("X-Oss-Meta-Owner")}
	told["body"] = text(bucket.GetObject(key))
	page, err := bucket.ListObjectsV2()
	must(err)
	listed := []string{}
	for _, each := range page.Objects {
		listed = append(listed, each.Key)
	}
	told["listed"] = listed
	address, err := bucket.SignURL(key, oss.HTTPGet, 60)
	must(err)
	told["presigned"] = text(bucket.GetObjectWithURL(address))
	_, err = bucket.GetObject("absent")
	var refused oss.ServiceError
	if errors.As(err, &refused) {
		told["absent"] = refused.Code
	}
	_, err = bucket.DeleteObjects([]string{key})
	must(err)
	must(client.DeleteBucket(name))
	line, err := json.Marshal(told)
	must(err)
	os.Stdout.Write(append(line, '\n'))
}
