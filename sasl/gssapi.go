package sasl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// gssBytesMax bounds a token: the longest ticket that Active Directory makes has 65,535 bytes.
const gssBytesMax = 72 << 10

// What the server offers: no protection (RFC 4752, section 3.1), and as in Java the length of its buffer, which then means nothing.
const (
	noProtection   = 1
	receiveBytes   = 65536
	offerBytes     = 4
	mutualFlag     = 2  // of the flags in an authenticator's checksum (RFC 4121, section 4.1.1.1)
	checksumBytes  = 24 // at least, in an authenticator
	checksumFlagAt = 20
)

// gssServer is the server's side of one GSSAPI exchange (RFC 4752; com.sun.security.sasl.gsskerb.GssKrb5Server).
type gssServer struct {
	acceptor *acceptor
	names    *Names

	stage    gssStage
	peer     string
	key      types.EncryptionKey
	sequence uint64 // of our next token
}

type gssStage int

const (
	awaitsTicket  gssStage = iota
	awaitsNothing          // the client has to ask for the offer
	awaitsChoice
)

// step guards the library below against what it stumbles over: these are the bytes of anybody.
func (g *gssServer) step(token []byte) (o Outcome, err error) {
	if len(token) > gssBytesMax {
		return Outcome{}, fmt.Errorf("a token of %d bytes, expected at most %d", len(token), gssBytesMax)
	}
	defer func() {
		if r := recover(); r != nil {
			o, err = Outcome{}, errors.New("malformed Kerberos message")
		}
	}()
	switch g.stage {
	case awaitsTicket:
		return g.accept(token)
	case awaitsNothing:
		if len(token) > 0 {
			return Outcome{}, errors.New("a token where the client has nothing to say")
		}
		return g.offer()
	case awaitsChoice:
	}
	return g.choose(token)
}

// accept takes the first token, an AP-REQ. The answer is an AP-REP if the client wants one, else the offer.
func (g *gssServer) accept(token []byte) (Outcome, error) {
	body, err := unframe(token)
	if err != nil {
		return Outcome{}, err
	}
	var r messages.APReq
	if err := r.Unmarshal(body); err != nil {
		return Outcome{}, fmt.Errorf("malformed AP-REQ: %w", err)
	}
	if err := g.acceptor.verify(&r); err != nil {
		return Outcome{}, fmt.Errorf("ticket refused: %w", err)
	}
	sum := r.Authenticator.Cksum
	if sum.CksumType != chksumtype.GSSAPI || len(sum.Checksum) < checksumBytes {
		return Outcome{}, errors.New("the authenticator is not one of GSSAPI")
	}
	g.peer = r.Ticket.DecryptedEncPart.CName.PrincipalNameString() + "@" + r.Ticket.DecryptedEncPart.CRealm
	g.key = r.Ticket.DecryptedEncPart.Key
	g.sequence = uint64(uint32(r.Authenticator.SeqNumber)) // that of the client, unless an AP-REP tells another
	if len(r.Authenticator.SubKey.KeyValue) > 0 {
		g.key = r.Authenticator.SubKey
		if !isStrong(g.key.KeyType) {
			return Outcome{}, fmt.Errorf("a key of encryption type %d, expected one with AES", g.key.KeyType)
		}
	}
	if binary.LittleEndian.Uint32(sum.Checksum[checksumFlagAt:])&mutualFlag == 0 {
		return g.offer()
	}
	g.stage = awaitsNothing
	answer, err := reply(&r)
	return Outcome{Answer: answer}, err
}

// offer tells the client what protection there is.
func (g *gssServer) offer() (Outcome, error) {
	g.stage = awaitsChoice
	offer := binary.BigEndian.AppendUint32(nil, noProtection<<24|receiveBytes)
	token, err := wrap(offer, g.key, g.sequence)
	return Outcome{Answer: token}, err
}

// choose takes what the client has chosen, and who it wants to be; ZooKeeper's rules make the name of who it is.
func (g *gssServer) choose(token []byte) (Outcome, error) {
	choice, err := unwrap(token, g.key)
	switch {
	case err != nil:
		return Outcome{}, err
	case len(choice) < offerBytes || choice[0]&noProtection == 0:
		return Outcome{}, errors.New("the client chose a protection that was not offered")
	}
	name, err := g.names.of(g.peer)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Done: true, Name: name}, nil
}

// krb5OID names the mechanism in a token's frame: 1.2.840.113554.1.2.2.
func krb5OID() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2} }

// unframe takes the frame off the first token of a context (RFC 4121, section 4.1): the mechanism, and that it is an AP-REQ.
func unframe(token []byte) ([]byte, error) {
	var oid asn1.ObjectIdentifier
	body, err := asn1.UnmarshalWithParams(token, &oid, "application,explicit,tag:0")
	if err != nil {
		return nil, fmt.Errorf("malformed GSSAPI token: %w", err)
	}
	if !oid.Equal(krb5OID()) || len(body) < 2 || body[0] != 1 || body[1] != 0 {
		return nil, errors.New("the token is not a Kerberos AP-REQ")
	}
	return body[2:], nil
}

// reply makes the token with the AP-REP, which proves that we could read the ticket (RFC 4120, section 5.5.2).
func reply(r *messages.APReq) ([]byte, error) {
	part, err := asn1.Marshal(messages.EncAPRepPart{
		CTime: r.Authenticator.CTime, Cusec: r.Authenticator.Cusec, SequenceNumber: r.Authenticator.SeqNumber,
	})
	if err != nil {
		return nil, fmt.Errorf("AP-REP: %w", err)
	}
	part = asn1tools.AddASNAppTag(part, asnAppTag.EncAPRepPart)
	encrypted, err := crypto.GetEncryptedData(part, r.Ticket.DecryptedEncPart.Key, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, fmt.Errorf("AP-REP: %w", err)
	}
	rep, err := asn1.Marshal(messages.APRep{PVNO: r.PVNO, MsgType: msgtype.KRB_AP_REP, EncPart: encrypted})
	if err != nil {
		return nil, fmt.Errorf("AP-REP: %w", err)
	}
	oid, err := asn1.Marshal(krb5OID())
	if err != nil {
		return nil, fmt.Errorf("AP-REP: %w", err)
	}
	return asn1tools.AddASNAppTag(slices.Concat(oid, []byte{2, 0}, asn1tools.AddASNAppTag(rep, asnAppTag.APREP)), 0), nil
}
