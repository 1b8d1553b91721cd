package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"netverify/internal/plain"
)

// JSON writes the report as its published form, indented, with a final
// newline. The error is the writer's.
func JSON(w io.Writer, rep Report) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // filters are full of && and >
	e.SetIndent("", "  ")
	if err := e.Encode(rep); err != nil {
		return err
	}
	_, err := w.Write(plain.JSON(b.Bytes()))
	return err
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
		run := &rep.Runs[i]
		run.Signatures = append([]Signature{}, run.Signatures...)
		if run.Sessions == nil {
			run.Sessions = sessions(run.Scenarios)
		}
	}
	return rep, nil
}
