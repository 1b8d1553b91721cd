// Package yamltree reads the part of YAML that scenario files use into a tree
// whose every scalar knows where each of its bytes stands in the file.
//
// It is strict where YAML is lavish. Anchors, aliases, merge keys, tags,
// directives, explicit keys and several documents are errors: what they are
// for, `matrix:` does, and without them a file is never larger than it looks.
// Size and depth are bounded before the parser proper sees the text. Scalars
// keep their text: what "on" or "02" means is decided by who asks.
//
// Columns count characters, not bytes, from 1.
package yamltree
