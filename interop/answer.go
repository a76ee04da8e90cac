package interop

import (
	"fmt"
	"slices"
	"strings"
)

// answerText is a reply without what differs between two runs.
func answerText(op int32, reply Reply) (string, error) {
	r := Read(reply.Body)
	node := Node{}
	var more []string
	stat := reply.Code == 0
	switch {
	case reply.Code != 0 || op == OpDelete || op == OpCloseSession:
		stat = false
	case op == OpMulti:
		return multiText(reply), nil
	case op == OpCreate:
		more, stat = []string{r.String()}, false
	case op == OpCreate2:
		more = []string{r.String()}
	case op == OpGetData:
		node.Data = r.Buffer()
	case op == OpGetChildren2:
		more = r.Strings() // in no order that anybody promised
		slices.Sort(more)
	case op == OpGetACL:
		node.ACL = r.ACLs()
	}
	if stat {
		node.Stat = r.Stat()
	}
	text := fmt.Sprintf("zxid=%x code=%d %s %s", reply.Zxid, reply.Code, strings.Join(more, " "), node.Timeless())
	if r.Err != nil || r.Len() != 0 {
		return text, fmt.Errorf("interop: answer to operation %d: %d bytes too many: %w", op, r.Len(), orNone(r.Err))
	}
	return text, nil
}

// multiText takes the results of a multi apart.
func multiText(reply Reply) string {
	text := []string{fmt.Sprintf("zxid=%x", reply.Zxid)}
	for r := Read(reply.Body); ; {
		op, done, code := r.Int(), r.Bool(), r.Int()
		text = append(text, fmt.Sprintf("%d/%d", op, code))
		switch {
		case r.Err != nil:
			return strings.Join(append(text, r.Err.Error()), " ")
		case done:
			return strings.Join(append(text, fmt.Sprintf("rest=%d", r.Len())), " ")
		case op == -1:
			text = append(text, fmt.Sprint(r.Int()))
		case op == OpCreate:
			text = append(text, r.String())
		case op == OpCreate2:
			text = append(text, r.String(), Node{Stat: r.Stat()}.Timeless())
		case op == OpSetData:
			text = append(text, Node{Stat: r.Stat()}.Timeless())
		}
	}
}
