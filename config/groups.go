package config

import (
	"strconv"
	"strings"
)

// checkGroups refuses what ZooKeeper refuses of groups and weights: once there is one of either, every participant has to
// be in exactly one group, and everyone in a group has to have a line or a weight (QuorumHierarchical.parse, 3.9.5, which
// crashes on the latter). An oracle makes ZooKeeper forget about both.
func (l *loader) checkGroups(members []member) *Error {
	if l.setting("oraclePath") != nil {
		return nil
	}
	var last *setting // of those about groups
	weighed := make(map[int64]bool)
	for _, m := range members {
		weighed[m.id] = !m.observer
	}
	for _, s := range l.settingsOf("weight.") {
		n, err := s.number()
		if err != nil {
			return err
		}
		last, weighed[n] = s, true
	}
	grouped := make(map[int64]bool)
	for _, s := range l.settingsOf("group.") {
		last = s
		if err := s.group(weighed, grouped); err != nil {
			return err
		}
	}
	for _, m := range members {
		if last != nil && !m.observer && !grouped[m.id] {
			return m.setting.refuse("a server without a group", "it in one of the groups, since "+last.name+" is set")
		}
	}
	return nil
}

// group adds the servers of one group to grouped.
func (s *setting) group(weighed, grouped map[int64]bool) *Error {
	if _, err := s.number(); err != nil {
		return err
	}
	for id := range strings.SplitSeq(strings.TrimRight(s.value, ":"), ":") {
		n, err := strconv.ParseInt(id, 10, 64)
		switch {
		case err != nil:
			return s.refuse(s.shown(), "numbers of servers with colons between, such as 1:2:3")
		case grouped[n]:
			return s.refuse("server."+id+" a second time", "each server in one group only")
		case !weighed[n]:
			return s.refuse("server."+id+", of which nothing is known", "servers that have a line or a weight")
		}
		grouped[n] = true
	}
	return nil
}

// settingsOf are the chosen settings under a row of many names.
func (l *loader) settingsOf(row string) (all []*setting) {
	for i := range l.chosen {
		if l.chosen[i].key.Name == row {
			all = append(all, &l.chosen[i])
		}
	}
	return all
}

// number is what stands behind the dot in a name such as server.1.
func (s *setting) number() (int64, *Error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s.name, s.key.Name), 10, 64)
	if err != nil {
		return 0, s.refuse("a name that does not end with a number", s.key.Name+"1 or the like")
	}
	return n, nil
}
