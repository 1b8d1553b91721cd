// Package draw draws a topology as SVG: nodes, the interfaces that stand on each other
// in them, and the cables between. It knows nothing of scenarios, runs or verdicts.
//
// Contract. The same topology is drawn the same each time, to the last byte; nothing is
// drawn over anything else; text of strangers cannot leave its element. The only error is
// that of the writer.
//
// The package is pure.
package draw
