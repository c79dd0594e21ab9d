// Makes test vectors with Go's own cryptography, in the form Wycheproof uses.
//
//	go run main.go DIRECTORY [SigVer.rsp]
//
// The second argument is NIST's CAVP file of ECDSA signatures, FIPS 186-4.
package main

import (
	"bufio"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math/big"
	"os"
	"path/filepath"
	"strings"
)

type fields map[string]any

var count int

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func random(size int) []byte {
	made := make([]byte, size)
	must(rand.Read(made))
	return made
}

func flipped(data []byte, at int) []byte {
	made := append([]byte{}, data...)
	if at < 0 {
		at += len(made)
	}
	made[at] ^= 1
	return made
}

func text(data []byte) string { return hex.EncodeToString(data) }

func test(comment, result string, values fields) fields {
	count++
	made := fields{"tcId": count, "comment": comment, "result": result, "flags": []string{}}
	for name, value := range values {
		if data, ok := value.([]byte); ok {
			value = text(data)
		}
		made[name] = value
	}
	return made
}

func write(folder, name, algorithm string, groups ...fields) {
	total := 0
	for _, group := range groups {
		total += len(group["tests"].([]fields))
	}
	content := fields{"algorithm": algorithm, "numberOfTests": total, "testGroups": groups}
	file := filepath.Join(folder, name+"_test.json")
	data := append(must(json.MarshalIndent(content, "", " ")), '\n')
	if err := os.WriteFile(file, data, 0o644); err != nil {
		panic(err)
	}
	count = 0
}

func gcm(keySize, ivSize, tagSize int) fields {
	tests := []fields{}
	for _, size := range []int{0, 1, 16, 33, 257} {
		key, iv, aad, msg := random(keySize/8), random(ivSize/8), random(size%20), random(size)
		block := must(aes.NewCipher(key))
		var aead cipher.AEAD
		if tagSize != 128 {
			aead = must(cipher.NewGCMWithTagSize(block, tagSize/8))
		} else {
			aead = must(cipher.NewGCMWithNonceSize(block, ivSize/8))
		}
		sealed := aead.Seal(nil, iv, msg, aad)
		ct, tag := sealed[:size], sealed[size:]
		values := func(name string, value []byte) fields {
			made := fields{"key": key, "iv": iv, "aad": aad, "msg": msg, "ct": ct, "tag": tag}
			if name != "" {
				made[name] = value
			}
			return made
		}
		tests = append(tests,
			test(fmt.Sprintf("%d bytes", size), "valid", values("", nil)),
			test("first bit of tag flipped", "invalid", values("tag", flipped(tag, 0))),
			test("last bit of tag flipped", "invalid", values("tag", flipped(tag, -1))),
			test("tag of zeros", "invalid", values("tag", make([]byte, len(tag)))),
			test("iv changed", "invalid", values("iv", flipped(iv, 3))),
			test("key changed", "invalid", values("key", flipped(key, 5))),
			test("aad longer", "invalid", values("aad", append(append([]byte{}, aad...), 0))))
		if size > 0 {
			tests = append(tests, test("ciphertext changed", "invalid", values("ct", flipped(ct, -1))))
		}
	}
	return fields{
		"type": "AeadTest", "keySize": keySize, "ivSize": ivSize, "tagSize": tagSize, "tests": tests,
	}
}

