package auth

import (
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"paddock/zk"
)

// Distinguished names as text, in the form of RFC 2253 that Java's X500Principal.getName gives them. ACL entries on disk hold
// this text and are compared with it letter by letter, so every whim of Java's counts (sun.security.x509.AVA, Java 17).

// dnAttribute is one "CN=Ann" as it is encoded. The name of its set has to end with SET for encoding/asn1.
type (
	dnAttribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	dnSET []dnAttribute
)

// dnText writes the DER of a name: the last part first, the attributes of a part in their order.
func dnText(der []byte) (string, error) {
	var parts []dnSET
	if rest, err := asn1.Unmarshal(der, &parts); err != nil {
		return "", fmt.Errorf("auth: subject of a certificate: %w", err)
	} else if len(rest) > 0 {
		return "", errors.New("auth: subject of a certificate: more bytes than a name has")
	}
	var text []string
	for _, part := range slices.Backward(parts) {
		var attributes []string
		for i := range part {
			attributes = append(attributes, part[i].text())
		}
		text = append(text, strings.Join(attributes, "+"))
	}
	return strings.Join(text, ","), nil
}

// dnKeywords are the types that RFC 2253 has a name for (2.3).
func dnKeywords() map[string]string {
	return map[string]string{
		"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU",
		"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
	}
}

// text is type and value. A type without a name, and a value that is no text, make the value a dump of its DER.
func (a *dnAttribute) text() string {
	oid := a.Type.String()
	keyword, named := dnKeywords()[oid]
	if !named {
		return oid + "=#" + hex.EncodeToString(a.Value.FullBytes)
	}
	switch a.Value.Tag {
	case asn1.TagPrintableString, asn1.TagUTF8String, asn1.TagT61String, asn1.TagIA5String, asn1.TagGeneralString,
		asn1.TagBMPString:
		if a.Value.Class == asn1.ClassUniversal {
			return keyword + "=" + dnEscape(zk.Text(a.Value.Bytes)) // all of them are read as UTF-8
		}
	}
	return keyword + "=#" + hex.EncodeToString(a.Value.FullBytes)
}

// dnEscape escapes what separates, zero bytes, and blanks and carriage returns at both ends.
func dnEscape(value string) string {
	var text strings.Builder
	head := len(value) - len(strings.TrimLeft(value, " \r"))
	tail := len(strings.TrimRight(value, " \r"))
	for i, r := range value {
		switch {
		case r == 0:
			text.WriteString(`\00`)
			continue
		case strings.ContainsRune(`,=+<>#;"\`, r), i < head, i >= tail:
			text.WriteByte('\\')
		}
		text.WriteRune(r)
	}
	return text.String()
}
