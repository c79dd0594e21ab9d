// Reads a log as the Go implementations of transparency logs do, and says what they make of it.
//
// The one argument is a folder with `checkpoint`, `tile/…` and `told.json`; the answer is JSON.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type told struct {
	Key         string
	WitnessName string
	WitnessSeed []byte
	Records     map[int64]tlog.RecordProof
	Trees       map[int64]tlog.TreeProof
	OldRoots    map[int64]tlog.Hash
	Leaves      map[int64][]byte
}

type answer struct {
	Origin     string
	Size       int64
	Root       tlog.Hash
	Records    map[int64]tlog.RecordProof
	Trees      map[int64]tlog.TreeProof
	Cosigned   []string
	Entries    int64
	Note       string
	NoteKey    string
	WitnessKey string
}

type folder string

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), torchwood.TilePath(tile)))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (f folder) Height() int                     { return torchwood.TileHeight }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	found, err := read(folder(os.Args[1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}

func read(f folder) (*answer, error) {
	var asked told
	data, err := os.ReadFile(filepath.Join(string(f), "told.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &asked); err != nil {
		return nil, err
	}
	found := &answer{Records: map[int64]tlog.RecordProof{}, Trees: map[int64]tlog.TreeProof{}}
	checkpoint, err := open(f, asked, found)
	if err != nil {
		return nil, err
	}
	if err := prove(f, asked, checkpoint.Tree, found); err != nil {
		return nil, err
	}
	if err := entries(f, checkpoint.Tree, found); err != nil {
		return nil, err
	}
	return found, sign(checkpoint, found)
}

// open verifies the log's signature and the witness's.
func open(f folder, asked told, found *answer) (torchwood.Checkpoint, error) {
	var none torchwood.Checkpoint
	data, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return none, err
	}
	log, err := note.NewVerifier(asked.Key)
	if err != nil {
		return none, err
	}
	witness, err := torchwood.NewCosignatureSigner(
		asked.WitnessName, ed25519.NewKeyFromSeed(asked.WitnessSeed))
	if err != nil {
		return none, err
	}
	opened, err := note.Open(data, note.VerifierList(log, witness.Verifier()))
	if err != nil {
		return none, err
	}
	for _, each := range opened.Sigs {
		found.Cosigned = append(found.Cosigned, each.Name)
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	if err != nil {
		return none, err
	}
	found.Origin, found.Size = checkpoint.Origin, checkpoint.N
	return checkpoint, nil
}

// prove reads the tiles, checks the proofs that were told, and makes the same ones.
func prove(f folder, asked told, tree tlog.Tree, found *answer) error {
	hashes := tlog.TileHashReader(tree, f)
	var err error
	if found.Root, err = tlog.TreeHash(tree.N, hashes); err != nil {
		return err
	}
	for index, proof := range asked.Records {
		leaf := tlog.RecordHash(asked.Leaves[index])
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
			return err
		}
		if found.Records[index], err = tlog.ProveRecord(tree.N, index, hashes); err != nil {
			return err
		}
	}
	for old, proof := range asked.Trees {
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, asked.OldRoots[old]); err != nil {
			return err
		}
		if found.Trees[old], err = tlog.ProveTree(tree.N, old, hashes); err != nil {
			return err
		}
	}
	return nil
}

// entries reads all entry bundles with a client, which checks each entry against the tiles.
func entries(f folder, tree tlog.Tree, found *answer) error {
	client, err := torchwood.NewClient(reader{f})
	if err != nil {
		return err
	}
	// A client leaves a partial bundle for later, if it read full ones before.
	for before := int64(-1); before < found.Entries; {
		before = found.Entries
		for range client.Entries(context.Background(), tree, before) {
			found.Entries++
		}
	}
	return client.Err()
}

type reader struct{ folder }

func (r reader) ReadTiles(_ context.Context, tiles []tlog.Tile) ([][]byte, error) {
	return r.folder.ReadTiles(tiles)
}

func (r reader) ReadEndpoint(context.Context, string) ([]byte, error) {
	return nil, errors.New("nothing else is here")
}

// sign makes a note and a cosignature with new keys.
func sign(checkpoint torchwood.Checkpoint, found *answer) error {
	secret, public, err := note.GenerateKey(rand.Reader, checkpoint.Origin)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	witness, err := torchwood.NewCosignatureSigner("witness.example/go", private)
	if err != nil {
		return err
	}
	made, err := note.Sign(&note.Note{Text: checkpoint.String()}, signer, witness)
	found.Note, found.NoteKey = string(made), public
	found.WitnessKey = witness.Verifier().String()
	return err
}
