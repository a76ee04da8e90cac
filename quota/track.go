package quota

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrMalformed marks data that is no quota text. Apache fails with various exceptions on it.
var ErrMalformed = errors.New("malformed quota text")

const (
	keyCount     = "count"
	keyBytes     = "bytes"
	keyCountHard = "countHardLimit"
	keyByteHard  = "byteHardLimit"
)

// Unset is the value of what a text does not mention.
const Unset int64 = -1

// Track is the content of a limits or stats znode.
type Track struct {
	Count  int64 // znodes
	Bytes  int64 // of data
	others []pair
}

type pair struct {
	key   string
	value int64
}

// CountHardLimit is the number of znodes above which writes are refused, or negative.
func (t *Track) CountHardLimit() int64 { return t.other(keyCountHard) }

// ByteHardLimit is the number of bytes above which writes are refused, or negative.
func (t *Track) ByteHardLimit() int64 { return t.other(keyByteHard) }

func (t *Track) other(key string) int64 {
	for i := range t.others {
		if t.others[i].key == key {
			return t.others[i].value
		}
	}
	return Unset
}

// Parse reads a text; empty is one that sets nothing, null (nil) is none. It keeps nothing of text.
func (t *Track) Parse(text []byte) error {
	t.Count, t.Bytes, t.others = Unset, Unset, t.others[:0]
	if text == nil {
		return ErrMalformed
	}
	text = bytes.TrimRight(text, ",;")
	for len(text) > 0 {
		one := text
		text = nil
		if end := bytes.IndexAny(one, ",;"); end >= 0 {
			one, text = one[:end], bytes.TrimLeft(one[end:], ",;")
		}
		if err := t.parsePair(one); err != nil {
			return err
		}
	}
	return nil
}

// Valid tells whether a text can be read.
func Valid(text []byte) bool {
	var t Track
	return t.Parse(text) == nil
}

func (t *Track) parsePair(text []byte) error {
	key, rest, found := bytes.Cut(bytes.TrimRight(text, "="), []byte{'='})
	if !found {
		return ErrMalformed
	}
	digits, _, _ := bytes.Cut(rest, []byte{'='})
	value := Unset
	if len(digits) > 0 {
		var err error
		if value, err = strconv.ParseInt(string(digits), 10, 64); err != nil {
			return ErrMalformed
		}
	}
	switch string(key) {
	case keyCount:
		t.Count = value
	case keyBytes:
		t.Bytes = value
	case keyCountHard: // the usual keys cost no memory
		return t.put(keyCountHard, value)
	case keyByteHard:
		return t.put(keyByteHard, value)
	default:
		return t.put(string(key), value)
	}
	return nil
}

// othersMax bounds the keys of a text besides count and bytes: ZooKeeper writes two, and anybody may write more.
const othersMax = 64

// put sets one of the other keys, in their order.
func (t *Track) put(key string, value int64) error {
	i, found := slices.BinarySearchFunc(t.others, key, func(p pair, key string) int { return strings.Compare(p.key, key) })
	if found {
		t.others[i].value = value
		return nil
	}
	if len(t.others) == othersMax {
		return ErrMalformed
	}
	t.others = slices.Insert(t.others, i, pair{key, value})
	return nil
}

// Append appends the text.
func (t *Track) Append(b []byte) []byte {
	b = strconv.AppendInt(append(b, "count="...), t.Count, 10)
	b = strconv.AppendInt(append(b, ",bytes="...), t.Bytes, 10)
	if len(t.others) > 0 {
		b = append(b, '=')
	}
	for i := range t.others {
		b = append(append(b, ';'), t.others[i].key...)
		b = strconv.AppendInt(append(b, '='), t.others[i].value, 10)
	}
	return b
}
