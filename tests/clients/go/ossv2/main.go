// The second Go SDK of OSS lives through the story.
//
// Arguments: `http` or `https`, `v1` or `v4`, and the bucket. Prints one line of JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

const key = "folder/a b+é.txt"

var versions = map[string]oss.SignatureVersionType{
	"v1": oss.SignatureVersionV1,
	"v4": oss.SignatureVersionV4,
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func text(body io.ReadCloser) string {
	defer body.Close()
	read, err := io.ReadAll(body)
	must(err)
	return string(read)
}

func main() {
	ctx, name := context.Background(), oss.Ptr(os.Args[3])
	client := oss.NewClient(oss.LoadDefaultConfig().
		WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider()).
		WithRegion("cn-hangzhou").
		WithDisableSSL(os.Args[1] == "http").
		WithSignatureVersion(versions[os.Args[2]]))
	_, err := client.PutBucket(ctx, &oss.PutBucketRequest{Bucket: name})
	must(err)
	_, err = client.PutObject(ctx, &oss.PutObjectRequest{
		Bucket:   name,
		Key:      oss.Ptr(key),
		Body:     strings.NewReader("words of a client"),
		Metadata: map[string]string{"owner": "ann"},
	})
	must(err)
	head, err := client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: name, Key: oss.Ptr(key)})
	must(err)
	told := map[string]any{"owner": head.Metadata["owner"]}
	read, err := client.GetObject(ctx, &oss.GetObjectRequest{Bucket: name, Key: oss.Ptr(key)})
	must(err)
	told["body"] = text(read.Body)
	page, err := client.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: name})
	must(err)
	listed := []string{}
	for _, each := range page.Contents {
		listed = append(listed, oss.ToString(each.Key))
	}
	told["listed"] = listed
	address, err := client.Presign(ctx,
		&oss.GetObjectRequest{Bucket: name, Key: oss.Ptr(key)}, oss.PresignExpires(time.Minute))
	must(err)
	answer, err := http.Get(address.URL)
	must(err)
	told["presigned"] = text(answer.Body)
	_, err = client.GetObject(ctx, &oss.GetObjectRequest{Bucket: name, Key: oss.Ptr("absent")})
	var refused *oss.ServiceError
	if errors.As(err, &refused) {
		told["absent"] = refused.Code
	}
	_, err = client.DeleteMultipleObjects(ctx, &oss.DeleteMultipleObjectsRequest{
		Bucket:  name,
		Objects: []oss.DeleteObject{{Key: oss.Ptr(key)}},
	})
	must(err)
	_, err = client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: name})
	must(err)
	line, err := json.Marshal(told)
	must(err)
	os.Stdout.Write(append(line, '\n'))
}
