package server

import (
	"context"
	"time"

	"github.com/valyala/bytebufferpool"

	"paddock/loop"
)

// wordPatience bounds the wait for an answer to a four-letter word. Only a walk behind many others can take long.
const wordPatience = time.Minute

// answerWord answers a four-letter word and closes the connection. The text is made elsewhere: what it needs of the
// processor is asked for like any other news.
func (s *Server) answerWord(e *loop.Event) {
	cut := min(len(e.Frame), 4)
	word, tail, id, on := string(e.Frame[:cut]), e.Frame[cut:], e.Conn, e.Loop
	s.wordsReceived++
	ctx, cancel := context.WithTimeout(context.Background(), wordPatience)
	s.wordConns[uint64(id)] = cancel // nobody asks for more at a time than there are connections
	go func() {
		defer cancel()
		buf := &bytebufferpool.ByteBuffer{B: s.words.Answer(ctx, word, tail, s)}
		s.wordsSent.Add(1)
		s.net.Post(on, []loop.Out{{Conn: id, Buf: buf, Close: true, Reason: "four-letter word " + word}})
	}()
}
