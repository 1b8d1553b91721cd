package report

import (
	_ "embed"
	"slices"
)

//go:generate go test -run ^TestSchemaIsOfTheTypes$ -update .

//go:embed schema.json
var schema []byte

// JSONSchema returns the JSON Schema (draft 2020-12) of what [JSON] writes, made
// from the types and their comments.
func JSONSchema() []byte { return slices.Clone(schema) }