func oaep(key *rsa.PrivateKey, name, mgfName string, sha, mgf crypto.Hash) fields {
	tests := []fields{}
	size := key.Size()
	options := &rsa.OAEPOptions{Hash: sha, MGFHash: mgf}
	encrypt := func(options *rsa.OAEPOptions, msg []byte) []byte {
		return must(rsa.EncryptOAEPWithOptions(rand.Reader, &key.PublicKey, msg, options))
	}
	for _, length := range []int{0, 1, 32, size - 2*sha.Size() - 2} {
		msg := random(length)
		ct := encrypt(options, msg)
		values := func(ct []byte) fields { return fields{"msg": msg, "ct": ct, "label": ""} }
		above := new(big.Int).Add(new(big.Int).SetBytes(ct), key.N)
		tests = append(tests,
			test(fmt.Sprintf("%d bytes", length), "valid", values(ct)),
			test("ciphertext changed", "invalid", values(flipped(ct, -1))),
			test("ciphertext shortened", "invalid", values(ct[:size-1])),
			test("ciphertext empty", "invalid", values([]byte{})),
			test("ciphertext of zeros", "invalid", values(make([]byte, size))))
		if len(above.Bytes()) == size {
			tests = append(tests, test("ciphertext above the modulus", "invalid", values(above.Bytes())))
		}
	}
	msg := random(16)
	other := crypto.SHA1
	if sha == crypto.SHA1 {
		other = crypto.SHA256
	}
	labelled := &rsa.OAEPOptions{Hash: sha, MGFHash: mgf, Label: []byte("label")}
	tests = append(tests,
		test("other hash", "invalid",
			fields{"msg": msg, "ct": encrypt(&rsa.OAEPOptions{Hash: other}, msg), "label": ""}),
		test("sealed with a label", "invalid",
			fields{"msg": msg, "ct": encrypt(labelled, msg), "label": ""}),
		test("with its label", "valid",
			fields{"msg": msg, "ct": encrypt(labelled, msg), "label": text([]byte("label"))}),
		test("other padding", "invalid", fields{
			"msg": msg, "ct": must(rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, msg)), "label": "",
		}))
	return fields{
		"type": "RsaesOaepDecrypt", "keySize": key.N.BitLen(), "sha": name, "mgf": "MGF1",
		"mgfSha": mgfName, "privateKeyPkcs8": text(must(x509.MarshalPKCS8PrivateKey(key))),
		"tests": tests,
	}
}

func publicGroup(kind string, public any, tests []fields, more fields) fields {
	made := fields{
		"type": kind, "sha": "SHA-256", "tests": tests,
		"publicKeyDer": text(must(x509.MarshalPKIXPublicKey(public))),
	}
	for name, value := range more {
		made[name] = value
	}
	return made
}

func digest(msg []byte) []byte {
	sum := sha256.Sum256(msg)
	return sum[:]
}

func common(msg, sig []byte) []fields {
	values := func(msg, sig []byte) fields { return fields{"msg": msg, "sig": sig} }
	return []fields{
		test(fmt.Sprintf("%d bytes", len(msg)), "valid", values(msg, sig)),
		test("message longer", "invalid", values(append(append([]byte{}, msg...), 0), sig)),
		test("first bit of signature flipped", "invalid", values(msg, flipped(sig, 0))),
		test("last bit of signature flipped", "invalid", values(msg, flipped(sig, -1))),
		test("signature shortened", "invalid", values(msg, sig[:len(sig)-1])),
		test("signature lengthened", "invalid", values(msg, append(append([]byte{}, sig...), 0))),
		test("signature empty", "invalid", values(msg, []byte{})),
		test("signature of zeros", "invalid", values(msg, make([]byte, len(sig)))),
	}
}

func pss(key *rsa.PrivateKey, salt int) fields {
	tests := []fields{}
	options := &rsa.PSSOptions{SaltLength: salt}
	if salt == 0 {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}
		salt = key.Size() - 34
	}
	for _, size := range []int{0, 1, 100} {
		msg := random(size)
		sig := must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest(msg), options))
		tests = append(tests, common(msg, sig)...)
	}
	msg := random(20)
	sum := sha1.Sum(msg)
	tests = append(tests,
		test("other padding", "invalid", fields{
			"msg": msg, "sig": must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest(msg))),
		}),
		test("other hash", "invalid", fields{
			"msg": msg,
			"sig": must(rsa.SignPSS(rand.Reader, key, crypto.SHA1, sum[:], &rsa.PSSOptions{SaltLength: 20})),
		}))
	return publicGroup("RsassaPssVerify", &key.PublicKey, tests, fields{
		"keySize": key.N.BitLen(), "mgf": "MGF1", "mgfSha": "SHA-256", "sLen": salt,
	})
}

