package floor

import (
	"context"
	"errors"
	"net"
	"testing"

	"paddock/client"
	"paddock/codec"
	"paddock/zk"
)

// dial connects to a floor that serves until the test ends.
func dial(t *testing.T) *client.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- Serve(l, []byte("value")) }()
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(context.Background(), l.Addr().String(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Disconnect)
	return c
}

func TestFloorAnswersWhatTheGeneratorAsks(t *testing.T) {
	c := dial(t)
	if data, _, err := c.GetData("/a", false); err != nil || string(data) != "value" {
		t.Errorf("getData: %q, %v", data, err)
	}
	if path, err := c.Create("/a", nil, zk.OpenACL(), zk.ModePersistent); err != nil || path != "/a" {
		t.Errorf("create: %q, %v", path, err)
	}
	if _, err := c.SetData("/a", []byte("b"), -1); err != nil {
		t.Errorf("setData: %v", err)
	}
	if _, err := c.Exists("/a", false); err != nil {
		t.Errorf("exists: %v", err)
	}
	if names, _, err := c.GetChildren2("/", false); err != nil || len(names) != 0 {
		t.Errorf("getChildren2: %v, %v", names, err)
	}
	set := client.Part{Op: zk.OpSetData, Path: "/a", Version: -1}
	if results, err := c.Multi(set, set); err != nil || len(results) != 2 {
		t.Errorf("multi: %v, %v", results, err)
	}
	if err := errors.Join(c.Delete("/a", -1), c.Sync("/"), c.Close()); err != nil {
		t.Errorf("delete, sync, close: %v", err)
	}
}

func TestFrameLongerThanTheReadBufferIsAnswered(t *testing.T) {
	if _, err := dial(t).SetData("/a", make([]byte, 500_000), -1); err != nil {
		t.Error(err)
	}
}

func TestFloorEndsAConnectionThatSendsGarbage(t *testing.T) {
	for name, frame := range map[string][]byte{
		"a body that is cut short": codec.AppendInt32(nil, 5),
		"a frame beyond the limit": make([]byte, frameBytesMax+1),
	} {
		if _, err := dial(t).Call(zk.OpSetData, frame); err == nil {
			t.Errorf("%s was answered", name)
		}
	}
}

// Whatever a client sends, the floor takes or refuses it without a panic, and answers in whole frames.
func FuzzFrames(f *testing.F) {
	hello, at := codec.BeginFrame(nil)
	hello = codec.AppendConnectRequest(hello, &codec.ConnectRequest{})
	codec.EndFrame(hello, at)
	f.Add(hello)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, greeted := range []bool{false, true} {
			c := &conn{greeted: greeted}
			if used, _ := c.frames(input); used > len(input) {
				t.Fatalf("used %d of %d bytes", used, len(input))
			}
			for b := c.out; len(b) > 0; {
				d := codec.NewDecoder(b)
				b = b[codec.FrameLengthBytes+len(d.Buffer()):]
				if d.Err() != nil {
					t.Fatal(d.Err())
				}
			}
		}
	})
}
