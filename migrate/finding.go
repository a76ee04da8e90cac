package migrate

import "fmt"

// Level says how much a finding matters.
type Level string

// The levels, from the worst on.
const (
	Refused   Level = "refused"
	Unchecked Level = "unchecked"
	Different Level = "different"
	Note      Level = "note"
)

// Finding is one thing that an operator should know.
type Finding struct {
	Level Level  `json:"level"`
	About string `json:"about"` // configuration, start, server, data, ACL, disk or files
	Text  string `json:"text"`
	// Advice says what to do about it; empty if there is nothing to do.
	Advice string `json:"advice,omitempty"`
}

func (r *Report) add(level Level, about, text string) *Finding {
	r.Findings = append(r.Findings, Finding{Level: level, About: about, Text: text})
	return &r.Findings[len(r.Findings)-1]
}

func (r *Report) addf(level Level, about, format string, args ...any) *Finding {
	return r.add(level, about, fmt.Sprintf(format, args...))
}

// advise adds what to do about a finding.
func (f *Finding) advise(format string, args ...any) { f.Advice = fmt.Sprintf(format, args...) }

// Verdict is the worst level among the findings; Note if there is nothing to say either.
func (r *Report) verdict() Level {
	for _, level := range []Level{Refused, Unchecked, Different} {
		if len(r.of(level)) > 0 {
			return level
		}
	}
	return Note
}

// of are the findings of a level.
func (r *Report) of(level Level) (some []Finding) {
	for _, f := range r.Findings {
		if f.Level == level {
			some = append(some, f)
		}
	}
	return some
}