func pkcs1(key *rsa.PrivateKey) fields {
	tests := []fields{}
	for _, size := range []int{0, 1, 100} {
		msg := random(size)
		sig := must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest(msg)))
		tests = append(tests, common(msg, sig)...)
	}
	msg := random(20)
	bad := func(comment string, sig []byte) {
		tests = append(tests, test(comment, "invalid", fields{"msg": msg, "sig": sig}))
	}
	sum := sha512.Sum512(msg)
	info := append(must(hex.DecodeString("3031300d060960864801650304020105000420")), digest(msg)...)
	noNull := append(must(hex.DecodeString("302f300b0609608648016503040201"+"0420")), digest(msg)...)
	bad("other hash", must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA512, sum[:])))
	bad("digest without its algorithm", must(rsa.SignPKCS1v15(rand.Reader, key, 0, digest(msg))))
	bad("algorithm without NULL", must(rsa.SignPKCS1v15(rand.Reader, key, 0, noNull)))
	bad("other padding", must(rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest(msg), nil)))
	raw := func(block []byte) []byte {
		number := new(big.Int).Exp(new(big.Int).SetBytes(block), key.D, key.N)
		return number.FillBytes(make([]byte, key.Size()))
	}
	block := func(kind, filler byte, tail []byte, after int) []byte {
		made := make([]byte, key.Size())
		made[1] = kind
		end := len(made) - len(tail) - after
		for at := 2; at < end-1; at++ {
			made[at] = filler
		}
		copy(made[end:], tail)
		return made
	}
	bad("block type 2", raw(block(2, 0xff, info, 0)))
	bad("filler that is not ff", raw(block(1, 0xfe, info, 0)))
	bad("bytes after the digest", raw(block(1, 0xff, info, 20)))
	return publicGroup("RsassaPkcs1Verify", &key.PublicKey, tests, fields{"keySize": key.N.BitLen()})
}

func wrong(key *rsa.PrivateKey, kind string) fields {
	msg := random(20)
	sig := must(rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest(msg)))
	return publicGroup(kind, &key.PublicKey,
		[]fields{test("key of a size that is not offered", "valid", fields{"msg": msg, "sig": sig})},
		fields{"keySize": key.N.BitLen()})
}

type pair struct{ R, S *big.Int }

func ecdsaGroup() fields {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	tests := []fields{}
	for _, size := range []int{0, 1, 100} {
		msg := random(size)
		tests = append(tests, common(msg, must(ecdsa.SignASN1(rand.Reader, key, digest(msg))))...)
	}
	msg := random(20)
	var sig pair
	must(asn1.Unmarshal(must(ecdsa.SignASN1(rand.Reader, key, digest(msg))), &sig))
	n, zero, one := elliptic.P256().Params().N, big.NewInt(0), big.NewInt(1)
	bad := func(comment string, r, s *big.Int) {
		der := must(asn1.Marshal(pair{r, s}))
		tests = append(tests, test(comment, "invalid", fields{"msg": msg, "sig": der}))
	}
	bad("r is 0", zero, sig.S)
	bad("s is 0", sig.R, zero)
	bad("r and s are 0", zero, zero)
	bad("r and s are 1", one, one)
	bad("r is the order", n, sig.S)
	bad("s is the order", sig.R, n)
	bad("order added to r", new(big.Int).Add(sig.R, n), sig.S)
	bad("order added to s", sig.R, new(big.Int).Add(sig.S, n))
	bad("r is negative", new(big.Int).Neg(sig.R), sig.S)
	bad("r and s exchanged", sig.S, sig.R)
	good := must(asn1.Marshal(sig))
	long := append([]byte{0x30, 0x81}, good[1:]...)
	endless := append(append([]byte{0x30, 0x80}, good[2:]...), 0, 0)
	flat := append(sig.R.FillBytes(make([]byte, 32)), sig.S.FillBytes(make([]byte, 32))...)
	negated := must(asn1.Marshal(pair{sig.R, new(big.Int).Sub(n, sig.S)}))
	tests = append(tests,
		test("length in long form", "invalid", fields{"msg": msg, "sig": long}),
		test("indefinite length", "invalid", fields{"msg": msg, "sig": endless}),
		test("r and s side by side", "invalid", fields{"msg": msg, "sig": flat}),
		test("the other s", "valid", fields{"msg": msg, "sig": negated}))
	return publicGroup("EcdsaVerify", &key.PublicKey, tests, nil)
}

