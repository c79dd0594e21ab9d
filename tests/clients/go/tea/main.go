// The current Go SDKs; credentials as credentials-go finds them.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	kms "github.com/alibabacloud-go/kms-20160120/v3/client"
	ram "github.com/alibabacloud-go/ram-20150501/v2/client"
	sts "github.com/alibabacloud-go/sts-20150401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/credentials-go/credentials"
)

type key struct{ ID, Secret, Token string }

type call struct {
	Product, Action string
	Parameters      json.RawMessage
	Key             *key
}

type refusal struct {
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Message string `json:"message"`
	Detail  any    `json:"detail"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked call
		must(json.Unmarshal(lines.Bytes(), &asked))
		told := map[string]any{}
		answer, err := perform(asked)
		var refused *tea.SDKError
		switch {
		case err == nil:
			told["answer"] = answer
		case errors.As(err, &refused):
			told["refused"] = refusal{
				Code:    tea.StringValue(refused.Code),
				Status:  tea.IntValue(refused.StatusCode),
				Message: tea.StringValue(refused.Message),
				Detail:  refused.AccessDeniedDetail,
			}
		default:
			must(err)
		}
		text, err := json.Marshal(told)
		must(err)
		fmt.Println(string(text))
	}
}

// perform calls the SDK's method of the operation's name, and returns the body of its answer.
func perform(asked call) (any, error) {
	method := reflect.ValueOf(clientOf(asked)).MethodByName(asked.Action)
	arguments := []reflect.Value{}
	if method.Type().NumIn() == 1 {
		request := reflect.New(method.Type().In(0).Elem())
		must(json.Unmarshal(asked.Parameters, request.Interface()))
		arguments = append(arguments, request)
	}
	results := method.Call(arguments)
	if err, refused := results[1].Interface().(error); refused {
		return nil, err
	}
	return results[0].Elem().FieldByName("Body").Interface(), nil
}

func clientOf(asked call) any {
	config := &openapi.Config{RegionId: tea.String("cn-hangzhou")}
	if asked.Key == nil {
		found, err := credentials.NewCredential(nil)
		must(err)
		config.Credential = found
	} else {
		config.AccessKeyId = &asked.Key.ID
		config.AccessKeySecret = &asked.Key.Secret
		if asked.Key.Token != "" {
			config.SecurityToken = &asked.Key.Token
		}
	}
	switch asked.Product {
	case "sts":
		client, err := sts.NewClient(config)
		must(err)
		return client
	case "kms":
		client, err := kms.NewClient(config)
		must(err)
		return client
	default:
		client, err := ram.NewClient(config)
		must(err)
		return client
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
