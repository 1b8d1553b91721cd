// Package docs holds what the documentation records in a form that programs read.
package docs

import _ "embed"

// Seen is seen.json: what came of each scenario of the library in the last
// recorded run, by kernel.
//
//go:embed seen.json
var Seen []byte