func nist(file string) []fields {
	groups := []fields{}
	values := map[string]string{}
	wanted := false
	scanner := bufio.NewScanner(must(os.Open(file)))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		line := strings.TrimSpace(scanner.Text())
		if strings.HasPrefix(line, "[") {
			wanted = line == "[P-256,SHA-256]"
		}
		name, value, found := strings.Cut(line, " = ")
		if !wanted || !found {
			continue
		}
		values[name] = value
		if name != "Result" {
			continue
		}
		number := func(name string) *big.Int {
			made, _ := new(big.Int).SetString(values[name], 16)
			return made
		}
		result := "valid"
		if !strings.HasPrefix(value, "P") {
			result = "invalid"
		}
		key := &ecdsa.PublicKey{Curve: elliptic.P256(), X: number("Qx"), Y: number("Qy")}
		sig := must(asn1.Marshal(pair{number("R"), number("S")}))
		groups = append(groups, publicGroup("EcdsaVerify", key, []fields{
			test(value, result, fields{"msg": values["Msg"], "sig": sig}),
		}, nil))
	}
	return groups
}

func macGroup(make func() hash.Hash, keySize, tagSize int) fields {
	tests := []fields{}
	for _, size := range []int{0, 1, 64, 200} {
		key, msg := random(keySize/8), random(size)
		mac := hmac.New(make, key)
		mac.Write(msg)
		tag := mac.Sum(nil)[:tagSize/8]
		values := func(key, msg, tag []byte) fields { return fields{"key": key, "msg": msg, "tag": tag} }
		tests = append(tests,
			test(fmt.Sprintf("%d bytes", size), "valid", values(key, msg, tag)),
			test("first bit of tag flipped", "invalid", values(key, msg, flipped(tag, 0))),
			test("last bit of tag flipped", "invalid", values(key, msg, flipped(tag, -1))),
			test("key changed", "invalid", values(flipped(key, 0), msg, tag)),
			test("message longer", "invalid", values(key, append(append([]byte{}, msg...), 0), tag)))
	}
	return fields{"type": "MacTest", "keySize": keySize, "tagSize": tagSize, "tests": tests}
}

func main() {
	folder := os.Args[1]
	write(folder, "aes_gcm", "AES-GCM", gcm(128, 96, 128), gcm(192, 96, 128), gcm(256, 96, 128),
		gcm(256, 128, 128), gcm(256, 96, 96))
	small := must(rsa.GenerateKey(rand.Reader, 2048))
	large := must(rsa.GenerateKey(rand.Reader, 3072))
	odd := must(rsa.GenerateKey(rand.Reader, 2560))
	write(folder, "rsa_oaep", "RSAES-OAEP",
		oaep(small, "SHA-256", "SHA-256", crypto.SHA256, crypto.SHA256),
		oaep(small, "SHA-1", "SHA-1", crypto.SHA1, crypto.SHA1),
		oaep(large, "SHA-256", "SHA-256", crypto.SHA256, crypto.SHA256),
		oaep(small, "SHA-256", "SHA-1", crypto.SHA256, crypto.SHA1))
	write(folder, "rsa_pss", "RSASSA-PSS", pss(small, 32), pss(small, 20), pss(small, 0), pss(large, 32))
	write(folder, "rsa_signature", "RSASSA-PKCS1-v1_5", pkcs1(small), pkcs1(large),
		wrong(odd, "RsassaPkcs1Verify"))
	write(folder, "ecdsa_secp256r1", "ECDSA", ecdsaGroup())
	write(folder, "hmac_sha224", "HMACSHA224", macGroup(sha256.New224, 224, 224))
	write(folder, "hmac_sha256", "HMACSHA256", macGroup(sha256.New, 256, 256),
		macGroup(sha256.New, 256, 128), macGroup(sha256.New, 520, 256))
	write(folder, "hmac_sha384", "HMACSHA384", macGroup(sha512.New384, 384, 384))
	write(folder, "hmac_sha512", "HMACSHA512", macGroup(sha512.New, 512, 512))
	if len(os.Args) > 2 {
		write(folder, "ecdsa_secp256r1_nist", "ECDSA", nist(os.Args[2])...)
	}
}
