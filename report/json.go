package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// JSON writes the report as its published form, indented, with a final
// newline. The error is the writer's.
func JSON(w io.Writer, rep Report) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // filters are full of && and >
	e.SetIndent("", "  ")
	return e.Encode(rep)
}

// Parse reads the published form. A report of another version of it is an error.
func Parse(text []byte) (Report, error) {
	var rep Report
	if err := json.Unmarshal(text, &rep); err != nil {
		return rep, fmt.Errorf("not a report of netverify: %w", err)
	}
	if rep.Schema != Schema {
		return rep, fmt.Errorf("not a report of netverify: its schema is %q, not %q", rep.Schema, Schema)
	}
	for i := range rep.Runs { // of reports that are older than the field
		rep.Runs[i].Signatures = append([]Signature{}, rep.Runs[i].Signatures...)
	}
	return rep, nil
}
