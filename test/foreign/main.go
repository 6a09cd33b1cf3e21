// Reads an exported log with other people's code: golang.org/x/mod/sumdb/{note,tlog}, which verifies every download of
// the go command, and Tessera's fsck, which derives the whole tree anew. Prints what it verified; exits 1 otherwise.
package main

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// main takes the folder, the log's key, and the keys of witnesses that must have cosigned the checkpoint.
func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("usage: foreign DIR LOG-KEY [WITNESS-KEY...]"))
	}
	dir, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	fail(err)
	tree := openCheckpoint(filepath.Join(dir, "checkpoint"), verifier, os.Args[3:])
	fmt.Printf("note: checkpoint of %d, %d cosignatures\n", tree.N, len(os.Args)-3)
	reader := tlog.TileHashReader(tree, &folder{dir})
	fmt.Printf("tlog: %d records proved\n", proveRecords(dir, tree, reader))
	fmt.Printf("tlog: %d archived checkpoints consistent\n", proveTrees(dir, tree, reader, verifier))
	fail(fsck.New(verifier.Name(), verifier, &client.FileFetcher{Root: dir}, leafHashes, fsck.Opts{N: 2}).Check(context.Background()))
	fmt.Println("fsck: the whole log")
}

// openCheckpoint verifies the note with golang.org/x/mod/sumdb/note.
func openCheckpoint(path string, log note.Verifier, witnesses []string) tlog.Tree {
	text, err := os.ReadFile(path)
	fail(err)
	verifiers := []note.Verifier{log}
	for _, key := range witnesses {
		witness, err := f_note.NewVerifierForCosignatureV1(key)
		fail(err)
		verifiers = append(verifiers, witness)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	fail(err)
	if len(opened.Sigs) != len(verifiers) {
		fail(fmt.Errorf("%d of %d signatures", len(opened.Sigs), len(verifiers)))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log.Name() {
		fail(fmt.Errorf("not the checkpoint of %s", log.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fail(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	fail(err)
	var hash tlog.Hash
	copy(hash[:], root)
	return tlog.Tree{N: size, Hash: hash}
}

// folder serves tiles as tlog asks for them; its paths carry the height, those of C2SP do not.
type folder struct{ dir string }

func (f *folder) Height() int                     { return 8 }
func (f *folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(f.dir, path))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
	}
	return data, nil
}

func proveRecords(dir string, tree tlog.Tree, reader tlog.HashReader) int64 {
	for i := int64(0); i < tree.N; i++ {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		fail(err)
		fail(tlog.CheckRecord(proof, tree.N, tree.Hash, i, tlog.RecordHash(record(dir, tree.N, i))))
	}
	return tree.N
}

func proveTrees(dir string, tree tlog.Tree, reader tlog.HashReader, log note.Verifier) int {
	archived, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	fail(err)
	for _, entry := range archived {
		older := openCheckpoint(filepath.Join(dir, "checkpoints", entry.Name()), log, nil)
		proof, err := tlog.ProveTree(tree.N, older.N, reader)
		fail(err)
		fail(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash))
	}
	return len(archived)
}

func record(dir string, size, index int64) []byte {
	tile := tlog.Tile{H: 8, L: -1, N: index / 256, W: int(min(256, size-index/256*256))}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	bundle, err := os.ReadFile(filepath.Join(dir, path))
	fail(err)
	entries := split(bundle)
	return entries[index%256]
}

func leafHashes(bundle []byte) ([][]byte, error) {
	var hashes [][]byte
	for _, entry := range split(bundle) {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func split(bundle []byte) [][]byte {
	var entries [][]byte
	for len(bundle) > 0 {
		length := int(binary.BigEndian.Uint16(bundle))
		entries = append(entries, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	return entries
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
