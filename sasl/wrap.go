package sasl

import (
	"bytes"
	"crypto/hmac"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
)

// A wrapped message without encryption (RFC 4121, section 4.2.6.2):
//
//	05 04 | flags | FF | bytes of the checksum (2) | rotation (2) | sequence number (8) | message | checksum
//
// The checksum is of the message and the header, with zeros for its own length and the rotation. What is behind the header may be
// rotated to the right.
const (
	wrapHeaderBytes = 16
	wrapByAcceptor  = 1
	wrapSealed      = 2
)

func wrap(message []byte, key types.EncryptionKey, sequence uint64) ([]byte, error) {
	header := []byte{5, 4, wrapByAcceptor, 0xff, 0, 0, 0, 0}
	header = binary.BigEndian.AppendUint64(header, sequence)
	sum, err := wrapSum(message, header, key, keyusage.GSSAPI_ACCEPTOR_SEAL)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint16(header[4:], uint16(len(sum)))
	return append(append(header, message...), sum...), nil
}

func unwrap(token []byte, key types.EncryptionKey) ([]byte, error) {
	if len(token) < wrapHeaderBytes || !bytes.HasPrefix(token, []byte{5, 4}) || token[3] != 0xff {
		return nil, errors.New("malformed wrap token")
	}
	if token[2]&(wrapByAcceptor|wrapSealed) != 0 {
		return nil, fmt.Errorf("a wrap token with the flags %d, expected one of the client, not sealed", token[2])
	}
	header, body := bytes.Clone(token[:wrapHeaderBytes]), token[wrapHeaderBytes:]
	sumBytes, rotation := int(binary.BigEndian.Uint16(header[4:])), int(binary.BigEndian.Uint16(header[6:]))
	if sumBytes > len(body) {
		return nil, errors.New("a wrap token that is shorter than its checksum")
	}
	if len(body) > 0 {
		rotation %= len(body)
	}
	body = append(bytes.Clone(body[rotation:]), body[:rotation]...)
	message, sum := body[:len(body)-sumBytes], body[len(body)-sumBytes:]
	clear(header[4:8])
	want, err := wrapSum(message, header, key, keyusage.GSSAPI_INITIATOR_SEAL)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(sum, want) {
		return nil, errors.New("a wrap token with a wrong checksum")
	}
	return message, nil
}

func wrapSum(message, header []byte, key types.EncryptionKey, usage uint32) ([]byte, error) {
	etype, err := crypto.GetEtype(key.KeyType)
	if err != nil {
		return nil, fmt.Errorf("wrap token: %w", err)
	}
	sum, err := etype.GetChecksumHash(key.KeyValue, append(bytes.Clone(message), header...), usage)
	if err != nil {
		return nil, fmt.Errorf("wrap token: %w", err)
	}
	return sum, nil
}
