// Verifies a log with the code of the Go project (golang.org/x/mod/sumdb), none of it ours: the signed checkpoint,
// every entry under it, proofs of inclusion and consistency made here, and those that were made by the log.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// proofs are made by the log's own code; the hashes are in base64.
type proofs struct {
	Inclusion []struct {
		Index  int64
		Hashes []string
	}
	Consistency []struct {
		Old    int64
		Root   string
		Hashes []string
	}
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(address, vkey string) error {
	var made proofs
	if err := json.NewDecoder(os.Stdin).Decode(&made); err != nil {
		return err
	}
	tree, err := checkpoint(address, vkey)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tiles{address})
	if err := everyEntry(address, tree, reader); err != nil {
		return err
	}
	if err := ownProofs(tree, reader); err != nil {
		return err
	}
	if err := made.check(tree, reader); err != nil {
		return err
	}
	fmt.Printf("verified %d entries, %d and %d proofs\n", tree.N, len(made.Inclusion), len(made.Consistency))
	return nil
}

func checkpoint(address, vkey string) (tree tlog.Tree, err error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	signed, err := get(address + "/checkpoint")
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("no checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// tiles reads the tiles of a log served in the layout of C2SP tlog-tiles, whose paths leave the height out.
type tiles struct{ address string }

func (tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		read, err := get(t.address + "/" + path)
		if err != nil {
			return nil, err
		}
		data = append(data, read)
	}
	return data, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// everyEntry compares each entry with the leaf that the checkpoint vouches for.
func everyEntry(address string, tree tlog.Tree, reader tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 1 << height {
		width := min(tree.N-first, 1<<height)
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(width)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
		bundle, err := get(address + "/" + path)
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		leaves, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, leaf := range leaves {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("%s is cut off", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:end]) != leaf {
				return fmt.Errorf("entry %d is not the one under the checkpoint", first+int64(i))
			}
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s is too long", path)
		}
	}
	return nil
}

// ownProofs makes proofs out of the tiles and checks them, at both ends of the log and in between.
func ownProofs(tree tlog.Tree, reader tlog.HashReader) error {
	for n := int64(0); n < tree.N; n += max(1, tree.N/50) {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil {
			return err
		}
		inclusion, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(inclusion, tree.N, tree.Hash, n, leaf[0]); err != nil {
			return err
		}
		old, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			return err
		}
		consistency, err := tlog.ProveTree(tree.N, n+1, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(consistency, tree.N, tree.Hash, n+1, old); err != nil {
			return err
		}
	}
	return nil
}

// check checks the proofs that the log's own code made.
func (made proofs) check(tree tlog.Tree, reader tlog.HashReader) error {
	for _, each := range made.Inclusion {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, each.Index)})
		if err != nil {
			return err
		}
		hashes, err := parse(each.Hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, each.Index, leaf[0]); err != nil {
			return fmt.Errorf("inclusion of %d: %w", each.Index, err)
		}
	}
	for _, each := range made.Consistency {
		root, err := parse([]string{each.Root})
		if err != nil {
			return err
		}
		hashes, err := parse(each.Hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(hashes, tree.N, tree.Hash, each.Old, root[0]); err != nil {
			return fmt.Errorf("consistency with %d: %w", each.Old, err)
		}
	}
	return nil
}

func parse(texts []string) (hashes []tlog.Hash, err error) {
	for _, text := range texts {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(data) != tlog.HashSize {
			return nil, errors.New("no hash: " + text)
		}
		hashes = append(hashes, tlog.Hash(data))
	}
	return hashes, nil
}

// get speaks the plainest HTTP: to compile net/http takes longer than everything else here.
func get(address string) ([]byte, error) {
	host, path, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	server, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	if _, err := fmt.Fprintf(server, "GET /%s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host); err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(server)
	if err != nil {
		return nil, err
	}
	head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	status, _, _ := strings.Cut(string(head), "\r\n")
	if !strings.Contains(status, " 200 ") {
		return nil, fmt.Errorf("%s: %s", path, status)
	}
	return body, nil
}
