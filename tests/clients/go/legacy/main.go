// The first Go SDK, on which the command-line client and older Terraform resources are built.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
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

type typed func() (requests.AcsRequest, responses.AcsResponse)

// of makes the pair that one operation of the SDK is called with.
func of[Q requests.AcsRequest, A responses.AcsResponse](request func() Q, response func() A) typed {
	return func() (requests.AcsRequest, responses.AcsResponse) { return request(), response() }
}

var operations = map[string]typed{
	"GetCallerIdentity": func() (requests.AcsRequest, responses.AcsResponse) {
		return sts.CreateGetCallerIdentityRequest(), sts.CreateGetCallerIdentityResponse()
	},
	"AssumeRole": func() (requests.AcsRequest, responses.AcsResponse) {
		return sts.CreateAssumeRoleRequest(), sts.CreateAssumeRoleResponse()
	},
	"CreateUser": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateCreateUserRequest(), ram.CreateCreateUserResponse()
	},
	"GetUser": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateGetUserRequest(), ram.CreateGetUserResponse()
	},
	"CreateGroup": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateCreateGroupRequest(), ram.CreateCreateGroupResponse()
	},
	"ListGroups": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateListGroupsRequest(), ram.CreateListGroupsResponse()
	},
	"AddUserToGroup": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateAddUserToGroupRequest(), ram.CreateAddUserToGroupResponse()
	},
	"ListGroupsForUser": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateListGroupsForUserRequest(), ram.CreateListGroupsForUserResponse()
	},
	"CreatePolicy": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateCreatePolicyRequest(), ram.CreateCreatePolicyResponse()
	},
	"GetPolicy": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateGetPolicyRequest(), ram.CreateGetPolicyResponse()
	},
	"AttachPolicyToGroup": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateAttachPolicyToGroupRequest(), ram.CreateAttachPolicyToGroupResponse()
	},
	"CreateAccessKey": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateCreateAccessKeyRequest(), ram.CreateCreateAccessKeyResponse()
	},
	"CreateRole": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateCreateRoleRequest(), ram.CreateCreateRoleResponse()
	},
	"GetRole": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateGetRoleRequest(), ram.CreateGetRoleResponse()
	},
	"DeleteRole": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateDeleteRoleRequest(), ram.CreateDeleteRoleResponse()
	},
	"AttachPolicyToRole": func() (requests.AcsRequest, responses.AcsResponse) {
		return ram.CreateAttachPolicyToRoleRequest(), ram.CreateAttachPolicyToRoleResponse()
	},
	"CreateKey":            of(kms.CreateCreateKeyRequest, kms.CreateCreateKeyResponse),
	"DescribeKey":          of(kms.CreateDescribeKeyRequest, kms.CreateDescribeKeyResponse),
	"CreateAlias":          of(kms.CreateCreateAliasRequest, kms.CreateCreateAliasResponse),
	"ListAliasesByKeyId":   of(kms.CreateListAliasesByKeyIdRequest, kms.CreateListAliasesByKeyIdResponse),
	"UpdateRotationPolicy": of(kms.CreateUpdateRotationPolicyRequest, kms.CreateUpdateRotationPolicyResponse),
	"Encrypt":              of(kms.CreateEncryptRequest, kms.CreateEncryptResponse),
	"Decrypt":              of(kms.CreateDecryptRequest, kms.CreateDecryptResponse),
	"GenerateDataKey":      of(kms.CreateGenerateDataKeyRequest, kms.CreateGenerateDataKeyResponse),
	"ListKeyVersions":      of(kms.CreateListKeyVersionsRequest, kms.CreateListKeyVersionsResponse),
	"AsymmetricSign":       of(kms.CreateAsymmetricSignRequest, kms.CreateAsymmetricSignResponse),
	"AsymmetricVerify":     of(kms.CreateAsymmetricVerifyRequest, kms.CreateAsymmetricVerifyResponse),
	"GetPublicKey":         of(kms.CreateGetPublicKeyRequest, kms.CreateGetPublicKeyResponse),
	"ScheduleKeyDeletion":  of(kms.CreateScheduleKeyDeletionRequest, kms.CreateScheduleKeyDeletionResponse),
	"CreateSecret":         of(kms.CreateCreateSecretRequest, kms.CreateCreateSecretResponse),
	"PutSecretValue":       of(kms.CreatePutSecretValueRequest, kms.CreatePutSecretValueResponse),
	"GetSecretValue":       of(kms.CreateGetSecretValueRequest, kms.CreateGetSecretValueResponse),
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked call
		must(json.Unmarshal(lines.Bytes(), &asked))
		told := map[string]any{}
		answer, err := perform(asked)
		var refused *sdkerrors.ServerError
		switch {
		case err == nil:
			told["answer"] = answer
		case errors.As(err, &refused):
			told["refused"] = refusal{
				Code:    refused.ErrorCode(),
				Status:  refused.HttpStatus(),
				Message: refused.Message() + " " + refused.Recommend(),
				Detail:  refused.AccessDeniedDetail(),
			}
		default:
			must(err)
		}
		text, err := json.Marshal(told)
		must(err)
		fmt.Println(string(text))
	}
}

func perform(asked call) (any, error) {
	client := clientOf(asked.Key)
	parameters := texts(asked.Parameters)
	operation, known := operations[asked.Action]
	if !known {
		return performByName(client, asked, parameters)
	}
	request, response := operation()
	fields, err := json.Marshal(parameters)
	must(err)
	must(json.Unmarshal(fields, request))
	request.SetScheme("HTTPS")
	return response, client.DoAction(request, response)
}

// performByName makes a call that this SDK has no types for.
func performByName(client *sdk.Client, asked call, parameters map[string]string) (any, error) {
	request := requests.NewCommonRequest()
	request.Scheme = "HTTPS"
	request.Method = "POST"
	request.Product = asked.Product
	request.Version = "2015-05-01"
	request.ApiName = asked.Action
	request.QueryParams = parameters
	response, err := client.ProcessCommonRequest(request)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(response.GetHttpContentBytes()), nil
}

// texts turns every value into text, as this SDK's requests want it; lists become JSON.
func texts(raw json.RawMessage) map[string]string {
	given := map[string]json.RawMessage{}
	must(json.Unmarshal(raw, &given))
	found := map[string]string{}
	for name, value := range given {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		found[name] = text
	}
	return found
}

func clientOf(given *key) *sdk.Client {
	const region = "cn-hangzhou"
	var client *sdk.Client
	var err error
	switch {
	case given == nil:
		client, err = sdk.NewClientWithAccessKey(
			region,
			os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"),
			os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
		)
	case given.Token != "":
		client, err = sdk.NewClientWithStsToken(region, given.ID, given.Secret, given.Token)
	default:
		client, err = sdk.NewClientWithAccessKey(region, given.ID, given.Secret)
	}
	must(err)
	return client
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
