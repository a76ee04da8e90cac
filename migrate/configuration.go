package migrate

import (
	"strconv"
	"strings"

	"paddock/config"
)

const (
	aboutConfig = "configuration"
	aboutStart  = "start"
)

func byKey(conf *config.Report) map[string]*config.Setting {
	m := map[string]*config.Setting{}
	for i := range conf.Settings {
		m[conf.Settings[i].Key] = &conf.Settings[i]
	}
	return m
}

// text is the value of a key in effect, empty if it has none.
func (c *checker) text(key string) string {
	if s := c.settings[key]; s != nil {
		return s.Value
	}
	return ""
}

// number is the value of a key in effect, 0 if it has none.
func (c *checker) number(key string) int64 {
	n, _ := strconv.ParseInt(c.text(key), 10, 64) // what is not a number is refused elsewhere
	return n
}

func (c *checker) isTrue(key string) bool { return c.text(key) == "true" }

// configuration says what the table of keys says of this zoo.cfg.
func (c *checker) configuration(conf *config.Report) {
	for _, err := range conf.Refusals {
		f := c.add(Refused, aboutConfig, err.Error())
		if isEnsemble(err.Key) {
			f.advise("leave this server with ZooKeeper: Paddock serves standalone installations only, and the other members need it")
		}
	}
	for _, text := range conf.Warnings {
		level := Different
		if strings.HasSuffix(text, "only one server, runs standalone") { // as in Docker's image, and in ZooKeeper
			level = Note
		}
		c.add(level, aboutConfig, text)
	}
	for _, text := range conf.Notes {
		c.add(Note, aboutConfig, text)
	}
	told := map[string]bool{} // a row of many keys, such as server.N, has one note
	for i := range conf.Settings {
		s := &conf.Settings[i]
		if told[s.Note] {
			continue
		}
		if !s.IsDefault() && s.State == config.Different.String() && s.Note != "" && s.Key != "clientPort" { // everybody sets that
			c.add(Note, aboutConfig, s.From+": "+s.Key+": "+s.Note)
			told[s.Note] = true
		}
	}
}

func isEnsemble(key string) bool {
	return strings.HasPrefix(key, "server.") || key == "standaloneEnabled" || strings.HasPrefix(key, "group.")
}

// initScript compares what ZooKeeper is started with, as far as that is known, with what Paddock would be started with: the
// words that only an init script or a service manager passes on are lost otherwise.
func (c *checker) initScript(conf *config.Report) {
	if c.Server != nil && c.Server.Paddock {
		return // it has what it was started with
	}
	told := map[string]bool{}
	words := config.Variable("JAVA_OPTS", nil, c.InitFiles...)
	c.lost(conf, words, told)
	if s := c.Server; s != nil {
		words = nil
		for _, arg := range s.args {
			words = append(words, config.Word{Text: arg, File: "the command line of process " + strconv.Itoa(s.PID)})
		}
		c.lost(conf, words, told)
	}
}

// lost says which words would no longer have their effect. told has the keys that were spoken of.
func (c *checker) lost(conf *config.Report, words []config.Word, told map[string]bool) {
	jmx := false
	for _, w := range words {
		property, isProperty := strings.CutPrefix(w.Text, "-D")
		if strings.HasPrefix(property, "com.sun.management.jmxremote") && !jmx {
			jmx = true
			c.tellJMX(w, told)
		}
		if !isProperty || told[w.Text] {
			continue
		}
		with := config.Examine([]string{c.ZooCfg, w.Text}, c.Environ)
		for key, s := range byKey(with) {
			if told[key] || c.idle(key, s) || c.same(key, s) {
				continue
			}
			told[key] = true
			c.tellLost(w, s)
		}
		if len(conf.Refusals) == 0 && len(with.Refusals) > 0 {
			c.add(Different, aboutStart, w.Place()+": "+with.Refusals[0].Error())
		}
	}
}

// idle tells whether it does not matter that a word about this key is not passed on.
func (c *checker) idle(key string, s *config.Setting) bool {
	switch {
	case s.From != "command line":
		return true // something else is in effect
	case key == "-Dzookeeper.log.dir":
		return !c.isTrue("audit.enable") // every script passes it
	}
	return s.State != config.Honoured.String() && s.State != config.Different.String() && s.State != config.NotYet.String()
}

// same tells whether Paddock would have that value anyway. Secrets have none here: if both are set, nobody can tell.
func (c *checker) same(key string, s *config.Setting) bool {
	ours := c.settings[key]
	if s.Secret {
		return ours != nil && !ours.IsDefault()
	}
	return ours != nil && ours.Value == s.Value
}

func (c *checker) tellLost(w config.Word, s *config.Setting) {
	value := s.Value
	if s.Secret {
		value = "…"
	}
	f := c.addf(Different, aboutStart, "%s: %s=%s reaches ZooKeeper on its command line only; Paddock would not get it, unless its command line has it too", w.Place(), s.Key, value)
	if strings.HasPrefix(s.Key, "-D") {
		f.advise("put it into java.env beside %s: export SERVER_JVMFLAGS=\"%s=%s $SERVER_JVMFLAGS\"", c.ZooCfg, s.Key, value)
		return
	}
	f.advise("put %s=%s into %s; both servers read it there", s.Key, value, c.ZooCfg)
}

func (c *checker) tellJMX(w config.Word, told map[string]bool) {
	if told["jmx"] {
		return
	}
	told["jmx"] = true
	c.addf(Note, aboutStart, "%s: there is no JMX in Paddock; the same numbers come by mntr, by the admin server and for Prometheus", w.Place())
}
