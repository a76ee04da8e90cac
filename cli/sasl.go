package cli

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"paddock/sasl"
)

// The properties of the Java client that are about SASL (ZKClientConfig, 3.9.5).
const (
	propertyJAAS        = "java.security.auth.login.config"
	propertySASL        = "zookeeper.sasl.client"
	propertySASLSection = "zookeeper.sasl.clientconfig"
)

// clientSASL takes the user that the properties name: in the section Client, or another one, of a JAAS file. As in Java, a file
// without the section means no SASL, unless the section was asked for.
func (s *Shell) clientSASL(properties map[string]string) error {
	value := properties[propertyJAAS]
	if use, set := properties[propertySASL]; value == "" || set && !strings.EqualFold(use, "true") {
		return nil
	}
	path := sasl.Path(value)
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", propertyJAAS, err)
	}
	sections, err := sasl.ParseJAAS(path, text, func(name string) (string, bool) {
		value, known := properties[name]
		if name == "user.home" && !known {
			value, known = s.opts.Env("HOME"), true
		}
		return value, known
	})
	if err != nil {
		return err
	}
	section, asked := properties[propertySASLSection]
	if !asked {
		section = "Client"
	}
	if s.sasl, err = sasl.NewClient(path, sections, section, rand.Reader); err != nil {
		return err
	}
	if s.sasl == nil && asked {
		return fmt.Errorf("%s: %s has no section %s; its sections are: %s", propertySASLSection, path, section, sections.Names())
	}
	return nil
}
