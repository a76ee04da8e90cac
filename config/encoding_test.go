package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAFileThatAnEditorHasMarkedIsReadAsJavaDoesAndToldSo(t *testing.T) {
	const marked = "zoo.cfg:1: the file begins with a byte order mark, which is read as part of line 1, as Java does: save it without"
	for name, text := range map[string]string{
		"before a comment":   "\ufeff# ours\ndataDir=/d\nclientPort=2181\n",
		"before another key": "\ufefftickTime=1000\ndataDir=/d\nclientPort=2181\n",
	} {
		c, err := load("zoo.cfg", text, nil, noFiles)
		if err != nil || !slices.Equal(c.Warnings, []string{marked}) || c.TickTime != 3*time.Second {
			t.Errorf("%s: %v, %+v", name, err, c)
		}
	}
	for name, text := range map[string]string{
		"before the data directory": "\ufeffdataDir=/d\nclientPort=2181\n",
		"before the port":           "\ufeffclientPort=2181\ndataDir=/d\n",
		"UTF-16":                    "\xff\xfed\x00a\x00t\x00a\x00D\x00i\x00r\x00=\x00/\x00d\x00\n\x00",
	} {
		_, err := load("zoo.cfg", text, nil, noFiles)
		if err == nil || !strings.Contains(err.Error(), ": not set") || !strings.Contains(err.Error(), "; the file ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
