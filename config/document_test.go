package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The pages for users are made from the table: go test ./config -rewrite.

func TestTheConfigurationPageIsWhatTheTableSays(t *testing.T) {
	compareOrRewrite(t, "../docs/configuration.md", func(string) string { return configurationPage() })
}

func TestTheTablesOfKeysInTheCompatibilityPageAreWhatTheTableSays(t *testing.T) {
	const begin, end = "<!-- begin of what `go test ./config -rewrite` writes -->\n", "<!-- end of it -->\n"
	compareOrRewrite(t, "../COMPATIBILITY.md", func(old string) string {
		before, rest, foundBegin := strings.Cut(old, begin)
		_, after, foundEnd := strings.Cut(rest, end)
		if !foundBegin || !foundEnd {
			t.Fatalf("COMPATIBILITY.md lacks the line %q or %q", begin, end)
		}
		return before + begin + compatibilityTables() + "\n" + end + after
	})
}

// compareOrRewrite wants a file to be what page makes of it.
func compareOrRewrite(t *testing.T, file string, page func(old string) string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil && !rewriting() {
		t.Fatal(err)
	}
	want := page(string(old))
	if want == string(old) {
		return
	}
	if !rewriting() {
		t.Fatalf("%s is stale: run go test ./config -rewrite, and read the difference", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func configurationPage() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by go test ./config -rewrite from the table in config/keys_*.go. -->

Paddock reads ZooKeeper's zoo.cfg and ZooKeeper's system properties. This page lists every one of them, with the range that is
checked at start. ` + "`paddock config check zoo.cfg`" + ` says what Paddock makes of a given file, and ` + "`paddock config print`" + ` what is in effect.

## Where values come from

The later one counts:

1. the default;
2. ` + "`-Dproperty=value`" + ` in the variable ` + "`SERVER_JVMFLAGS`" + `, then in ` + "`JVMFLAGS`" + `. Both come from the environment, as changed by ` + "`zookeeper-env.sh`" + `
   and ` + "`java.env`" + ` in the folder that ` + "`ZOOCFGDIR`" + ` names, or else in the folder of the zoo.cfg. These two are read, not executed (` + "`zkServer.sh`" + ` does that):
   assignments, ` + "`export`" + `, quotes, ` + "`$VAR`" + ` and ` + "`${VAR:-default}`" + ` are understood; anything else is a warning that names the line;
3. ` + "`-Dproperty=value`" + ` on the command line;
4. the key in zoo.cfg: the last of equal ones.

A key of zoo.cfg that is not in these tables is a warning with the nearest known key, never an end. A value outside its range is
refused with file, line, key, what was found and what was expected, and exit code 2.

## How to read the tables

- Numbers are whole unless they are called fractions. Where there is a property, a number may also be written as 0x10, #10 or 010, as
  Java reads it.
- **true** as a kind of value means that ` + "`true`" + ` in any case means true, and anything else means false, with a warning.
- A name that ends with a dot stands for all that begin so.
- The last column is the class of ZooKeeper 3.9.5 that reads the key.
- The state compares with ZooKeeper; [COMPATIBILITY.md](../COMPATIBILITY.md) says what the words mean.
`)
	for _, section := range Sections() {
		fmt.Fprintf(&b, "\n## %s\n\n", section.Title)
		b.WriteString("| key in zoo.cfg | system property | value | default | meaning | state | class |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for i := range section.Keys {
			k := &section.Keys[i]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", quoted(k.Name), quoted(k.Property), k.value(), quoted(k.Default), k.story(), k.Status, k.Source)
		}
	}
	return b.String()
}

func compatibilityTables() string {
	var b strings.Builder
	for _, section := range Sections() {
		fmt.Fprintf(&b, "\n### %s\n\n", section.Title)
		b.WriteString("| key in zoo.cfg | system property | default | state | note |\n| --- | --- | --- | --- | --- |\n")
		for _, k := range section.Keys {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", quoted(k.Name), quoted(k.Property), quoted(k.Default), k.Status, k.Note)
		}
	}
	return b.String()
}

// story is the meaning and the note as sentences.
func (k *Key) story() string {
	meaning := k.Meaning
	switch {
	case k.Status == Misnamed:
		return k.Note
	case meaning != "" && k.Note != "":
		meaning += "."
	}
	return strings.TrimSpace(meaning + " " + k.Note)
}

// value says what a value may be: its kind, unit and range.
func (k *Key) value() string {
	words := []string{k.Type.String()}
	switch k.Type {
	case Int, Long, Port:
		words[0] = "number"
		if k.Unit != "" {
			words = append(words, k.Unit)
		}
		if lo, hi := k.bounds(); k.Min != 0 || k.Max != 0 || k.Type == Port {
			words = append(words, fmt.Sprintf("%d to %d", lo, hi))
		}
		if k.Floor > 0 {
			words = append(words, fmt.Sprintf("at least %d", k.Floor))
		}
	case Float:
		words[0] = "fraction"
	case Bool:
		words[0] = "true or false"
	case LooseBool:
		words[0] = "true"
	case YesUnless, NoUnless:
		words[0] = "yes or no"
	case Choice:
		words = k.Words
	case String, Path, ServerLine:
	}
	return strings.Join(words, ", ")
}

// quoted writes a name as the tables do.
func quoted(name string) string {
	if name == "" {
		return "–"
	}
	return "`" + name + "`"
}
