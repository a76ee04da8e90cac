package interop

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
)

// TestWhoProvesNothingIsAnsweredAlike compares all that a connection gets behind its connect response, byte for byte.
func TestWhoProvesNothingIsAnsweredAlike(t *testing.T) {
	settings := []string{"enforce.auth.enabled=true", "enforce.auth.schemes= digest ,digest"}
	request := func(xid, op int32, body Body) []byte { return framed(append(Body(nil).Int(xid).Int(op), body...)) }
	token := Body(nil).Buffer([]byte("token"))
	read := WatchBody("/zookeeper", false)
	const sasl = 102
	stories := map[string][][]byte{
		"a ping":             {request(-2, OpPing, nil)},
		"a read":             {request(1, OpExists, read)},
		"a write":            {request(2, OpSetData, SetDataBody("/", nil, -1))},
		"no operation":       {request(3, 99, nil)},
		"closeSession":       {request(4, OpCloseSession, nil)},
		"a body of nothing":  {request(5, OpMulti, nil)},
		"two requests":       {request(6, OpSync, Body(nil).String("/")), request(7, OpSync, Body(nil).String("/"))},
		"sasl, then a read":  {request(8, sasl, token), request(9, OpExists, read)},
		"ip, then a read":    {request(-4, OpAuth, AuthBody("ip", "")), request(10, OpExists, read)},
		"a wrong scheme":     {request(-4, OpAuth, AuthBody("world", "anyone")), request(11, OpExists, read)},
		"a null token":       {request(12, sasl, Body(nil).Int(-1)), request(13, OpExists, read)},
		"digest, then sasl":  {request(-4, OpAuth, AuthBody("digest", "u:p")), request(14, sasl, token), request(15, 99, nil)},
		"digest, then close": {request(-4, OpAuth, AuthBody("digest", "u:p")), request(16, OpCloseSession, nil)},
		"an empty identity":  {request(-4, OpAuth, AuthBody("digest", "")), request(17, OpSync, Body(nil).String("/")), request(18, OpCloseSession, nil)},
	}
	told := map[string]map[string]string{}
	for _, program := range []Program{tools.apache, tools.server} {
		s := newServer(t, program, settings...)
		check(t, s.Start())
		for name, story := range stories {
			c := raw(t, s)
			write(c, Hello{}.Frame())
			_, err := io.CopyN(io.Discard, c, connectResponseBytes)
			check(t, err)
			for _, frame := range story {
				write(c, frame)
			}
			got, err := io.ReadAll(c)
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Fatalf("%s, %s: %v", program.Name, name, err)
			}
			if told[name] == nil {
				told[name] = map[string]string{}
			}
			told[name][program.Name] = withoutZxids(got)
		}
	}
	for name := range stories {
		if a, b := told[name]["apache"], told[name][tools.server.Name]; a != b {
			t.Errorf("%s:\napache %s\n%s %s", name, a, tools.server.Name, b)
		}
		if strings.Count(told[name]["apache"], "\n") == 0 && name != "a null token" {
			t.Errorf("%s: no answer at all", name)
		}
	}
}

// connectResponseBytes is the length of a connect response with its length: version, timeout, id, password, readOnly.
const connectResponseBytes = 4 + 4 + 4 + 8 + 4 + 16 + 1

// withoutZxids prints frames of answers, with relations instead of zxids: sessions of other stories come and go.
func withoutZxids(b []byte) string {
	var text strings.Builder
	for r := Read(b); r.Len() > 0 && r.Err == nil; {
		frame := r.Buffer()
		f := Read(frame)
		xid, zxid, code := f.Int(), f.Long(), f.Int()
		fmt.Fprintf(&text, "%d bytes: xid %d, zxid above zero %v, code %d, then %s\n", len(frame), xid, zxid > 0, code, hex.EncodeToString(f.rest))
	}
	return text.String()
}

// TestAServerThatCannotEnforceDoesNotStart: what is wanted and cannot be had ends either server at its start.
func TestAServerThatCannotEnforceDoesNotStart(t *testing.T) {
	for name, settings := range map[string][]string{
		"without schemes":             {"enforce.auth.enabled=true"},
		"with a scheme nobody knows":  {"enforce.auth.enabled=true", "enforce.auth.schemes=digest,nosuch"},
		"with sasl not configured":    {"enforce.auth.enabled=true", "enforce.auth.schemes=sasl"},
		"where clients must use sasl": {"sessionRequireClientSASLAuth=true"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, program := range []Program{tools.apache, tools.server} {
				s, err := NewServer(program, t.TempDir(), settings...)
				check(t, err)
				err = s.Start()
				if err == nil {
					check(t, s.Kill())
					t.Fatalf("%s serves", program.Name)
				}
				if !strings.Contains(err.Error(), "ended at start") {
					t.Fatalf("%s: %v", program.Name, err)
				}
			}
		})
	}
}
