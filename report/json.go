package report

import (
	"encoding/json"
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
